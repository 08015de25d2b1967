// Answers questions about a daemon: how it goes, where a workitem is, and notes who listens. A question changes nothing; it
// never holds up the work, and a broker that allows no control leaves it at a warning.
import type { Broker, Consumer, Delivery } from '../broker/broker.ts';
import { questionDeclarations, questionQueue } from '../broker/topology.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../service/service.ts';
import type { Properties } from '../workitem/message.ts';
import type { Announcer } from './announcer.ts';
import type { DispatcherStatus, PoolStatus, Whereabouts } from './answer.ts';
import { checkQuestion } from './check-question.ts';
import { Complaints } from './complaints.ts';
import { LIMITS } from './limits.ts';
import { fullPace, type Pace, PER_SECOND, paced } from './pace.ts';
import type { Question } from './question.ts';
import { isAnswerable, type Replies } from './replies.ts';

interface DeskOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names the daemon. */
  readonly name: string;
  readonly replies: Replies;
  readonly announcer: Announcer;
  status(): DispatcherStatus | PoolStatus;
  whereabouts(id: string): readonly Whereabouts[];
}

/** Questions that are here and have no answer yet. */
const PREFETCH = 10;

export class Desk implements Service {
  readonly #options: DeskOptions;
  readonly #complaints: Complaints;
  readonly #waiting: Delivery[] = [];
  #consumer: Consumer | undefined;
  #pace: Pace;
  #cancelTurn: (() => void) | undefined;
  #isStopped = false;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#complaints = new Complaints(options);
    this.#pace = fullPace(options.clock.now());
  }

  /** Does not wait for the broker. */
  async start(): Promise<void> {
    const { broker, name } = this.#options;
    if (this.#isStopped || this.#consumer) return;
    this.#consumer = broker.consume({
      queue: questionQueue(name),
      declarations: questionDeclarations(name),
      prefetch: PREFETCH,
      onDelivery: (delivery) => {
        this.#waiting.push(delivery);
        if (!this.#cancelTurn) this.#work();
      },
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTurn?.();
    await this.#consumer?.stop();
    for (const delivery of this.#waiting.splice(0)) delivery.ack();
  }

  #work(): void {
    this.#cancelTurn = undefined;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const { pace, waitMs } = paced(this.#pace, this.#options.clock.now());
      this.#pace = pace;
      if (waitMs > 0) {
        this.#complaints.say(
          { user: next.message.properties.userId },
          `more than ${PER_SECOND} questions a second: they wait`,
        );
        this.#cancelTurn = this.#options.clock.after(waitMs, () => this.#work());
        return;
      }
      this.#waiting.shift();
      next.ack(); // asked once is answered once
      this.#receive(next);
    }
  }

  #receive(delivery: Delivery): void {
    const { properties } = delivery.message;
    const from = { user: properties.userId, queue: properties.replyTo };
    if (!isAnswerable(properties.replyTo)) return this.#complaints.say(from, 'a question that nobody can be answered');
    try {
      this.#answer(checkQuestion(delivery), properties, properties.replyTo);
    } catch (err) {
      this.#complaints.say({ ...from, reason: messageOf(err) }, 'a question that cannot be answered');
    }
  }

  #answer(question: Question, asker: Properties, queue: string): void {
    const { replies, clock } = this.#options;
    const to = { ...asker, correlationId: question.operation };
    switch (question.kind) {
      case 'status':
        return replies.answer(to, { kind: 'status', status: this.#options.status() });
      case 'why': {
        const whereabouts = this.#options.whereabouts(question.id).slice(0, LIMITS.whereabouts);
        return replies.answer(to, { kind: 'why', whereabouts });
      }
      case 'listen': {
        const interest = { queue, replyTo: question.replyTo, untilMs: clock.now() + question.forMs };
        if (this.#options.announcer.note(interest)) return replies.answer(to, { kind: 'listening' });
        return this.#complaints.say({ queue, user: asker.userId }, 'too many listen already: this one is told nothing');
      }
      default:
        return question satisfies never;
    }
  }
}
