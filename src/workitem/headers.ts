// Every header of ours, in one place. All begin with `tq-`; what others set under that prefix has no meaning to us,
// except for those named under "set by senders".

export const HEADER = {
  // set by senders
  type: 'tq-type', // the worker type; the dispatcher then does not look into the body
  due: 'tq-due', // not before then (ms since 1970)
  expires: 'tq-expires', // not after then (ms since 1970)
  maxAttempts: 'tq-max-attempts',
  timeout: 'tq-timeout', // ms
  // reserved: a workitem that carries one is parked
  lock: 'tq-lock',
  unique: 'tq-unique',
  flow: 'tq-flow',
  flowAgain: 'tq-flow-again',
  // the life of a workitem
  routed: 'tq-routed', // the worker type that the dispatcher found in the body
  user: 'tq-user', // the `user_id` it arrived with
  run: 'tq-run', // one life: a UUID v7
  runOf: 'tq-run-of', // the life that an operator's requeue continued
  accepted: 'tq-accepted', // when it was first accepted (ms since 1970)
  queued: 'tq-queued', // when it was last published to a worker queue (ms since 1970)
  attempt: 'tq-attempt', // 1 = the first
  crashes: 'tq-crashes', // how many worker processes died at it
  suspicions: 'tq-suspect', // how often a process died that had it and others: since then it has a process to itself
  postponements: 'tq-postponed', // how often it had to wait for a time when nobody else is at work in its process, or in the pool
  redeliveries: 'tq-redeliveries', // how often the broker had to deliver it again
  lease: 'tq-lease', // names the handling that this copy is kept for: it is no further workitem
  publish: 'tq-publish', // names one attempt to publish; only the publisher reads it
  // results
  id: 'tq-id',
  status: 'tq-status',
  host: 'tq-host',
  instance: 'tq-instance',
  started: 'tq-started', // ms since 1970
  finished: 'tq-finished', // ms since 1970
  // parked and unroutable ones
  kind: 'tq-kind', // `result` where a result was parked, not a workitem; what a piece of news is: see control/news.ts
  reason: 'tq-reason', // one word, for programs: see ParkReason; on a failed result too, where its workitem was parked unread
  resultReason: 'tq-result-reason', // the `tq-reason` that a parked result had of its own
  error: 'tq-error', // one sentence, for people
  when: 'tq-when', // ISO 8601
  where: 'tq-where', // host and daemon
  queue: 'tq-queue', // the queue it was taken from
  reported: 'tq-reported', // true where a failed result has been published as well
  trace: 'tq-trace', // where the handler failed, or the last lines that a dead process wrote
  original: 'tq-original-headers', // JSON, where the headers themselves cannot be written again
} as const;

/** Why something is in `taskqueue.dead` or `taskqueue.unroutable`. */
export const PARK_REASONS = [
  'unreadable', // the body is not what its content type says, or names no worker type
  'invalid', // a header or the worker type breaks the rules
  'uncarriable', // the headers can be received but not written again
  'too-large',
  'not-supported', // asks for something that this version does not have
  'loop', // its `reply_to` would come back to us
  'unroutable', // no queue for its type
  'failed', // no attempt left
  'crashed', // its worker processes died, `max_crashes` times
  'redelivered', // it kept coming back: whatever had it died
  'rejected', // by the plugin
  'undeliverable-result',
] as const;

export type ParkReason = (typeof PARK_REASONS)[number];

/** What a sender may say in headers of ours. */
const SENDERS: ReadonlySet<string> = new Set([
  HEADER.type,
  HEADER.due,
  HEADER.expires,
  HEADER.maxAttempts,
  HEADER.timeout,
  HEADER.lock,
  HEADER.unique,
  HEADER.flow,
  HEADER.flowAgain,
]);

export const RESERVED: readonly string[] = [HEADER.lock, HEADER.unique, HEADER.flow, HEADER.flowAgain];

/** False for a header of ours that only we may set: it is not believed when it comes from outside. */
export function isFromSender(name: string): boolean {
  return !name.startsWith('tq-') || SENDERS.has(name);
}

/** A whole number ≥ 0 (a number, a text of digits, or an AMQP timestamp in ms), or `undefined`. */
export function wholeNumber(value: unknown): number | undefined {
  const plain = isTimestamp(value) ? value.value : value;
  const number = typeof plain === 'string' && /^\d{1,16}$/.test(plain) ? Number(plain) : plain;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function isTimestamp(value: unknown): value is { value: unknown } {
  return typeof value === 'object' && value !== null && '!' in value && value['!'] === 'timestamp' && 'value' in value;
}

/** A counter of ours; what is missing or no counter counts as `otherwise`. */
export function counter(headers: Readonly<Record<string, unknown>>, name: string, otherwise = 0): number {
  return wholeNumber(headers[name]) ?? otherwise;
}
