import { BaseWorker } from 'taskqueue';

/** @import { Workitem } from 'taskqueue' */

export default class Greeter extends BaseWorker {
  /** @param {Workitem} workitem */
  async handleTask(workitem) {
    const { name } = /** @type {{ name?: string }} */ (workitem.body);
    return { greeting: `Hello, ${name ?? 'stranger'}!` };
  }
}
