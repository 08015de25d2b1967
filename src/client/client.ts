// The client: what a program has that asks for work. It keeps one session with the broker, one queue for its results, and
// the tasks that have no end yet; what is done with them is in the files beside this one.
import { createAmqpBroker } from '../broker/amqp/broker.ts';
import { type Broker, isConnected } from '../broker/broker.ts';
import type { QueueType } from '../broker/topology.ts';
import { Correspondent } from '../control/correspondent.ts';
import { type Clock, systemClock, within } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { newId } from '../workitem/new-id.ts';
import { type CancelAnswer, type CancelOptions, cancelTask } from './cancel.ts';
import { reach } from './connect.ts';
import type { ClientLimits, ConnectOptions } from './connect-options.ts';
import { Deadlines } from './deadlines.ts';
import { Handle } from './handle.ts';
import { Inbox } from './inbox.ts';
import { News } from './news.ts';
import type { AnyMethods, RemoteRoot } from './remote.ts';
import { type CallOptions, type Remotes, remotesOf } from './rpc.ts';
import { settingsOf } from './settings.ts';
import { isFinal } from './status.ts';
import { submitEach } from './submit-many.ts';
import { type SubmitterParts, submitTask, type Wish } from './submitter.ts';
import type { Task } from './task.ts';
import { Tasks } from './tasks.ts';
import { eventsOf } from './whereabouts.ts';
import type { SubmitOptions } from './workitem-message.ts';

export interface SubmitManyOptions extends SubmitOptions {
  /** How many may be on their way to the broker at a time; 100 if left out. */
  readonly window?: number;
}

export interface ClientStats {
  /** Tasks whose results this client waits for. */
  readonly pending: number;
  /** Where its results arrive. */
  readonly replyQueue: string;
  /** Results that came for no task that is known: a second time, most likely. They are dropped. */
  readonly unknownResults: number;
  readonly isConnected: boolean;
  /** Why it is not connected, or why the broker takes nothing; `null` while all is well. */
  readonly problem: string | null;
  /** Why no events are heard, so that status and progress are only known from results; `null` while they are. */
  readonly eventsProblem: string | null;
}

/** What a client works with. `connect` makes it; tests and test kits have it already. */
export interface ClientParts {
  /** Connected. It is the client's from now on, and stopped with it. */
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queueType: QueueType;
  readonly limits: ClientLimits;
  readonly hasEvents: boolean;
  /** The login at the broker. */
  readonly user: string;
}

/** How long a broker may take over what is nice to have at the end: it may not answer at all. */
const FAREWELL_MS = 5_000;

/** `Known`: the methods that it shall call, where TypeScript shall know them; see `Remote`. */
export class Client<Known = AnyMethods> implements Remotes<Known> {
  readonly #correspondent: Correspondent;
  readonly #parts: SubmitterParts;
  readonly #remotes: Remotes<Known>;
  #closed: Promise<void> | null = null;

  /**
   * Resolves once connected. From then on the connection is made again whenever it is lost, until `close`.
   * @param target a URL, `amqp://user:password@host:port/vhost` (`amqps` for TLS), or options; nothing: a broker on this host
   */
  static async connect<Known = AnyMethods>(
    target: string | ConnectOptions = {},
    options: ConnectOptions = {},
  ): Promise<Client<Known>> {
    const { amqp, name, logger, queueType, limits, hasEvents, ...reaching } = settingsOf(target, options);
    const broker = createAmqpBroker({ amqp, name, logger, clock: systemClock });
    try {
      await reach(broker, systemClock, reaching);
    } catch (err) {
      await broker.stop();
      throw err;
    }
    return new Client({ broker, clock: systemClock, logger, queueType, limits, hasEvents, user: amqp.user });
  }

