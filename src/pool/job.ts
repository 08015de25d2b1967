// A workitem that this pool is handling: from the moment it is admitted until its outcome is settled.
import type { Delivery } from '../broker/broker.ts';
import type { Cancellation } from '../control/standing.ts';
import type { LogFields } from '../core/logger.ts';
import type { Counts } from '../retry/policy.ts';
import { attemptsAllowed, needsProcessAlone } from '../retry/policy.ts';
import { envelopeOf, runOf } from '../workitem/envelope.ts';
import { HEADER, wholeNumber } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import { newId } from '../workitem/new-id.ts';
import { begun } from '../workitem/relay.ts';
import type { Envelope } from '../workitem/workitem.ts';
import type { GroupPlan } from './plan.ts';

export interface Job {
  /** Names it between pool and worker process. */
  readonly number: number;
  /** Replaced when the broker delivers again what is still being worked on here. */
  delivery: Delivery;
  /** Its result is out, and confirmed. What comes after that may have to be done again; not this. */
  isReported: boolean;
  /**
   * What follows from its outcome is out, and confirmed: it must not be so twice. Its next attempt, as what that is counted;
   * or its parking.
   */
  passedOn: Counts | 'parked' | undefined;
  /** Its plugin has begun to report it by itself. */
  isReporting: boolean;
  /** As what its plugin has reported it to whoever waits for it: that holds, however its process ends. See `said-first.ts`. */
  out: 'finished' | 'failed' | undefined;
  /** What its plugin is publishing just now: none of these rejects. */
  readonly reports: Set<Promise<unknown>>;
  /** Its plugin could not report it as finished, since its delivery was gone: what it throws for that is no failure. */
  hasLostReport: boolean;
  /** Somebody has cancelled it while it ran. */
  cancellation: Cancellation | undefined;
  /** Since when it is that delivery (ms since 1970). */
  heldSince: number;
  /** Names this handling, once its delivery has been exchanged for a lease: see `leases.ts`. */
  lease: string | undefined;
  /** Another delivery of the same handling, which came while the outcome was being settled with this one. */
  spare: Delivery | undefined;
  /** As it was delivered, with `tq-run` and an id. */
  readonly message: Message;
  readonly envelope: Envelope;
  readonly plan: GroupPlan;
  readonly instance: string;
  readonly counts: Counts;
  /** A process died while it had this one: it gets the next one to itself. */
  readonly isSuspect: boolean;
  readonly attemptsAllowed: number;
  /** ms; `null` = none */
  readonly timeoutMs: number | null;
  /** ms since 1970 */
  startedAt: number;
  /** What its handler told last. */
  progress: { readonly fraction: number; readonly note: string } | undefined;
}

interface JobFacts {
  readonly number: number;
  readonly delivery: Delivery;
  readonly plan: GroupPlan;
  readonly instance: string;
  readonly counts: Counts;
  readonly now: number;
}

export function jobFor(facts: JobFacts): Job {
  const { delivery, plan, now } = facts;
  const message = arrived(withoutLease(delivery.message), plan.group.type, now);
  const wish = (name: string): number | undefined => wholeNumber(message.headers[name]);
  return {
    number: facts.number,
    delivery,
    isReported: false,
    passedOn: undefined,
    isReporting: false,
    out: undefined,
    reports: new Set(),
    hasLostReport: false,
    cancellation: undefined,
    heldSince: now,
    lease: undefined,
    spare: undefined,
    message,
    envelope: envelopeOf(message, plan.group.type, plan.defaultWorkitemType),
    plan,
    instance: facts.instance,
    counts: facts.counts,
    isSuspect: needsProcessAlone(facts.counts),
    attemptsAllowed: attemptsAllowed(plan.group.options.maxAttempts, wish(HEADER.maxAttempts)),
    timeoutMs: lowest(plan.group.options.taskTimeoutMs, wish(HEADER.timeout)),
    startedAt: now,
    progress: undefined,
  };
}

/**
 * A message that was sent to the worker queue directly has no id and no life yet. It also gets `tq-type`, so that its
 * text is still read as a whole when it comes back from a delay, and so that it can be moved on should its queue vanish.
 */
function arrived(message: Message, type: string, now: number): Message {
  const { body, properties, headers } = begun(withoutOddLife(message), now);
  if (!(HEADER.type in headers || HEADER.routed in headers)) headers[HEADER.type] = type;
  return { body, properties: properties.messageId ? properties : { ...properties, messageId: newId() }, headers };
}

/** What has returned from a lease is an ordinary workitem again. */
function withoutLease(message: Message): Message {
  if (!(HEADER.lease in message.headers)) return message;
  const { [HEADER.lease]: _, [HEADER.queue]: __, ...headers } = message.headers;
  return { ...message, headers };
}

/** Anybody may publish to a worker queue: a `tq-run` that is no name of a life would leave the workitem without one. */
function withoutOddLife(message: Message): Message {
  if (!(HEADER.run in message.headers) || runOf(message) !== undefined) return message;
  const headers = Object.entries(message.headers).filter(([name]) => name !== HEADER.run);
  return { ...message, headers: Object.fromEntries(headers) };
}

export function runOfJob(job: Job): string {
  return runOf(job.message) as string;
}

/** Lines that a process writes belong to a workitem where it has only one. */
export function fieldsOf(jobs: ReadonlyMap<number, Job>): LogFields {
  const [only, ...others] = jobs.values();
  return only && others.length === 0 ? { workitem: only.envelope.id } : {};
}

function lowest(one: number | null, other: number | undefined): number | null {
  return one === null ? (other ?? null) : Math.min(one, other ?? one);
}
