// The broker port over RabbitMQ: keeps one session with one of the configured hosts, hands what is to be published to
// it, and sets every consumer up anew on each new one. The only folder that knows amqplib.
import { type Clock, within } from '../../core/clock.ts';
import { TaskqueueError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Patience } from '../../core/patience.ts';
import {
  type Broker,
  type BrokerStatus,
  type ConsumeOptions,
  type Consumer,
  type DeclareOutcome,
  isConnected,
  type Outgoing,
  type PublishOutcome,
  type QueueInfo,
} from '../broker.ts';
import type { Declarations } from '../declarations.ts';
import type { AmqpLogin, Host } from './connection.ts';
import { AmqpConsumer } from './consumer.ts';
import { keepConnected, type LinkState } from './keep-connected.ts';
import { connectProblem } from './problems.ts';
import type { Questions } from './questions.ts';
import { hostPort, Session } from './session.ts';

/** `[amqp]` of the configuration. */
export interface AmqpOptions extends AmqpLogin {
  /** Tried in turn. */
  readonly hosts: readonly Host[];
}

interface AmqpBrokerOptions {
  readonly amqp: AmqpOptions;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How the broker lists our connections. */
  readonly name: string;
}

/** How long confirms that are due, and consumers, may take when we stop. */
const STOP_MS = 5_000;
/** How long the last acknowledgements may then take to leave. */
const FLUSH_MS = 1_000;

export function createAmqpBroker(options: AmqpBrokerOptions): Broker {
  return new AmqpBroker(options);
}

class AmqpBroker implements Broker {
  readonly #options: AmqpBrokerOptions;
  readonly #consumers = new Set<AmqpConsumer>();
  readonly #listeners = new Set<(status: BrokerStatus) => void>();
  readonly #stopping = new AbortController();
  #status: BrokerStatus;
  #session: Session | null = null;
  #running: Promise<void> = Promise.resolve();
  #started: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;

  constructor(options: AmqpBrokerOptions) {
    this.#options = options;
    const [first] = options.amqp.hosts;
    this.#status = { state: 'stopped', host: first === undefined ? '' : hostPort(first), problem: null };
  }

  get status(): BrokerStatus {
    return this.#status;
  }

  start(): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.reject(new TaskqueueError('STOPPED', 'the broker was stopped'));
    this.#started ??= this.#start();
    return this.#started;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  untilConnected(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (status: BrokerStatus): void => {
        const isThere = isConnected(status);
        if (!isThere && !signal.aborted && !this.#stopping.signal.aborted) return;
        this.#listeners.delete(look);
        signal.removeEventListener('abort', onAbort);
        if (isThere) resolve();
        else reject(new TaskqueueError('UNAVAILABLE', status.problem ?? 'there is no connection to the broker'));
      };
      const onAbort = (): void => look(this.#status);
      this.#listeners.add(look);
      signal.addEventListener('abort', onAbort);
      look(this.#status);
    });
  }

  publish(outgoing: Outgoing, patience?: Patience): Promise<PublishOutcome> {
    const session = this.#stopping.signal.aborted ? null : this.#session;
    return session?.publish(outgoing, patience) ?? Promise.resolve({ kind: 'unknown', reason: this.#absence() });
  }

  async declare(declarations: Declarations): Promise<DeclareOutcome> {
    const questions = this.#session?.questions;
    return questions?.declare(declarations) ?? { kind: 'unknown', reason: this.#absence() };
  }

  async queueInfo(queue: string): Promise<QueueInfo | undefined> {
    return this.#questions().info(queue);
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.#questions().deleteQueue(queue);
  }

  #questions(): Questions {
    if (this.#session === null) throw new TaskqueueError('UNAVAILABLE', this.#absence());
    return this.#session.questions;
  }

  consume(options: ConsumeOptions): Consumer {
    const consumer = new AmqpConsumer(options, this.#options.clock, this.#options.logger);
    if (this.#stopping.signal.aborted) return consumer;
    this.#consumers.add(consumer);
    void consumer.gone().then(() => this.#consumers.delete(consumer));
    if (this.#session?.isOpen) consumer.serve(this.#session.consuming);
    return consumer;
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#consumers].map((one) => one.settled()));
  }

  onStatus(listener: (status: BrokerStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the end of the first round of all hosts. */
  #start(): Promise<void> {
    const { amqp, logger, clock, name } = this.#options;
    return new Promise((resolve) => {
      this.#running = keepConnected<Host, Session>(
        {
          hosts: amqp.hosts,
          nameOf: hostPort,
          open: (host) => Session.open(host, { login: amqp, name, clock, logger }, this.#stopping.signal),
          problemOf: (error, host) =>
            connectProblem(error, { ...amqp, host: hostPort(host), isTls: amqp.tls !== null }),
          onState: (state) => {
            this.#onState(state);
            if (state.kind !== 'connecting') resolve();
          },
          clock,
          logger,
        },
        this.#stopping.signal,
      ).finally(resolve);
    });
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    const session = this.#session;
    if (session !== null) {
      const consumers = [...this.#consumers];
      const { clock } = this.#options;
      await within(clock, STOP_MS, Promise.all([...consumers.map((one) => one.stop()), session.idle()]));
      session.abandon('the broker was stopped');
      await within(clock, FLUSH_MS, Promise.all(consumers.map((one) => one.close())));
      await session.close();
      this.#session = null;
    }
    await this.#running;
    this.#setStatus({ ...this.#status, state: 'stopped', problem: null });
  }

  #onState(state: LinkState<Session>): void {
    this.#session = state.kind === 'connected' ? state.session : null;
    switch (state.kind) {
      case 'connecting':
        return this.#setStatus({ ...this.#status, state: 'connecting', host: state.host });
      case 'waiting':
        return this.#setStatus({ state: 'waiting', host: state.host, problem: state.problem });
      case 'connected':
        return this.#onSession(state.session);
      default:
        return state satisfies never;
    }
  }

  #onSession(session: Session): void {
    session.onBlocked = (reason) => this.#onBlocked(session, reason);
    for (const consumer of this.#consumers) consumer.serve(session.consuming);
    this.#setStatus({ state: 'connected', host: session.host, problem: null });
  }

  #onBlocked(session: Session, reason: string | null): void {
    if (session !== this.#session) return;
    const { logger } = this.#options;
    const { host } = session;
    if (reason === null) logger.info({ host }, `the broker at ${host} takes messages again`);
    else logger.warn({ host, reason }, `the broker at ${host} takes no messages now: ${reason}`);
    this.#setStatus({ state: reason === null ? 'connected' : 'blocked', host, problem: reason });
  }

  #setStatus(status: BrokerStatus): void {
    this.#status = Object.freeze(status);
    for (const listener of [...this.#listeners]) listener(this.#status);
  }

  #absence(): string {
    return this.#status.problem ?? 'there is no connection to the broker';
  }
}
