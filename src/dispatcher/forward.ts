// Step 2 of the path: one delivery from `taskqueue`, onward. Whatever it turns out to be, something has confirmed that it
// is kept – a worker queue, the delay levels, `taskqueue.unroutable` or `taskqueue.dead` – before it is acknowledged.

import type { Delivery, Outgoing } from '../broker/broker.ts';
import { TASKQUEUE, workerQueue } from '../broker/topology.ts';
import type { Cancellation } from '../control/standing.ts';
import { backoffMs } from '../core/backoff.ts';
import { pause } from '../core/clock.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { aboutWorkitem } from '../events/event.ts';
import { redeliveredTooOften, refusalOf } from '../handling/checks.ts';
import { keep, publishForCertain, setAside } from '../handling/keep.ts';
import { inTheBroker, later } from '../handling/later.ts';
import type { TimelyOutcome } from '../handling/publish-in-time.ts';
import { toQueue } from '../handling/to-queue.ts';
import { counter, HEADER, wholeNumber } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import { newId } from '../workitem/new-id.ts';
import { accepted, identified, relayed } from '../workitem/relay.ts';
import { settleCancelled } from './cancelled.ts';
import type { Desk } from './desk.ts';
import { mayWait, withoutRefusal, withRefusal, withWaiting } from './refusals.ts';
import { refuse } from './refuse.ts';
import { type Decided, type Formats, type Routing, routingOf, routingOfLarge, routingTo, unreadable } from './route.ts';
import { mayGiveUp, maySend, withConfirmed, withoutStall, withProving, withStall, withTry } from './stalls.ts';
import { noQueue, waitAside } from './wait-aside.ts';
import { wearOf } from './worn.ts';

/** True once it is kept elsewhere and acknowledged; false where the delivery was gone first. */
export async function forward(desk: Desk, delivery: Delivery): Promise<boolean> {
  const message = withId(accepted(delivery.message, desk.tools.clock.now()));
  const routing = routingFor(desk, delivery, message);
  const isDecided = routing.kind !== 'ask' && routing.kind !== 'large';
  const decided = isDecided ? routing : await decision(desk, delivery, message, routing);
  if (!decided) {
    delivery.requeue();
    return false;
  }
  return (await carryOut(desk, delivery, message, decided)) && delivery.ack();
}

function carryOut(desk: Desk, delivery: Delivery, message: Message, routing: Decided): Promise<boolean> {
  switch (routing.kind) {
    case 'to':
      return send(desk, delivery, message, routing);
    case 'refused':
      return refuse(desk.tools, desk.settings, delivery, message, NOWHERE, routing.refusal);
    case 'cancelled':
      return cancelled(desk, delivery, message, routing.cancellation);
    case 'anew': {
      const again = relayed(message, { [HEADER.redeliveries]: routing.redeliveries });
      return keep(desk.tools, delivery, again, TASKQUEUE);
    }
    case 'unknown':
      return waitForReader(desk, delivery, message, routing.error);
    default:
      return routing satisfies never;
  }
}

/** What has gone nowhere from here. */
const NOWHERE = { queue: TASKQUEUE, type: null };

async function cancelled(
  { tools, settings }: Desk,
  delivery: Delivery,
  message: Message,
  cancellation: Cancellation,
): Promise<boolean> {
  const type = await typeIn(message, settings.formats);
  const end = await settleCancelled(tools, settings, delivery, message, type, cancellation);
  if (end !== 'late') return end;
  const queue = type === null ? TASKQUEUE : workerQueue(type);
  return setAside(tools, delivery, message, { reason: 'unroutable', error: CANCELLED_FOR_NOBODY, queue });
}

/** The sweep tries again. */
const CANCELLED_FOR_NOBODY = 'it is cancelled, and its result waits for a queue that confirms nothing just now';

/** As far as it can be told without asking a plugin. */
async function typeIn(message: Message, formats: Formats): Promise<string | null> {
  const routing = routingOf(message, formats);
  const found = routing.kind === 'large' ? await routingOfLarge(message.body, routing.format) : routing;
  return found.kind === 'to' ? found.type : null;
}

/** Until somebody can say what it is: the sweep brings it back here. */
function waitForReader({ tools }: Desk, delivery: Delivery, message: Message, error: string): Promise<boolean> {
  tools.logger.warn({ workitem: message.properties.messageId, reason: error }, 'set aside for now');
  return waitAside(tools, delivery, message, { ...NOWHERE, error });
}

/** Whatever becomes of it: sender, log and operator speak of it by the same id. */
function withId(message: Message): Message {
  return message.properties.messageId ? message : identified(message, newId());
}

function routingFor({ tools, settings }: Desk, delivery: Delivery, message: Message): Routing {
  const refusal = refusalOf(message, { maxMessageSize: settings.maxMessageSize, now: tools.clock.now() });
  if (refusal) return { kind: 'refused', refusal };
  const cancellation = tools.orders.cancellationOf(message);
  if (cancellation) return { kind: 'cancelled', cancellation };
  const wear = wearOf(delivery);
  if (wear.kind === 'worn') return { kind: 'anew', redeliveries: wear.count };
  if (wear.kind === 'outworn') return { kind: 'refused', refusal: redeliveredTooOften(wear.count) };
  return routingOf(message, settings.formats);
}

async function decision(
  desk: Desk,
  delivery: Delivery,
  message: Message,
  routing: Routing,
): Promise<Decided | undefined> {
  if (routing.kind === 'ask') return ask(desk, delivery, message, routing.format);
  return routing.kind === 'large' ? routingOfLarge(message.body, routing.format) : routing;
}