  constructor(parts: ClientParts) {
    const { broker, clock, logger, queueType, limits, hasEvents, user } = parts;
    const correspondent = new Correspondent({ broker, clock, logger }, { user });
    const { name } = correspondent;
    const tasks = new Tasks({ clock, isConnected: () => isConnected(broker.status) });
    const inbox = new Inbox({ broker, clock, logger, name, queueType, onResult: (message) => tasks.take(message) });
    const about = { correspondent, broker, clock, logger, replyQueue: inbox.queue };
    const news = hasEvents ? new News({ ...about, onEvents: (batch) => tasks.hear(batch) }) : null;
    this.#correspondent = correspondent;
    this.#parts = { broker, clock, queueType, limits, deadlines: new Deadlines(clock), tasks, inbox, news };
    this.#remotes = this.with({});
  }

  /** Resolves with the result: `await client.call.math.add(5, 6)`. */
  get call(): RemoteRoot<'value', Known> {
    return this.#remotes.call;
  }

  /** Resolves with a handle, once the broker has the request: `const task = await client.task.math.add(5, 6)`. */
  get task(): RemoteRoot<'handle', Known> {
    return this.#remotes.task;
  }

  /** Resolves once the broker has the request, which is never answered. */
  get notify(): RemoteRoot<'nothing', Known> {
    return this.#remotes.notify;
  }

  /** `call`, `task` and `notify` with these options: `client.with({ wait: '5s' }).call.math.add(5, 6)`. */
  with(options: CallOptions): Remotes<Known> {
    const callWithinMs = this.#parts.limits.callWithinMs;
    return remotesOf({ callWithinMs, submit: (wish) => this.#submit(wish) }, options);
  }

  get stats(): ClientStats {
    const { broker, tasks, inbox, news } = this.#parts;
    return {
      pending: tasks.count,
      replyQueue: inbox.queue,
      unknownResults: tasks.unknownResults,
      isConnected: isConnected(broker.status),
      problem: broker.status.problem,
      eventsProblem: news === null ? 'events are not wanted' : news.problem,
    };
  }

  /** Resolves once the broker has confirmed the workitem. Bytes and text are sent as they are, everything else as JSON. */
  async submit<T = unknown>(type: string, body?: unknown, options: SubmitOptions = {}): Promise<Handle<T>> {
    return this.#submit<T>({ id: newId(), type, body, options, isWatched: true });
  }

  /** Handles in the order of `bodies`, each as soon as the broker has confirmed its workitem; many are on their way at once. */
  submitMany<T = unknown>(
    type: string,
    bodies: Iterable<unknown> | AsyncIterable<unknown>,
    { window, ...options }: SubmitManyOptions = {},
  ): AsyncGenerator<Handle<T>, void, undefined> {
    const submit = (body: unknown): Promise<Handle<T>> => this.submit<T>(type, body, options);
    return submitEach(bodies, submit, window);
  }

  /**
   * The workitem with this id is not begun any more; where it runs, it is aborted. Resolves once the broker keeps the order,
   * with what those daemons say that answer in time. How the task ends is another matter: it may have been finished already.
   */
  cancel(id: string, options?: CancelOptions): Promise<readonly CancelAnswer[]> {
    void this.#correspondent.start();
    return cancelTask(this.#correspondent, id, options);
  }

  /** Results that have not come by now come no more: whoever waits for one gets an error with the code `STOPPED`. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { clock, deadlines, tasks, news, inbox, broker } = this.#parts;
    deadlines.end();
    const isWaitedFor = tasks.count > 0;
    tasks.giveUpAll(({ id }) => new TaskqueueError('STOPPED', `the client was closed before the result of ${id} came`));
    news?.close();
    await within(clock, FAREWELL_MS, Promise.all([this.#correspondent.stop(), inbox.close(isWaitedFor)]));
    await broker.stop();
  }

  async #submit<T>(wish: Wish): Promise<Handle<T>> {
    const task = await submitTask(this.#parts, wish);
    const owner = {
      clock: this.#parts.clock,
      refresh: (one: Task) => this.#refresh(one),
      cancel: (id: string, options?: CancelOptions) => this.cancel(id, options),
    };
    return new Handle<T>(task, owner);
  }

  async #refresh(task: Task): Promise<void> {
    const { news } = this.#parts;
    if (news === null || isFinal(task.state.status)) return;
    if (task.epoch !== 0 && task.epoch === news.epoch) return;
    for (const event of eventsOf(await news.whereabouts(task.id))) task.hear(event);
  }
}
