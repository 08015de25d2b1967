// How many workitems a dispatcher has put into each worker queue since it was started; bounded.
import type { QueueCount } from './answer.ts';
import { LIMITS } from './limits.ts';

export class QueueTally {
  readonly #queues = new Map<string, number>();

  add(queue: string): void {
    const count = this.#queues.get(queue);
    if (count === undefined) this.#makeRoom();
    this.#queues.set(queue, (count ?? 0) + 1);
  }

  all(): QueueCount[] {
    return [...this.#queues].map(([queue, forwarded]) => ({ queue, forwarded }));
  }

  /** Whoever makes queues can make many: the oldest goes. */
  #makeRoom(): void {
    if (this.#queues.size < LIMITS.queues) return;
    const [oldest] = this.#queues.keys();
    this.#queues.delete(oldest as string);
  }
}
