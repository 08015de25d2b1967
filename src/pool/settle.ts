// Step 8 of the path: publishes what follows from an outcome, waits for the confirm, then acknowledges. Where the delivery
// is gone before that, nothing is lost: the broker has the workitem and delivers it again (a duplicate run, unless
// `adoption.ts` still knows the outcome by then).
import type { Delivery, Outgoing } from '../broker/broker.ts';
import { type QueueType, workerDeclarations, workerQueue } from '../broker/topology.ts';
import type { StandingOrders } from '../control/standing.ts';
import type { LogFields } from '../core/logger.ts';
import { type AboutWorkitem, aboutWorkitem } from '../events/event.ts';
import type { Refusal } from '../handling/checks.ts';
import { deliverResult, publishTo } from '../handling/deliver-result.ts';
import { park, publishForCertain, setAside } from '../handling/keep.ts';
import { inTheBroker, later } from '../handling/later.ts';
import { TimelyPublisher } from '../handling/publish-in-time.ts';
import {
  type ResultFacts,
  type ResultRoute,
  type ResultStatus,
  resultMessage,
  resultRoute,
} from '../handling/result.ts';
import { toQueue } from '../handling/to-queue.ts';
import type { Tools } from '../handling/tools.ts';
import type { Counts } from '../retry/policy.ts';
import type { EncodedResult } from '../workitem/encoded-result.ts';
import { HEADER } from '../workitem/headers.ts';
import { relayed } from '../workitem/relay.ts';
import { errorAlone } from './failed-result.ts';
import { type Job, runOfJob } from './job.ts';
import type { Settlement } from './settlement.ts';

export interface SettleTools extends Tools {
  readonly queueType: QueueType;
  readonly orders: StandingOrders;
}

/** True once it is settled; false where the delivery was gone first. */
export async function settle(tools: SettleTools, job: Job, settlement: Settlement): Promise<boolean> {
  const { delivery } = job;
  const isKept = await carryOut(tools, job, delivery, settlement);
  return isKept && (settlement.kind === 'handBack' && !isLeased(delivery) ? delivery.requeue() : delivery.ack());
}

function carryOut(tools: SettleTools, job: Job, delivery: Delivery, settlement: Settlement): Promise<boolean> {
  switch (settlement.kind) {
    case 'report':
      return report(tools, job, delivery, settlement);
    case 'again':
      return goOn(tools, job, delivery, settlement);
    case 'park':
      return once(job, 'parked', () => refuse(tools, job, delivery, settlement));
    case 'handBack':
      return handBack(tools, job, delivery);
    default:
      return settlement satisfies never;
  }
}

/** Where the acknowledgement comes too late, the workitem is delivered again; then that alone is left to do. */
async function once(job: Job, as: Counts | 'parked', passOn: () => Promise<boolean>): Promise<boolean> {
  if (!job.passedOn && (await passOn())) job.passedOn = as;
  return job.passedOn !== undefined;
}

async function refuse(
  tools: SettleTools,
  job: Job,
  delivery: Delivery,
  { refusal, mayTellSender }: Extract<Settlement, { kind: 'park' }>,
): Promise<boolean> {
  const isReported = mayTellSender && (await tellSender(tools, job, refusal));
  return parkJob(tools, job, delivery, { ...refusal, trace: '' }, isReported);
}

async function handBack(tools: SettleTools, job: Job, delivery: Delivery): Promise<boolean> {
  tools.logger.info(aboutJob(job), HANDED_BACK);
  if (isLeased(delivery)) return toItsQueue(tools, job, delivery);
  announceQueued(tools, job, HANDED_BACK);
  return true;
}

const HANDED_BACK = 'handed back to the broker unfinished';

/**
 * Whether it came as a lease. Out of the pool's own queue, it would be handed back to nobody else; and where it has returned
 * to its worker queue, it would come again under the name of a lease whose handling is over, and be taken for its leftover.
 */
