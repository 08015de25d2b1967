// From what a caller asks for to the message that is published. Pure; everything that a daemon would refuse is refused here,
// where somebody can mend it.
import type { Outgoing } from '../broker/broker.ts';
import { MAX_DELAY_SECONDS, TASKQUEUE } from '../broker/topology.ts';
import { TaskqueueError } from '../core/errors.ts';
import { refusalOf } from '../handling/checks.ts';
import { toQueue } from '../handling/to-queue.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Headers, Properties } from '../workitem/message.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';
import { type EncodedBody, encodeBody } from './body.ts';
import { type Period, periodMs } from './period.ts';

export interface SubmitOptions {
  /** Not before this time has passed; whole seconds, rounded up. */
  readonly delay?: Period;
  /** Not before then; `delay` in other words. */
  readonly at?: Date;
  /** Not after then, or not after this time has passed: then its outcome is EXPIRED. */
  readonly expires?: Date | Period;
  /** How often it may be tried; where the configuration says something too, the lower one counts. */
  readonly maxAttempts?: number;
  /** How long its handler may take; where the configuration says something too, the lower one counts. */
  readonly timeout?: Period;
  /** The content type of the body, or `json`, `text`, `binary`. */
  readonly format?: string;
  /** Comes back with the result; left out, it is the id. */
  readonly correlationId?: string;
  /** Headers of your own; those that begin with `tq-` are taskqueue's. */
  readonly headers?: Headers;
  /**
   * The queue for the result, instead of this client's own; `null`: wherever the configuration of its worker type sends
   * results. The handle then learns nothing about it.
   */
  readonly replyTo?: string | null;
}

interface WorkitemFacts {
  readonly id: string;
  /** The client's own queue. */
  readonly replyQueue: string;
  /** ms since 1970 */
  readonly now: number;
  readonly maxMessageSize: number;
}

/** @throws TaskqueueError `USAGE` */
export function workitemMessage(type: string, body: unknown, options: SubmitOptions, facts: WorkitemFacts): Outgoing {
  demandKnown(options);
  if (!isWorkerType(type)) throw usage(`"${String(type)}" is no worker type: ${WORKER_TYPE_RULE}`);
  const encoded = encodeBody(body, options.format);
  const properties = propertiesFor(encoded, options, facts);
  const headers = { ...ownHeaders(options.headers), ...wishes(options, facts.now), [HEADER.type]: type };
  const message = { properties, headers, body: encoded.body };
  const refusal = refusalOf(message, facts);
  if (refusal) throw usage(`this workitem would be refused: ${refusal.error}`);
  return toQueue(message, TASKQUEUE);
}

/** Whether the client that sends it gets its result. */
export function isAnsweredHere({ replyTo }: SubmitOptions): boolean {
  return replyTo === undefined;
}

const OPTIONS: Readonly<Record<keyof SubmitOptions, true>> = {
  delay: true,
  at: true,
  expires: true,
  maxAttempts: true,
  timeout: true,
  format: true,
  correlationId: true,
  headers: true,
  replyTo: true,
};

/** A misspelled wish must not be ignored. */
function demandKnown(options: SubmitOptions): void {
  const odd = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name));
  if (odd !== undefined) throw usage(`there is no option ${odd}: there are ${Object.keys(OPTIONS).join(', ')}`);
}

function propertiesFor({ contentType }: EncodedBody, options: SubmitOptions, facts: WorkitemFacts): Properties {
  const replyTo = options.replyTo === undefined ? facts.replyQueue : options.replyTo;
  return {
    messageId: facts.id,
    correlationId: options.correlationId ?? facts.id,
    deliveryMode: 2,
    timestamp: Math.floor(facts.now / 1000),
    contentType,
    ...(replyTo === null ? {} : { replyTo }),
  };
}

function ownHeaders(headers: Headers = {}): Headers {
  const taken = Object.keys(headers).find((name) => name.startsWith('tq-'));
  if (taken === undefined) return headers;
  throw usage(
    `header ${taken}: those that begin with tq- are taskqueue's own; there are options for what may be wished`,
  );
}

function wishes(options: SubmitOptions, now: number): Headers {
  const { maxAttempts, timeout } = options;
  const [due, expires] = [dueAt(options, now), expiresAt(options, now)];
  if (maxAttempts !== undefined && !(Number.isSafeInteger(maxAttempts) && maxAttempts >= 1)) {
    throw usage('maxAttempts is a whole number from 1 on');
  }
  return {
    ...(due === undefined ? {} : { [HEADER.due]: due }),
    ...(expires === undefined ? {} : { [HEADER.expires]: expires }),
    ...(maxAttempts === undefined ? {} : { [HEADER.maxAttempts]: maxAttempts }),
    ...(timeout === undefined ? {} : { [HEADER.timeout]: atLeastOne(periodMs('timeout', timeout)) }),
  };
}

function dueAt({ delay, at }: SubmitOptions, now: number): number | undefined {
  if (delay !== undefined && at !== undefined) throw usage('delay and at say the same: give one of them');
  if (at !== undefined) return timeOf('at', at);
  if (delay === undefined) return undefined;
  const ms = periodMs('delay', delay);
  if (ms > MAX_DELAY_SECONDS * 1000) throw usage('the longest delay is about 17 years');
  return ms === 0 ? undefined : now + ms;
}

function expiresAt({ expires }: SubmitOptions, now: number): number | undefined {
  if (expires === undefined) return undefined;
  return expires instanceof Date ? timeOf('expires', expires) : now + periodMs('expires', expires);
}

function timeOf(name: string, date: Date): number {
  const ms = date instanceof Date ? date.getTime() : Number.NaN;
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw usage(`${name} is no valid Date`);
}

function atLeastOne(ms: number): number {
  if (ms >= 1) return ms;
  throw usage('timeout leaves the handler no time at all');
}

function usage(message: string): TaskqueueError {
  return new TaskqueueError('USAGE', message);
}
