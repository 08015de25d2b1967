// What a plugin's own `reportResults` publishes: `channel.publish` and `channel.report`, carried out by the pool, since a
// worker process has no connection. The worker is not trusted: only what its type may publish is published.
import type { Outgoing } from '../broker/broker.ts';
import { isOwnQueue, type Route } from '../broker/topology.ts';
import type { FromWorker } from '../child/protocol.ts';
import { messageOf } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { publishPatiently } from '../handling/publish-until-known.ts';
import { resultRoute } from '../handling/result.ts';
import { wholeNumber } from '../workitem/headers.ts';
import type { Headers, Properties } from '../workitem/message.ts';
import { travels } from '../workitem/relay.ts';
import type { Job } from './job.ts';
import type { RunningProcess } from './process-life.ts';
import { publishResult, type SettleTools } from './settle.ts';

export type ReportCall = Extract<FromWorker, { kind: 'publish' }>;

/** The answer is for this process, not for one that has taken its place meanwhile. */
export async function answerReport(
  tools: SettleTools,
  process: RunningProcess,
  job: Job,
  call: ReportCall,
  body: Buffer,
): Promise<void> {
  process.answer(call.call, await carryOutReport(tools, job, call, body), body.length);
}

/** `null` where it is published and confirmed; else why not, in one sentence: the plugin decides what follows. */
export function carryOutReport(tools: SettleTools, job: Job, call: ReportCall, body: Buffer): Promise<string | null> {
  const report = reportUnlessCancelled(tools, job, call, body)
    .catch((err: unknown) => `could not be published: ${messageOf(err)}`)
    .finally(() => job.reports.delete(report));
  job.reports.add(report);
  return report;
}

/** What is said first of a workitem holds. So a cancelled one is not reported any more, unless that has begun before. */
async function reportUnlessCancelled(
  tools: SettleTools,
  job: Job,
  call: ReportCall,
  body: Buffer,
): Promise<string | null> {
  if (job.cancellation && !job.isReporting) return 'this workitem has been cancelled';
  job.isReporting = true;
  const error = await carryOut(tools, job, call, body);
  if (call.status === 'finished' && error === GONE) job.hasLostReport = true;
  return error;
}

async function carryOut(tools: SettleTools, job: Job, call: ReportCall, body: Buffer): Promise<string | null> {
  if (body.length > job.plan.maxMessageSize)
    return `the body has ${body.length} bytes, more than max_message_size allows`;
  return call.target === null
    ? reportByDefault(tools, job, call, body)
    : publishElsewhere(tools, job, call, call.target, body);
}

async function reportByDefault(tools: SettleTools, job: Job, call: ReportCall, body: Buffer): Promise<string | null> {
  const route = resultRoute(job.message.properties.replyTo, job.plan.group.options.resultsRoutingKey);
  const result = { contentType: call.properties.contentType ?? 'application/octet-stream', body };
  // without a route, results of this type are not published
  if (route && !(await publishResult(tools, job, heldBy(job), call.status, result, route))) return GONE;
  job.out ??= call.status;
  return null;
}

/** Its delivery may change meanwhile. */
function heldBy(job: Job): { readonly isOpen: boolean } {
  return {
    get isOpen() {
      return job.delivery.isOpen;
    },
  };
}

const GONE = 'the delivery of this workitem is gone: another worker will report it';

async function publishElsewhere(
  tools: SettleTools,
  job: Job,
  call: ReportCall,
  target: Route,
  body: Buffer,
): Promise<string | null> {
  const refusal =
    whyNotThere(target, job.plan.group.options.mayPublish) ??
    whyNotThis(call.properties) ??
    whyNotWithThese(call.headers);
  if (refusal) return refusal;
  const properties = { ...call.properties, deliveryMode: 2 };
  const outgoing: Outgoing = { ...target, mandatory: true, properties, headers: allowedHeaders(call), body };
  const outcome = await publishPatiently(tools.broker, tools.clock, heldBy(job), outgoing);
  switch (outcome.kind) {
    case 'confirmed':
      return null;
    case 'gone':
      return GONE;
    case 'returned':
    case 'refused':
    case 'unwritable':
      return outcome.reason;
    default:
      return outcome satisfies never;
  }
}

/** Without `CC` and `BCC`: they would lead around `may_publish`. */
function allowedHeaders({ headers }: ReportCall): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => travels(name)));
}

/** Why the broker would close the channel over it, with what others have in flight there; `undefined` where it would not. */
export function whyNotThis({ userId, expiration }: Properties): string | undefined {
  if (userId !== undefined) return 'the property userId cannot be set: the pool manager publishes as its own user';
  if (expiration === undefined || (wholeNumber(expiration) ?? Infinity) <= MAX_EXPIRATION_MS) return undefined;
  return `the property expiration is "${printable(expiration.slice(0, 40))}", no number of ms that a broker takes`;
}

/** Why the broker would end the connection over it, where it reaches a stream: measured on RabbitMQ 3.10 and 4.0. */
export function whyNotWithThese(headers: Headers): string | undefined {
  const decimal = Object.keys(headers).find((name) => holdsDecimal(headers[name]));
  if (decimal !== undefined) return `the header "${printable(decimal.slice(0, 40))}" holds a decimal`;
  const filter = headers['x-stream-filter-value'];
  if (filter === undefined || typeof filter === 'string') return undefined;
  return 'the header x-stream-filter-value is no text';
}

function holdsDecimal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ('!' in value && value['!'] === 'decimal') || Object.values(value).some(holdsDecimal);
}

/** RabbitMQ's bound. */
const MAX_EXPIRATION_MS = 2 ** 32 - 1;

/** Why nothing may be published there; `undefined` where it may. Pure. */
export function whyNotThere({ exchange, routingKey }: Route, mayPublish: readonly string[] | null): string | undefined {
  const place = exchange === '' ? routingKey : `${exchange}/${routingKey}`;
  if (exchange === '' ? isOwnQueue(routingKey) : isOwnQueue(exchange)) {
    return `"${printable(place)}" belongs to the task queue itself`;
  }
  if (mayPublish === null || mayPublish.some((pattern) => isWithin(pattern, place))) return undefined;
  return `"${printable(place)}" is not among may_publish`;
}

function isWithin(pattern: string, place: string): boolean {
  return pattern.endsWith('*') ? place.startsWith(pattern.slice(0, -1)) : place === pattern;
}