function isLeased({ message }: Delivery): boolean {
  return HEADER.lease in message.headers;
}

function toItsQueue(tools: SettleTools, job: Job, delivery: Delivery): Promise<boolean> {
  const counts = { ...job.counts, redeliveries: job.counts.redeliveries + 1 };
  return goOn(tools, job, delivery, { afterMs: 0, counts, why: HANDED_BACK });
}

async function report(
  tools: SettleTools,
  job: Job,
  delivery: Delivery,
  { status, result, error, park: alsoPark }: Extract<Settlement, { kind: 'report' }>,
): Promise<boolean> {
  const route = resultRoute(job.message.properties.replyTo, job.plan.group.options.resultsRoutingKey);
  if (result && route && !job.isReported && job.out !== status) {
    if (!(await publishResult(tools, job, delivery, status, result, route))) return false;
    job.isReported = true;
  }
  if (alsoPark && !(await once(job, 'parked', () => parkJob(tools, job, delivery, alsoPark, true)))) return false;
  if (!delivery.isOpen) return false;
  announceReport(tools, job, status, error);
  return true;
}

/** True once somebody has the result: the queue it was meant for, or one of ours. */
export async function publishResult(
  tools: SettleTools,
  job: Job,
  delivery: Pick<Delivery, 'isOpen'>,
  status: ResultStatus,
  result: EncodedResult,
  route: ResultRoute,
): Promise<boolean> {
  const outgoing = resultMessage(job.message, resultFacts(tools, job, status), result, route);
  return deliverResult(tools, delivery, outgoing, route, tools.queueType);
}

function resultFacts(tools: Tools, job: Job, status: ResultStatus): ResultFacts {
  return {
    status,
    id: job.envelope.id,
    run: runOfJob(job),
    type: job.envelope.workerType,
    attempt: job.counts.attempt,
    host: tools.host,
    instance: job.instance,
    started: job.startedAt,
    finished: tools.clock.now(),
    parked: null,
  };
}

type Again = Omit<Extract<Settlement, { kind: 'again' }>, 'kind'>;

function goOn(tools: SettleTools, job: Job, delivery: Delivery, next: Again): Promise<boolean> {
  return once(job, next.counts, () => again(tools, job, delivery, next));
}

/** Another attempt, after a delay that the broker keeps; or at once, at the end of its queue (`afterMs` = 0). */
async function again(
  tools: SettleTools,
  job: Job,
  delivery: Delivery,
  { afterMs, counts, why }: Again,
): Promise<boolean> {
  const now = tools.clock.now();
  const queue = workerQueue(job.envelope.workerType);
  const onward = relayed(job.message, {
    ...countHeaders(counts),
    [HEADER.queued]: afterMs === 0 ? now : now + inTheBroker(afterMs),
  });
  if (afterMs === 0) return atOnce(tools, delivery, toQueue(onward, queue), job, why);
  if (!(await publishForCertain(tools, delivery, later(onward, queue, afterMs)))) return false;
  tools.logger.info({ ...aboutJob(job), afterMs, reason: why }, 'waits in the broker');
  tools.events({ ...about(tools, job), kind: 'delayed', untilMs: now + afterMs, why, attempt: counts.attempt });
  return true;
}

/** To the end of its queue. Where that is gone, or takes nothing, it waits aside, as in the dispatcher. */
async function atOnce(
  tools: SettleTools,
  delivery: Delivery,
  outgoing: Outgoing,
  job: Job,
  why: string,
): Promise<boolean> {
  const queueOf = () => workerDeclarations(job.envelope.workerType, tools.queueType);
  const outcome = await publishTo(tools, delivery, outgoing, queueOf);
  switch (outcome.kind) {
    case 'confirmed':
      announceQueued(tools, job, why);
      return true;
    case 'gone':
      return false;
    case 'returned':
    case 'refused': {
      const aside = { reason: 'unroutable', error: outcome.reason, queue: outgoing.routingKey } as const;
      if (!(await setAside(tools, delivery, outgoing, aside))) return false;
      tools.events({ ...about(tools, job), kind: 'unroutable', queue: outgoing.routingKey });
      return true;
    }
    case 'unwritable': {
      const why = { reason: 'uncarriable', error: outcome.reason } as const;
      if (!(await park(tools, delivery, outgoing, { ...why, queue: outgoing.routingKey }))) return false;
      tools.events({ ...about(tools, job), kind: 'parked', ...why, isReported: false });
      return true;
    }
    default:
      return outcome satisfies never;
  }
}

