// Every queue, exchange, argument and binding of ours, in one place.
//
// `taskqueue`, `worker_*` and the results queue are shared with programs that declare them durable and without
// arguments; another declaration would be error 406 for them or for us. The others are ours alone: quorum queues,
// because only those keep what dead-letters from one to the next through a kill -9 of the broker.
import { type Binding, type Declarations, NOTHING, type QueueDeclaration, together } from './declarations.ts';

export const TASKQUEUE = 'taskqueue';
export const DEAD = 'taskqueue.dead';
export const UNROUTABLE = 'taskqueue.unroutable';
const WORKER_PREFIX = 'worker_';
const DELAY = 'taskqueue.delay';
const DELIVER = `${DELAY}.deliver`;
const LEASE = 'taskqueue.lease';
/** Where questions and orders go: whoever may write to this exchange may give orders. */
export const CONTROL = 'taskqueue.control';
export const CONTROL_LOG = 'taskqueue.control-log';

/** Where something is published. */
export interface Route {
  readonly exchange: string;
  readonly routingKey: string;
}

/** `queue_type` of the configuration; `null` leaves it to the vhost's default. */
export type QueueType = 'classic' | 'quorum' | null;

export function workerQueue(type: string): string {
  return WORKER_PREFIX + type;
}

/** The type whose queue this is, or `undefined`. */
export function typeOfQueue(queue: string): string | undefined {
  return queue.startsWith(WORKER_PREFIX) ? queue.slice(WORKER_PREFIX.length) : undefined;
}

/** A queue that leads back into the system: a result sent there would go round in circles. */
export function isOwnQueue(name: string): boolean {
  return name === TASKQUEUE || name.startsWith(`${TASKQUEUE}.`) || name.startsWith(WORKER_PREFIX);
}

/** RabbitMQ's direct reply-to: what begins like this is the address of a client, and no queue. */
const REPLY_ADDRESS = 'amq.rabbitmq.reply-to.';

export function isReplyAddress(name: string): boolean {
  return name.startsWith(REPLY_ADDRESS);
}

/** `taskqueue` itself, or a results queue. */
export function sharedQueue(queue: string, queueType: QueueType): Declarations {
  return { ...NOTHING, queues: [plainQueue(queue, queueType)] };
}

/** A worker queue, and the ways to it: for what has waited in the delay levels, and for leases that have run out. */
export function workerDeclarations(type: string, queueType: QueueType): Declarations {
  const queue = workerQueue(type);
  return {
    exchanges: [],
    queues: [plainQueue(queue, queueType)],
    bindings: [
      { source: DELIVER, pattern: afterBits(LEVELS, queue), destination: { queue } },
      { source: LEASE, pattern: queue, destination: { queue } },
    ],
  };
}

function plainQueue(queue: string, queueType: QueueType): QueueDeclaration {
  return { queue, arguments: queueType === null ? {} : { 'x-queue-type': queueType } };
}

/** Without a limit of deliveries: the broker's own would delete what has been looked at often. */
const INTERNAL = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000_000 } as const;

