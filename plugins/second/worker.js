// A worker that takes one format only. A workitem in any other fails with "worker does not support this type of
// workitem" before it gets here, so that `handleTask` can rely on the body being text.
import { BASIC_WORKITEM, BaseWorker } from 'taskqueue';

/** @import { BasicWorkitem } from 'taskqueue' */

export default class Second extends BaseWorker {
  /** @override */
  static accept = [BASIC_WORKITEM];

  /** @param {BasicWorkitem} workitem */
  handleTask(workitem) {
    return workitem;
  }
}
