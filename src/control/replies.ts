// What a daemon answers, on its way to whoever asked: to the `reply_to` of the question or order. An answer that nobody can
// take is no loss; and none of it may ever hold up the daemon.
import type { Broker, Outgoing } from '../broker/broker.ts';
import { isInTime } from '../broker/in-time.ts';
import { isOwnQueue } from '../broker/topology.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { Patience } from '../core/patience.ts';
import type { Properties } from '../workitem/message.ts';
import type { Answer } from './answer.ts';
import { Complaints } from './complaints.ts';
import { encodedAnswer, newsTo } from './encoded.ts';
import { ANSWER } from './news.ts';

/** Who answers. */
export type Answerer = Pick<Answer, 'v' | 'host' | 'daemon' | 'name'>;

type WithoutAnswerer<T> = T extends unknown ? Omit<T, keyof Answerer> : never;
type Reply = WithoutAnswerer<Answer>;

interface ReplyTools {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers that the broker has not confirmed yet: with a broker that takes nothing, no more are made. */
const MOST_OPEN = 100;
const MOST_OPEN_BYTES = 16 * 1024 * 1024;

export class Replies {
  readonly #tools: ReplyTools;
  readonly #answerer: Answerer;
  readonly #complaints: Complaints;
  #open = 0;
  #openBytes = 0;

  constructor(tools: ReplyTools, answerer: Answerer) {
    this.#tools = tools;
    this.#answerer = answerer;
    this.#complaints = new Complaints(tools);
  }

  /** Returns at once, and never throws. The first are the properties of the question or order. */
  answer({ replyTo, correlationId, userId }: Properties, reply: Reply): void {
    if (!isAnswerable(replyTo))
      return this.#complaints.say({ queue: replyTo, user: userId }, 'nobody can be answered there');
    if (this.#open >= MOST_OPEN || this.#openBytes >= MOST_OPEN_BYTES) {
      return this.#complaints.say({ queue: replyTo, user: userId }, 'not answered: the broker takes nothing now');
    }
    const body = encodedAnswer({ ...this.#answerer, ...reply });
    this.#open++;
    this.#openBytes += body.length;
    void this.#publish(newsTo(replyTo, ANSWER, body, correlationId)).then(() => {
      this.#open--;
      this.#openBytes -= body.length;
    });
  }

  /** A queue that confirms nothing may be anybody's: it must not keep the others from their answers. */
  async #publish(news: Outgoing): Promise<void> {
    const { broker, clock, logger } = this.#tools;
    const patience = new Patience();
    const published = broker.publish(news, patience).then((outcome) => {
      if (outcome.kind !== 'confirmed') logger.debug({ queue: news.routingKey, ...outcome }, 'an answer got lost');
    });
    if (!(await isInTime(broker, clock, published))) patience.end();
  }
}

/** A queue of ours would take the answer for a workitem. */
export function isAnswerable(replyTo: string | undefined): replyTo is string {
  return replyTo !== undefined && replyTo !== '' && !isOwnQueue(replyTo);
}