/** What stays for so long goes on to `next`, and none of it gets lost on the way. */
function passingOn(ttlMs: number, next: string): QueueDeclaration['arguments'] {
  return {
    ...INTERNAL,
    'x-message-ttl': ttlMs,
    'x-dead-letter-exchange': next,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}

/** What keeps workitems that go to no worker now. */
export const KEPT: Declarations = {
  exchanges: [{ exchange: UNROUTABLE, type: 'fanout', arguments: {} }],
  queues: [
    { queue: DEAD, arguments: INTERNAL },
    { queue: UNROUTABLE, arguments: INTERNAL },
  ],
  bindings: [{ source: UNROUTABLE, pattern: '', destination: { queue: UNROUTABLE } }],
};

/**
 * Where something goes that leads nowhere. What dead-letters into an exchange, and is stuck there, soon stops all behind it;
 * and anybody can put something into any queue.
 */
const ELSEWHERE = { 'alternate-exchange': UNROUTABLE } as const;

// Delays: level n holds a message for 2^n seconds, by the time-to-live of its queue. The routing key spells the delay in
// binary, from the highest level to the lowest, and the name of the target queue behind it. Each level's exchange sends a
// 1 into its queue, which dead-letters to the next exchange, and a 0 there directly. (One queue with a time-to-live per
// message would hold back short delays behind long ones.)

/** Levels 0 … 28: 17 years. Level 29 would exceed what RabbitMQ allows as a time-to-live. */
const LEVELS = 29;

export const MAX_DELAY_SECONDS = 2 ** LEVELS - 1;

/** How long level 0 holds a message. Tests on a real broker shorten it. */
const DELAY_UNIT_MS = 1000;

export function internalDeclarations(unitMs = DELAY_UNIT_MS): Declarations {
  const levels = Array.from({ length: LEVELS }, (_, level) => delayLevel(level, unitMs));
  const deliver = { exchange: DELIVER, type: 'topic', arguments: ELSEWHERE } as const;
  const returns = { exchange: LEASE, type: 'direct', arguments: ELSEWHERE } as const;
  return together(KEPT, { ...NOTHING, exchanges: [deliver, returns] }, ...levels);
}

function delayLevel(level: number, unitMs: number): Declarations {
  const name = levelName(level);
  const next = level === 0 ? DELIVER : levelName(level - 1);
  const waits: Binding = { source: name, pattern: afterBits(LEVELS - 1 - level, '1.#'), destination: { queue: name } };
  const passes: Binding = {
    source: name,
    pattern: afterBits(LEVELS - 1 - level, '0.#'),
    destination: { exchange: next },
  };
  return {
    exchanges: [{ exchange: name, type: 'topic', arguments: ELSEWHERE }],
    queues: [{ queue: name, arguments: passingOn(2 ** level * unitMs, next) }],
    bindings: [waits, passes],
  };
}

/** A queue in which messages wait for nothing but their time. */
export function isDelayQueue(queue: string): boolean {
  return queue.startsWith(`${DELAY}.`);
}

const levelName = (level: number): string => `${DELAY}.${level}`;
const afterBits = (count: number, pattern: string): string => '*.'.repeat(count) + pattern;

/** Where to publish what shall be in `queue` after `seconds` (1 … `MAX_DELAY_SECONDS`, whole). */
export function delayRoute(seconds: number, queue: string): Route {
  const bits = seconds.toString(2).padStart(LEVELS, '0');
  const highest = LEVELS - 1 - bits.indexOf('1');
  return { exchange: levelName(highest), routingKey: `${[...bits].join('.')}.${queue}` };
}

/** Whether what was published there, and led nowhere, was to wait in a level: then the queue of that one is gone. */
export function isDelayCutShort({ exchange, routingKey }: Route): boolean {
  const highest = /^\.(\d+)$/.exec(exchange.startsWith(DELAY) ? exchange.slice(DELAY.length) : '')?.[1];
  if (highest === undefined) return false;
  const bits = routingKey.split('.', LEVELS).slice(LEVELS - 1 - Number(highest));
  return bits.find((bit) => bit !== '0') === '1';
}

// Leases: a pool keeps what runs for long in a queue of its own. Should the pool die, each message has a time to live, and
// returns to the worker queue that its routing key names.

/** How long a lease lives. It counts from when it was published, whether or not somebody has it on loan. */
const LEASE_TTL_MS = 15 * 60_000;

/** Where the leases of a pool are. `pool`: a name that no other pool has, the same after a restart. */
export function leaseQueue(pool: string): string {
  return `${LEASE}.${pool}`;
}

/** @param ttlMs tests on a real broker shorten it */
export function leaseDeclarations(pool: string, ttlMs = LEASE_TTL_MS): Declarations {
  const name = leaseQueue(pool);
  return {
    exchanges: [{ exchange: name, type: 'fanout', arguments: {} }],
    queues: [{ queue: name, arguments: passingOn(ttlMs, LEASE) }],
    bindings: [{ source: name, pattern: '', destination: { queue: name } }],
  };
}

/** Where to publish a lease of what belongs in `queue`. */
export function leaseRoute(pool: string, queue: string): Route {
  return { exchange: leaseQueue(pool), routingKey: queue };
}

/** The way that a lease takes when it has run out. */
export function leaseReturnRoute(queue: string): Route {
  return { exchange: LEASE, routingKey: queue };
}

// Control: questions go to every daemon that runs, orders into a stream that each daemon reads from its beginning.

/** What begins with this is a question, or an order; what kind of one comes behind the dot. */
const ASK = 'ask';
const ORDER = 'order';

export function questionRoute(kind: string): Route {
  return { exchange: CONTROL, routingKey: `${ASK}.${kind}` };
}

export function orderRoute(kind: string): Route {
  return { exchange: CONTROL, routingKey: `${ORDER}.${kind}` };
}

const CONTROL_EXCHANGE = { exchange: CONTROL, type: 'topic', arguments: {} } as const;

/** About 50,000 orders; the oldest go in steps of one segment. */
export const CONTROL_LOG_BYTES = 16 * 1024 * 1024;
const LOG_SEGMENT_BYTES = 1024 * 1024;

export function controlLogDeclarations(): Declarations {
  const log = {
    'x-queue-type': 'stream',
    'x-max-length-bytes': CONTROL_LOG_BYTES,
    'x-stream-max-segment-size-bytes': LOG_SEGMENT_BYTES,
  };
  return {
    exchanges: [CONTROL_EXCHANGE],
    queues: [{ queue: CONTROL_LOG, arguments: log }],
    bindings: [{ source: CONTROL, pattern: `${ORDER}.#`, destination: { queue: CONTROL_LOG } }],
  };
}

/** Questions that nobody has taken so long ago are of no use any more; nor is the queue of a daemon that is gone. */
const QUESTION_TTL_MS = 30_000;
const DESERTED_MS = 60_000;
const MOST_QUESTIONS = 1_000;

/** For what is of no use to anybody later, nor to anybody else. */
function forgetful(ttlMs: number, most: number): QueueDeclaration['arguments'] {
  return { 'x-queue-type': 'classic', 'x-expires': DESERTED_MS, 'x-message-ttl': ttlMs, 'x-max-length': most };
}

/** The queue of questions of one daemon. `daemon`: a name that no other process has. */
export function questionDeclarations(daemon: string): Declarations {
  const queue = questionQueue(daemon);
  return {
    exchanges: [CONTROL_EXCHANGE],
    queues: [{ queue, arguments: forgetful(QUESTION_TTL_MS, MOST_QUESTIONS) }],
    bindings: [{ source: CONTROL, pattern: `${ASK}.#`, destination: { queue } }],
  };
}

export function questionQueue(daemon: string): string {
  return `${CONTROL}.${daemon}`;
}

// Queues of programs that ask for work or for news. They do not begin with `taskqueue.`: results may go there.

/** What the names of all of them begin with, for permissions. */
export const CLIENT_PREFIX = 'tq.client.';

/** How long results wait for a client that is away. */
const CLIENT_AWAY_MS = 10 * 60_000;
const MOST_NEWS = 10_000;

/** Results for one client. `client`: a name that no other has, the same after it has connected again. */
export function replyQueue(client: string): string {
  return `${CLIENT_PREFIX}${client}.results`;
}

export function replyDeclarations(client: string, queueType: QueueType): Declarations {
  const kept = { ...plainQueue('', queueType).arguments, 'x-expires': CLIENT_AWAY_MS };
  return { ...NOTHING, queues: [{ queue: replyQueue(client), arguments: kept }] };
}

/** Answers and events for one client: what it does not take is no loss. */
export function newsQueue(client: string): string {
  return `${CLIENT_PREFIX}${client}.news`;
}

export function newsDeclarations(client: string): Declarations {
  return { ...NOTHING, queues: [{ queue: newsQueue(client), arguments: forgetful(DESERTED_MS, MOST_NEWS) }] };
}
