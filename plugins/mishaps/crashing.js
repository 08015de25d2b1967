import { BaseWorker } from 'taskqueue';

/** Takes its process along, as a bug in a native library would. */
export default class Crashing extends BaseWorker {
  handleTask() {
    console.error('about to crash, says the example');
    process.kill(process.pid, 'SIGSEGV');
    return new Promise(() => undefined); // never comes to that
  }
}