/** The format of a plugin. `undefined`: the dispatcher stops before that could say anything. */
async function ask(desk: Desk, delivery: Delivery, message: Message, format: string): Promise<Decided | undefined> {
  const { settings } = desk;
  try {
    const type = await settings.workerTypeOf(format, message.body);
    return routingTo(type, 'the body', true);
  } catch (err) {
    const code = err instanceof TaskqueueError ? err.code : undefined;
    if (code === 'UNAVAILABLE') return { kind: 'unknown', error: messageOf(err) };
    if (code !== 'STOPPED') return unreadable(messageOf(err));
    if (desk.settings === settings) return undefined;
    return decision(desk, delivery, message, routingFor(desk, delivery, message)); // a reload has replaced whom we asked
  }
}

/** To its worker queue, now or when it is due. */
function send(
  desk: Desk,
  delivery: Delivery,
  message: Message,
  { type, isFromBody }: Extract<Decided, { kind: 'to' }>,
): Promise<boolean> {
  const now = desk.tools.clock.now();
  const due = wholeNumber(message.headers[HEADER.due]) ?? 0;
  const queued = due > now ? now + inTheBroker(due - now) : now;
  const changes = isFromBody ? { [HEADER.routed]: type, [HEADER.queued]: queued } : { [HEADER.queued]: queued };
  const onward = relayed(message, changes);
  const way = { message, onward, type, queue: workerQueue(type), now };
  return due > now ? delay(desk, delivery, way, due) : sendNow(desk, delivery, way);
}

/** Where something goes, and since when (ms since 1970). */
interface Way {
  /** As it came. */
  readonly message: Message;
  readonly onward: Message;
  readonly type: string;
  readonly queue: string;
  readonly now: number;
}

async function delay({ tools }: Desk, delivery: Delivery, way: Way, untilMs: number): Promise<boolean> {
  const { onward, type, queue, now } = way;
  const isKept = await publishForCertain(tools, delivery, later(onward, queue, untilMs - now));
  const attempt = counter(onward.headers, HEADER.attempt, 1);
  if (isKept)
    tools.events({
      ...aboutWorkitem(onward, type, now),
      kind: 'delayed',
      untilMs,
      why: 'its sender wants it so',
      attempt,
    });
  return isKept;
}

async function sendNow(desk: Desk, delivery: Delivery, way: Way): Promise<boolean> {
  const { tools } = desk;
  const { message, onward, type, queue, now } = way;
  const outcome = await publishToWorkers(desk, delivery, toQueue(onward, queue), type);
  switch (outcome.kind) {
    case 'confirmed':
      tools.events({ kind: 'routed', queue, ...aboutWorkitem(onward, type, now) });
      return true;
    case 'gone':
      return false;
    case 'returned':
    case 'refused':
    case 'late': {
      const error = outcome.kind === 'returned' ? noQueue(queue) : outcome.reason;
      const workitem = message.properties.messageId;
      tools.logger.debug({ workitem, type, queue, reason: error }, 'set aside until its queue takes it');
      return asideAndLearn(desk, () => waitAside(tools, delivery, onward, { queue, type, error }));
    }
    case 'unwritable':
      return refuse(tools, desk.settings, delivery, message, NOWHERE, { reason: 'uncarriable', error: outcome.reason });
    default:
      return outcome satisfies never;
  }
}

/** Publishes to a worker queue, with patience for one that refuses – within the bounds that `refusals.ts` sets. */
async function publishToWorkers(
  desk: Desk,
  delivery: Delivery,
  outgoing: Outgoing,
  type: string,
): Promise<TimelyOutcome> {
  const { clock } = desk.tools;
  for (let attempt = 1; ; attempt++) {
    const sentAt = clock.now();
    const outcome = await sendInTime(desk, delivery, outgoing, type, sentAt);
    learn(desk, type, sentAt, outcome);
    if (outcome.kind !== 'refused') return outcome;
    desk.refusals = withRefusal(desk.refusals, type, clock.now());
    if (!mayWait(desk.refusals, type, clock.now())) return outcome;
    desk.refusals = withWaiting(desk.refusals, type, 1);
    await pause(clock, backoffMs(attempt, 100, 2_000));
    desk.refusals = withWaiting(desk.refusals, type, -1);
  }
}

/** One try, given up where its queue never confirms: then nothing more is sent there for a while. */
function sendInTime(
  desk: Desk,
  delivery: Delivery,
  outgoing: Outgoing,
  type: string,
  sentAt: number,
): Promise<TimelyOutcome> {
  if (!maySend(desk.stalls, type, sentAt)) return Promise.resolve(RESTING);
  desk.stalls = withTry(desk.stalls, type);
  return desk.publisher.publish(delivery, outgoing, () => {
    if (!mayGiveUp(desk.stalls, sentAt)) return false;
    desk.stalls = withProving(withStall(desk.stalls, type, desk.tools.clock.now()), true);
    return true;
  });
}

const RESTING: TimelyOutcome = { kind: 'late', reason: 'its queue confirms nothing just now' };

function learn(desk: Desk, type: string, sentAt: number, { kind }: TimelyOutcome): void {
  if (kind !== 'late') desk.stalls = withoutStall(desk.stalls, type);
  if (kind === 'confirmed') desk.stalls = withConfirmed(desk.stalls, sentAt);
  if (kind === 'confirmed' || kind === 'returned') desk.refusals = withoutRefusal(desk.refusals, type);
}

/** Whether that is confirmed tells whether the broker as a whole takes messages. */
async function asideAndLearn(desk: Desk, keepAside: () => Promise<boolean>): Promise<boolean> {
  const sentAt = desk.tools.clock.now();
  const isKept = await keepAside();
  desk.stalls = withProving(desk.stalls, false);
  if (isKept) desk.stalls = withConfirmed(desk.stalls, sentAt);
  return isKept;
}
