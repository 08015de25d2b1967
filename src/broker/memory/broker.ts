// The broker port, kept by a connection to the embedded server. What a connection can suffer can be had here, too:
// `cut` loses it, with all that it had on loan.
import { TaskqueueError } from '../../core/errors.ts';
import type {
  Broker,
  BrokerStatus,
  ConsumeOptions,
  Consumer,
  DeclareOutcome,
  Outgoing,
  PublishOutcome,
  QueueInfo,
} from '../broker.ts';
import type { Declarations } from '../declarations.ts';
import { Loans, MemoryConsumer } from './consumer.ts';
import type { MemoryServer } from './server.ts';

export interface MemoryBroker extends Broker {
  /** Loses the connection. It comes back when `until` resolves; without one, at the next turn of the event loop. */
  cut(until?: Promise<unknown>): void;
}

interface MemoryBrokerOptions {
  /** Stands in the status, where others have host and port. */
  readonly name: string;
  /** Whose login this is: what is published with another `user_id` is refused. `guest`, where it is left out. */
  readonly user?: string;
}

export function createMemoryBroker(server: MemoryServer, options: MemoryBrokerOptions): MemoryBroker {
  return new InProcessBroker(server, options);
}

const CUT = 'the connection was cut';

class InProcessBroker implements MemoryBroker {
  readonly #server: MemoryServer;
  readonly #user: string;
  readonly #consumers = new Set<MemoryConsumer>();
  readonly #listeners = new Set<(status: BrokerStatus) => void>();
  #status: BrokerStatus;
  /** Of the present connection; `undefined` while there is none. */
  #loans: Loans | undefined;
  #unlisten: () => void = () => undefined;
  #isStopped = false;

  constructor(server: MemoryServer, { name, user = 'guest' }: MemoryBrokerOptions) {
    this.#server = server;
    this.#user = user;
    this.#status = { state: 'stopped', host: name, problem: null };
  }

  get status(): BrokerStatus {
    return this.#status;
  }

  async start(): Promise<void> {
    this.#isStopped = false;
    if (this.#status.state !== 'stopped') return;
    this.#setStatus('connecting', null);
    this.#unlisten = this.#server.onDeclared(() => this.#setUpConsumers());
    await turn();
    if (!this.#isStopped && !this.#loans) this.#connect();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unlisten();
    for (const consumer of this.#consumers) await consumer.stop();
    this.#consumers.clear();
    this.#disconnect();
    if (this.#status.state !== 'stopped') this.#setStatus('stopped', null);
    await turn(); // the confirms that are due come first
  }

  cut(until: Promise<unknown> = turn()): void {
    if (!this.#loans) return;
    this.#disconnect();
    this.#setStatus('waiting', CUT);
    const reconnect = (): void => {
      if (!this.#isStopped && !this.#loans) this.#connect();
    };
    void until.then(reconnect, reconnect);
  }

  #connect(): void {
    this.#loans = new Loans();
    this.#setStatus('connected', null);
    this.#setUpConsumers();
  }

  #disconnect(): void {
    for (const consumer of this.#consumers) consumer.leave();
    this.#loans?.loseAll();
    this.#loans = undefined;
  }

  #setUpConsumers(): void {
    if (!this.#loans) return;
    for (const consumer of this.#consumers) consumer.setUp(this.#loans);
  }

  untilConnected(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const isConnected = this.#loans !== undefined;
        if (!isConnected && !signal.aborted && !this.#isStopped) return;
        this.#listeners.delete(look);
        signal.removeEventListener('abort', look);
        if (isConnected) resolve();
        else reject(new TaskqueueError('UNAVAILABLE', this.#absence()));
      };
      this.#listeners.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  async publish(outgoing: Outgoing): Promise<PublishOutcome> {
    const loans = this.#loans;
    if (!loans) return { kind: 'unknown', reason: this.#absence() };
    const outcome = this.#pretence(outgoing) ?? this.#server.publish(outgoing);
    await null; // nobody knows how it ended before the broker has answered
    return loans.areLost && !this.#isStopped ? { kind: 'unknown', reason: CUT } : outcome;
  }

  /** In RabbitMQ's words. */
  #pretence({ properties: { userId } }: Outgoing): PublishOutcome | undefined {
    if (userId === undefined || userId === this.#user) return undefined;
    const reason = `user_id property set to '${userId}' but authenticated user was '${this.#user}'`;
    return { kind: 'refused', reason: `PRECONDITION_FAILED - ${reason}` };
  }

  async declare(declarations: Declarations): Promise<DeclareOutcome> {
    return this.#loans ? this.#server.declare(declarations) : { kind: 'unknown', reason: this.#absence() };
  }

  consume(options: ConsumeOptions): Consumer {
    const consumer = new MemoryConsumer(this.#server, options, () => this.#consumers.delete(consumer));
    this.#consumers.add(consumer);
    if (this.#loans) consumer.setUp(this.#loans);
    return consumer;
  }

  async queueInfo(queue: string): Promise<QueueInfo | undefined> {
    if (!this.#loans) throw new TaskqueueError('UNAVAILABLE', `cannot ask for queue ${queue}: ${this.#absence()}`);
    await turn(); // what can be delivered has been by then, as with a broker that is further away
    return this.#server.queueInfo(queue);
  }

  async deleteQueue(queue: string): Promise<void> {
    if (!this.#loans) throw new TaskqueueError('UNAVAILABLE', `cannot delete queue ${queue}: ${this.#absence()}`);
    this.#server.deleteQueue(queue);
  }

  async settled(): Promise<void> {
    await turn();
  }

  onStatus(listener: (status: BrokerStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #absence(): string {
    return this.#status.problem ?? (this.#isStopped ? 'the broker object is stopped' : 'not connected yet');
  }

  #setStatus(state: BrokerStatus['state'], problem: string | null): void {
    this.#status = { ...this.#status, state, problem };
    for (const listener of [...this.#listeners]) listener(this.#status);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
