// A broker in the hands of a test: it decides how each publish ends, and delivers by hand. The journal holds, in order,
// what was asked of it and what it answered: `publish q`, `confirmed q`, `ack q`, `requeue q`.
import type {
  Broker,
  BrokerStatus,
  ConsumeOptions,
  Consumer,
  DeclareOutcome,
  Delivery,
  Outgoing,
  PublishOutcome,
  QueueInfo,
} from '../../src/broker/broker.ts';
import type { Declarations } from '../../src/broker/declarations.ts';
import type { Message } from '../../src/workitem/message.ts';

export const CONFIRMED: PublishOutcome = { kind: 'confirmed' };
/** An outcome that says why. */
export const ending = (
  kind: 'returned' | 'refused' | 'unwritable' | 'unknown',
  reason = 'because',
): PublishOutcome => ({
  kind,
  reason,
});

export interface FakeDelivery extends Delivery {
  readonly end: 'acked' | 'requeued' | null;
  /** As when its connection is lost. */
  lose(): void;
}

export interface FakeConsumer extends Consumer {
  readonly options: ConsumeOptions;
  readonly isStopped: boolean;
  readonly prefetch: number;
}

type Answer = PublishOutcome | Promise<PublishOutcome>;

export class FakeBroker implements Broker {
  status: BrokerStatus = { state: 'stopped', host: 'fake', problem: null };
  readonly journal: string[] = [];
  readonly published: Outgoing[] = [];
  readonly declared: Declarations[] = [];
  readonly consumers: FakeConsumer[] = [];
  /** How a publish ends. */
  answer: (outgoing: Outgoing) => Answer = () => CONFIRMED;
  queueInfo: (queue: string) => Promise<QueueInfo | undefined> = async () => undefined;
  deleteQueue: (queue: string) => Promise<void> = async () => undefined;
  declareAnswer: DeclareOutcome = { kind: 'declared' };
  /** How often it was stopped. */
  stops = 0;
  readonly #listeners = new Set<(status: BrokerStatus) => void>();

  async start(): Promise<void> {
    this.become('connected');
  }

  async stop(): Promise<void> {
    this.stops++;
    this.become('stopped');
  }

  async untilConnected(): Promise<void> {
    if (this.status.state !== 'connected') throw new Error('the fake broker connects when it is started');
  }

  async publish(outgoing: Outgoing): Promise<PublishOutcome> {
    const place = placeOf(outgoing);
    this.journal.push(`publish ${place}`);
    this.published.push(outgoing);
    const outcome = await this.answer(outgoing);
    this.journal.push(`${outcome.kind} ${place}`);
    return outcome;
  }

  async declare(declarations: Declarations): Promise<DeclareOutcome> {
    this.declared.push(declarations);
    return this.declareAnswer;
  }

  async settled(): Promise<void> {
    this.journal.push('settled');
  }

  consume(options: ConsumeOptions): FakeConsumer {
    const state = { isStopped: false, prefetch: options.prefetch };
    const { journal } = this;
    const consumer: FakeConsumer = {
      options,
      get isStopped() {
        return state.isStopped;
      },
      get prefetch() {
        return state.prefetch;
      },
      get isConsuming() {
        return !state.isStopped;
      },
      problem: null,
      setPrefetch: (prefetch) => {
        state.prefetch = prefetch;
      },
      stop: async () => {
        state.isStopped = true;
        journal.push(`stop ${options.queue}`);
      },
      release: async () => {
        state.isStopped = true;
        journal.push(`release ${options.queue}`);
      },
    };
    this.consumers.push(consumer);
    return consumer;
  }

  onStatus(listener: (status: BrokerStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(state: BrokerStatus['state']): void {
    this.status = { ...this.status, state };
    for (const listener of this.#listeners) listener(this.status);
  }

  /** Names of the queues that were ever declared. */
  get declaredQueues(): ReadonlySet<string> {
    return new Set(this.declared.flatMap(({ queues }) => queues.map(({ queue }) => queue)));
  }

  /** The consumers of a queue that are not stopped. */
  consumersOf(queue: string): FakeConsumer[] {
    return this.consumers.filter((one) => one.options.queue === queue && !one.isStopped);
  }

  /** What was published to a queue, through the default exchange. */
  publishedTo(queue: string): Outgoing[] {
    return this.published.filter(({ exchange, routingKey }) => exchange === '' && routingKey === queue);
  }

  /** A delivery that nobody has got yet. */
  delivery(queue: string, message: Message, redelivered = false): FakeDelivery {
    let [end, isLost] = [null as FakeDelivery['end'], false];
    const settle = (how: 'acked' | 'requeued', word: string): boolean => {
      if (end !== null || isLost) return false;
      end = how;
      this.journal.push(`${word} ${queue}`);
      return true;
    };
    return {
      queue,
      exchange: '',
      routingKey: queue,
      offset: null,
      message,
      redelivered,
      get end() {
        return end;
      },
      get isOpen() {
        return end === null && !isLost;
      },
      ack: () => settle('acked', 'ack'),
      requeue: () => settle('requeued', 'requeue'),
      lose: () => {
        isLost = true;
      },
    };
  }

  /** Delivers to the first consumer of the queue. */
  deliver(queue: string, message: Message, redelivered = false): FakeDelivery {
    const [consumer] = this.consumersOf(queue);
    if (!consumer) throw new Error(`nobody consumes ${queue}`);
    const delivery = this.delivery(queue, message, redelivered);
    consumer.options.onDelivery(delivery);
    return delivery;
  }
}

function placeOf({ exchange, routingKey }: Outgoing): string {
  return exchange === '' ? routingKey : exchange;
}

/** Answers in turn, the last one from then on. */
export function inTurn(...outcomes: readonly [PublishOutcome, ...PublishOutcome[]]): () => PublishOutcome {
  let next = 0;
  return () => outcomes[Math.min(next++, outcomes.length - 1)] as PublishOutcome;
}
