// The consumer of one instance: there while its process may get workitems, and away while it may not. Each instance
// consumes its worker queue by itself, as many at once as its process takes: so a free instance is a free consumer, and one
// that dies takes only its own workitems along.
import type { Consumer, Delivery } from '../broker/broker.ts';
import { workerDeclarations, workerQueue } from '../broker/topology.ts';
import { watchForDeafness } from '../handling/deafness.ts';
import type { SettleTools } from './settle.ts';

interface IntakeOptions {
  onDelivery(delivery: Delivery): void;
  /** Whether something more could begin now. */
  hasRoom(): boolean;
}

export class Intake {
  readonly #tools: SettleTools;
  readonly #type: string;
  readonly #options: IntakeOptions;
  #consumer: Consumer | undefined;
  #count = 0;
  #arrivals = 0;
  /** By the present consumer: what came by one before takes no place there. */
  #brought = new WeakSet<Delivery>();
  #stopWatching: () => void = () => undefined;
  /** Consumers that are being stopped: they may still deliver. */
  readonly #closing = new Set<Promise<void>>();

  constructor(tools: SettleTools, type: string, options: IntakeOptions) {
    this.#tools = tools;
    this.#type = type;
    this.#options = options;
  }

  /** Nothing more comes. */
  get isClosed(): boolean {
    return this.#consumer === undefined && this.#closing.size === 0;
  }

  /** Whether it takes a place at the consumer that is there now. */
  isSeated(delivery: Delivery): boolean {
    return this.#consumer !== undefined && delivery.isOpen && this.#brought.has(delivery);
  }

  /** So many at once, from now on: none, for now, where it is 0. */
  want(count: number): void {
    this.#count = count;
    if (count === 0) void this.close();
    else if (this.#consumer) this.#consumer.setPrefetch(count);
    else this.#open();
  }

  #open(): void {
    this.#consumer = this.#consume();
    this.#stopWatching = watchForDeafness({
      ...this.#tools,
      queue: workerQueue(this.#type),
      look: () => ({
        isListening: (this.#consumer?.isConsuming ?? false) && this.#options.hasRoom(),
        arrivals: this.#arrivals,
      }),
      rebuild: () => void this.#rebuild(),
    });
  }

  #consume(): Consumer {
    const { broker, queueType } = this.#tools;
    const brought = new WeakSet<Delivery>();
    this.#brought = brought;
    return broker.consume({
      queue: workerQueue(this.#type),
      declarations: workerDeclarations(this.#type, queueType),
      prefetch: this.#count,
      onDelivery: (delivery) => {
        this.#arrivals++;
        brought.add(delivery);
        this.#options.onDelivery(delivery);
      },
    });
  }

  async #rebuild(): Promise<void> {
    const deaf = this.#consumer;
    if (!deaf) return;
    this.#consumer = this.#consume();
    await this.#end(deaf);
  }

  #end(consumer: Consumer): Promise<void> {
    const closing = consumer.stop().then(() => void this.#closing.delete(closing));
    this.#closing.add(closing);
    return closing;
  }

  /** Resolves when nothing more comes, whoever has closed it first. What has come can still be settled. */
  async close(): Promise<void> {
    if (this.#consumer) {
      void this.#end(this.#consumer);
      this.#consumer = undefined;
      this.#stopWatching();
    }
    await Promise.all(this.#closing);
  }
}
