// Does nothing: what is measured is everything around it. The result is the workitem, as the peers return their payload.
import { BaseWorker } from 'taskqueue';

export default class Noop extends BaseWorker {
  /** @param {import('taskqueue').Workitem} workitem */
  handleTask(workitem) {
    return workitem;
  }
}
