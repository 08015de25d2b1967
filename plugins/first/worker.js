// The smallest worker there is: what it returns is the result, and it returns its workitem as it came.
import { BaseWorker } from 'taskqueue';

/** @import { Workitem } from 'taskqueue' */

export default class First extends BaseWorker {
  /** @param {Workitem} workitem */
  handleTask(workitem) {
    return workitem;
  }
}
