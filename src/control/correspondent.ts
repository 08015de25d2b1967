// Asks daemons and gives orders, and hears what they answer and what happens: the other end of `desk.ts` and of the control
// log. Needs nothing but a broker. Whatever arrives in its queue is checked, for anybody may publish there.
import { randomUUID } from 'node:crypto';
import type { Broker, Consumer, Delivery } from '../broker/broker.ts';
import { newsDeclarations, newsQueue, orderRoute, questionRoute } from '../broker/topology.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../service/service.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Answer } from './answer.ts';
import { checkAnswer } from './check-answer.ts';
import { checkEventBatch } from './check-events.ts';
import { Complaints } from './complaints.ts';
import { Gathering } from './gathering.ts';
import { type Listening, Subscription } from './listening.ts';
import { ANSWER, EVENTS, type EventBatch } from './news.ts';
import type { Order } from './order.ts';
import type { Question } from './question.ts';
import { Sender } from './sender.ts';

interface CorrespondentTools {
  /** Whoever made it starts and stops it. */
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface CorrespondentOptions {
  /** The login at the broker, which compares it: daemons take nothing that does not say who it is from. */
  readonly user: string;
}

/** What is asked, without what the correspondent adds. */
type Wish<T> = T extends unknown ? Omit<T, 'v' | 'operation' | 'at'> : never;
type QuestionWish = Wish<Question>;
export type OrderWish = Wish<Exclude<Order, { kind: 'mark' | 'repeat' }>>;

interface Patience<A> {
  /** How long answers are gathered, from when the broker has confirmed the question (ms). */
  readonly forMs: number;
  /** True once no further answer is waited for. */
  readonly enough?: (answers: readonly A[]) => boolean;
}

/** The kind of answer that a kind of question gets. */
export interface AnswerTo {
  readonly status: Extract<Answer, { kind: 'status' }>;
  readonly why: Extract<Answer, { kind: 'why' }>;
  readonly listen: Extract<Answer, { kind: 'listening' }>;
  readonly order: Extract<Answer, { kind: 'obeyed' }>;
}

const ANSWERS = { status: 'status', why: 'why', listen: 'listening', order: 'obeyed' } as const;
/** Unsettled deliveries: bodies are bounded only once they are here. */
const PREFETCH = 20;

export class Correspondent implements Service {
  /** Names its queue; no other has the same. Stays through reconnections. */
  readonly name = randomUUID();
  readonly #tools: CorrespondentTools;
  readonly #sender: Sender;
  readonly #complaints: Complaints;
  readonly #gatherings = new Map<string, Gathering<Answer>>();
  readonly #subscriptions = new Set<Subscription>();
  #consumer: Consumer | undefined;
  #forgetStatus: () => void = () => undefined;
  #isStopped = false;

  constructor(tools: CorrespondentTools, options: CorrespondentOptions) {
    this.#tools = tools;
    this.#complaints = new Complaints(tools);
    this.#sender = new Sender(tools, { user: options.user, name: this.name });
  }