function countHeaders(counts: Counts): Record<string, number | undefined> {
  const { attempt, crashes, suspicions, postponements, redeliveries } = counts;
  return {
    [HEADER.attempt]: attempt,
    [HEADER.crashes]: crashes,
    [HEADER.suspicions]: suspicions === 0 ? undefined : suspicions,
    [HEADER.postponements]: postponements === 0 ? undefined : postponements,
    [HEADER.redeliveries]: redeliveries,
  };
}

async function parkJob(
  tools: SettleTools,
  job: Job,
  delivery: Delivery,
  { reason, error, trace }: Extract<Settlement, { kind: 'report' }>['park'] & object,
  isReported: boolean,
): Promise<boolean> {
  const extra = {
    ...(isReported ? { [HEADER.reported]: true } : {}),
    ...(trace === '' ? {} : { [HEADER.trace]: trace }),
  };
  const queue = workerQueue(job.envelope.workerType);
  if (!(await park(tools, delivery, job.message, { reason, error, queue, extra }))) return false;
  tools.logger.warn({ ...aboutJob(job), reason, error }, 'parked');
  tools.events({ ...about(tools, job), kind: 'parked', reason, error, isReported });
  return true;
}

async function tellSender(tools: Tools, job: Job, { reason, error }: Refusal): Promise<boolean> {
  const route = resultRoute(job.message.properties.replyTo, '');
  const result = route && errorAlone(job, { mishap: reason, error, trace: '' });
  if (!route || !result) return false;
  const facts = { ...resultFacts(tools, job, 'failed'), parked: reason };
  const outgoing = resultMessage(job.message, facts, result, route);
  return new TimelyPublisher(tools.broker, tools.clock).publishOnce(outgoing);
}

function announceReport(tools: Tools, job: Job, status: ResultStatus, error: string): void {
  const base = about(tools, job);
  const tookMs = tools.clock.now() - job.startedAt;
  if (status === 'failed') tools.logger.warn({ ...aboutJob(job), tookMs, error }, 'failed');
  else if (status === 'expired') tools.logger.info(aboutJob(job), 'expired before a worker had time for it');
  else if (status === 'cancelled') tools.logger.info({ ...aboutJob(job), reason: error }, 'cancelled');
  else tools.logger.debug({ tookMs, ...aboutJob(job) }, status);
  switch (status) {
    case 'finished':
      return tools.events({ kind: 'finished', instance: job.instance, tookMs, ...base });
    case 'expired':
      return tools.events({ ...base, kind: 'expired' });
    case 'cancelled':
      return tools.events({ ...base, kind: 'cancelled', error });
    case 'failed':
      return tools.events({ ...base, kind: 'failed', instance: job.instance, error });
    default:
      return status satisfies never;
  }
}

function announceQueued(tools: Tools, job: Job, why: string): void {
  tools.events({ ...about(tools, job), kind: 'queued', queue: workerQueue(job.envelope.workerType), why });
}

function about({ clock }: Tools, { message, envelope }: Job): AboutWorkitem {
  return aboutWorkitem(message, envelope.workerType, clock.now());
}

function aboutJob({ envelope, instance, counts }: Job): LogFields {
  return { workitem: envelope.id, type: envelope.workerType, instance, attempt: counts.attempt };
}
