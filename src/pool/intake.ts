// The consumer of one instance: there while its process may get workitems, and away while it may not. Each instance
// consumes its worker queue by itself, as many at once as its process takes: so a free instance is a free consumer, and one
// that dies takes only its own workitems along.
import type { Consumer, Delivery } from '../broker/broker.ts';
import { workerDeclarations, workerQueue } from '../broker/topology.ts';
import type { SettleTools } from './settle.ts';

export class Intake {
  readonly #tools: SettleTools;
  readonly #type: string;
  readonly #onDelivery: (delivery: Delivery) => void;
  #consumer: Consumer | undefined;
  /** Consumers that are being stopped: they may still deliver. */
  #closing = 0;

  constructor(tools: SettleTools, type: string, onDelivery: (delivery: Delivery) => void) {
    this.#tools = tools;
    this.#type = type;
    this.#onDelivery = onDelivery;
  }

  /** Nothing more comes. */
  get isClosed(): boolean {
    return this.#consumer === undefined && this.#closing === 0;
  }

  /** @param count how many at once: none, for now, where it is 0 */
  open(count: number): void {
    if (this.#consumer || count === 0) return;
    const { broker, queueType } = this.#tools;
    this.#consumer = broker.consume({
      queue: workerQueue(this.#type),
      declarations: workerDeclarations(this.#type, queueType),
      prefetch: count,
      onDelivery: this.#onDelivery,
    });
  }

  /** So many from now on. */
  want(count: number): void {
    if (count === 0) void this.close();
    else this.#consumer?.setPrefetch(count);
  }

  /** Resolves when nothing more comes. What has come can still be settled. */
  async close(): Promise<void> {
    const consumer = this.#consumer;
    if (!consumer) return;
    this.#consumer = undefined;
    this.#closing++;
    await consumer.stop();
    this.#closing--;
  }
}