  /** Does not wait for a connection: whoever asks does, for a while. */
  async start(): Promise<void> {
    if (this.#isStopped || this.#consumer) return;
    this.#consumer = this.#tools.broker.consume({
      queue: newsQueue(this.name),
      declarations: newsDeclarations(this.name),
      prefetch: PREFETCH,
      onDelivery: (delivery) => this.#receive(delivery),
    });
    this.#forgetStatus = this.#tools.broker.onStatus(({ state }) => {
      if (state === 'connected') for (const one of this.#subscriptions) one.renew();
    });
  }

  /** What is being gathered is given out as it is; what is being sent is rejected. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#forgetStatus();
    this.#sender.stop();
    for (const one of [...this.#subscriptions]) one.stop();
    for (const gathering of this.#gatherings.values()) gathering.end();
    await this.#consumer?.stop();
  }

  /**
   * What the daemons say to this; nothing where no daemon runs. Rejects with `PERMISSION` where this user may not ask, and
   * with `UNAVAILABLE` where the broker can't be reached.
   */
  async ask<K extends Question['kind']>(
    question: Extract<QuestionWish, { kind: K }>,
    patience: Patience<AnswerTo[K]>,
  ): Promise<readonly AnswerTo[K][]> {
    const operation = randomUUID();
    const gathering = this.#gather(operation, question.kind as K, patience);
    const { kind } = question;
    try {
      const body = { v: 1, operation, ...question };
      const isTaken = await this.#sender.send(questionRoute(kind), operation, body, 'ask');
      return isTaken ? await gathering.for(patience.forMs) : [];
    } finally {
      this.#gatherings.delete(operation);
    }
  }

  /**
   * Resolves once the broker has the order – every daemon, those that start later included, obeys it from then on – and
   * those that run have had `forMs` to say what they did. Rejects with `PERMISSION` where this user may give no orders,
   * and with `UNAVAILABLE` where the order is not in the log.
   */
  async order(order: OrderWish, patience: Patience<AnswerTo['order']>): Promise<readonly AnswerTo['order'][]> {
    const operation = randomUUID();
    const gathering = this.#gather(operation, 'order', patience);
    try {
      const body = { v: 1, operation, at: this.#tools.clock.now(), ...order };
      const isTaken = await this.#sender.send(orderRoute(order.kind), operation, body, 'order');
      if (!isTaken) throw new TaskqueueError('UNAVAILABLE', NO_LOG);
      return await gathering.for(patience.forMs);
    } finally {
      this.#gatherings.delete(operation);
    }
  }

  /**
   * Events about workitems with this `reply_to`, or all there are (`null`), from whatever daemon, for as long as it is not
   * stopped. `onEvents` gets what was asked for, in batches; it must not throw.
   */
  listen(replyTo: string | null, onEvents: (batch: EventBatch) => void): Listening {
    const { clock, logger } = this.#tools;
    const ask = (forMs: number, patience: Patience<AnswerTo['listen']>): Promise<readonly AnswerTo['listen'][]> =>
      this.ask({ kind: 'listen', replyTo, forMs }, patience);
    const subscription = new Subscription({ replyTo, onEvents, ask, clock, logger }, () =>
      this.#subscriptions.delete(subscription),
    );
    this.#subscriptions.add(subscription);
    subscription.renew();
    return subscription;
  }

  #gather<K extends keyof AnswerTo>(
    operation: string,
    kind: K,
    patience: Patience<AnswerTo[K]>,
  ): Gathering<AnswerTo[K]> {
    const { clock } = this.#tools;
    if (this.#isStopped) throw new TaskqueueError('STOPPED', 'nothing can be asked any more: it has been stopped');
    const isOne = (answer: Answer): answer is AnswerTo[K] => answer.kind === ANSWERS[kind];
    const gathering = new Gathering<AnswerTo[K]>(clock, isOne, patience.enough ?? (() => false));
    this.#gatherings.set(operation, gathering as unknown as Gathering<Answer>);
    return gathering;
  }

  #receive(delivery: Delivery): void {
    const { properties, headers, body } = delivery.message;
    delivery.ack();
    try {
      const kind = headers[HEADER.kind];
      if (kind === ANSWER) this.#gatherings.get(properties.correlationId ?? '')?.add(checkAnswer(body));
      else if (kind === EVENTS) this.#tell(checkEventBatch(body));
      else throw new TaskqueueError('PROTOCOL', 'neither an answer nor a batch of events');
    } catch (err) {
      this.#complaints.say({ queue: delivery.queue, reason: messageOf(err) }, 'this is no news; it is left aside');
    }
  }

  #tell(batch: EventBatch): void {
    for (const subscription of [...this.#subscriptions]) subscription.take(batch);
  }
}

const NO_LOG =
  'nobody would obey this order: no daemon has declared the control log at this broker yet (is a dispatcher or a pool manager running there?)';
