import { BaseWorker } from 'taskqueue';

/** Fails whatever it is given. */
export default class Failing extends BaseWorker {
  /** @returns {never} */
  handleTask() {
    throw new Error('no disk space left, says the example');
  }
}
