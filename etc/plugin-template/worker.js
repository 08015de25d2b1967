import { BaseWorker } from 'taskqueue';

export default class Worker extends BaseWorker {
  async handleTask(workitem, context) {
    const { name } = workitem.body;
    if (!name) throw new Error('the workitem names nobody to greet: "name" is missing');
    context.logger.info({ name }, 'greeting');
    return { greeting: `${this.settings.greeting ?? 'Hello'}, ${name}!` };
  }
}
