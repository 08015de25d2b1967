// Whatever asks the broker for something does so within a time, and no longer than its client is open.
import type { Clock } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';

export class Deadlines {
  readonly #clock: Clock;
  readonly #running = new Set<AbortController>();
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * What `work` resolves with. After `ms` its signal aborts, and the promise rejects with what `late` says; what `work` does
   * after that is nobody's concern any more.
   */
  async within<T>(ms: number, work: (enough: AbortSignal) => Promise<T>, late: () => Error): Promise<T> {
    if (this.#isOver) throw closed();
    const enough = new AbortController();
    this.#running.add(enough);
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = (): void => reject(this.#isOver ? closed() : late());
      enough.signal.addEventListener('abort', onAbort, { once: true });
    });
    const cancel = this.#clock.after(ms, () => enough.abort());
    try {
      return await Promise.race([work(enough.signal), aborted]);
    } finally {
      cancel();
      this.#running.delete(enough);
    }
  }

  /** Everything that still runs rejects with `STOPPED`, and nothing begins any more. */
  end(): void {
    this.#isOver = true;
    for (const enough of this.#running) enough.abort();
  }
}

function closed(): TaskqueueError {
  return new TaskqueueError('STOPPED', 'the client has been closed');
}
