// One message of `taskqueue.unroutable`, as the sweep comes by: it moves on, stays, or leaves. It is acknowledged only when
// whatever follows has been confirmed.
import type { Delivery } from '../broker/broker.ts';
import { isDelayCutShort, isReplyAddress, typeOfQueue, UNROUTABLE } from '../broker/topology.ts';
import { messageOf } from '../core/errors.ts';
import { aboutWorkitem } from '../events/event.ts';
import { deliverSoon } from '../handling/deliver-result.ts';
import { keep, park } from '../handling/keep.ts';
import { TimelyPublisher } from '../handling/publish-in-time.ts';
import { toQueue } from '../handling/to-queue.ts';
import type { Tools } from '../handling/tools.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import { withoutParking } from '../workitem/parked.ts';
import { relayed } from '../workitem/relay.ts';
import { type Deliver, type ResultsSettings, settleCancelled } from './cancelled.ts';
import type { DispatcherTools } from './desk.ts';
import { refuse } from './refuse.ts';
import { isResult, type SweepDecision, sweepDecision, type TargetState, targetOf } from './sweep-decision.ts';
import { noQueue, waitAside } from './wait-aside.ts';

/** As in the dispatcher. */
export interface SweepSettings extends ResultsSettings {
  readonly unroutableTtlMs: number;
}

/** What is found out during one walk. */
interface Round {
  readonly settings: SweepSettings;
  /** What is known of the queues that were asked for. */
  readonly states: Map<string, TargetState>;
  /** Queues and delay levels that took a message and did not confirm it: each try may make a duplicate. Outlasts the walk. */
  readonly resting: Map<string, Rest>;
  /** Whether the delay levels are there, or are again; asked once. */
  areLevelsThere(): Promise<boolean>;
}

/** True once it is kept elsewhere; false where the delivery was gone first. What stays goes back when the walk is over. */
type Visited = boolean | 'stays';

/** Until when nothing is tried there (ms since 1970), and how long that is. */
export interface Rest {
  readonly until: number;
  readonly forMs: number;
}

const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 3_600_000;

export function isResting({ resting }: Pick<Round, 'resting'>, queue: string, now: number): boolean {
  return now < (resting.get(queue)?.until ?? 0);
}

function rest({ resting }: Round, queue: string, now: number): void {
  if (isResting({ resting }, queue, now)) return; // another one was there at the same time
  const forMs = Math.min(LONGEST_REST_MS, 2 * (resting.get(queue)?.forMs ?? FIRST_REST_MS / 2));
  resting.set(queue, { until: now + forMs, forMs });
}

/** Settles the delivery; never rejects. */
export async function visit(tools: DispatcherTools, round: Round, delivery: Delivery): Promise<void> {
  try {
    const visited = await settled(tools, round, delivery);
    if (visited === true) delivery.ack();
    else if (visited === false) delivery.requeue();
  } catch (err) {
    tools.logger.warn({ queue: UNROUTABLE, error: messageOf(err) }, 'could not be moved on; stays there');
    delivery.requeue();
  }
}

async function settled(tools: DispatcherTools, round: Round, delivery: Delivery): Promise<Visited> {
  const { message } = delivery;
  const queue = targetOf(message);
  const cancellation = isResult(message) ? undefined : tools.orders.cancellationOf(message);
  if (cancellation) {
    const type = typeOfQueue(queue) ?? null;
    const end = await settleCancelled(tools, round.settings, delivery, message, type, cancellation, deliverIn(round));
    return end === 'late' ? 'stays' : end;
  }
  if (isDelayCutShort(delivery) && (await round.areLevelsThere())) return waitOn(tools, round, delivery);
  const state = await stateOf(tools, round, queue, message);
  const decide = (now: TargetState): SweepDecision =>
    sweepDecision(message, now, round.settings.unroutableTtlMs, tools.clock.now());
  const decision = decide(state);
  if (decision.kind !== 'move') return settle(tools, round, delivery, decision, queue, state);
  const found = await moveOn(tools, round, delivery, queue);
  return typeof found === 'boolean' ? found : settle(tools, round, delivery, decide(found) as Settled, queue, found);
}

/** As `deliverSoon`, and a queue that does not confirm is left in peace for a while. */
function deliverIn(round: Round): Deliver {
  return async (tools, delivery, outgoing, route, queueType) => {
    if (isResting(round, route.routingKey, tools.clock.now())) return 'late';
    const end = await deliverSoon(tools, delivery, outgoing, route, queueType);
    if (end === 'late') rest(round, route.routingKey, tools.clock.now());
    return end;
  };
}

/** Into the level that was gone, from where it goes on: what has been delayed does not come early. */
async function waitOn(tools: Tools, round: Round, delivery: Delivery): Promise<Visited> {
  const { exchange, routingKey, message } = delivery;
  if (isResting(round, exchange, tools.clock.now())) return 'stays';
  const outgoing = { ...relayed(message), exchange, routingKey, mandatory: true };
  const outcome = await new TimelyPublisher(tools.broker, tools.clock).publish(delivery, outgoing, () => true);
  if (outcome.kind === 'late') rest(round, exchange, tools.clock.now());
  return outcome.kind === 'confirmed' || 'stays';
}

/** True once it has moved on, or is parked; false where the delivery was gone first; else how its queue is. */
async function moveOn(
  tools: DispatcherTools,
  round: Round,
  delivery: Delivery,
  queue: string,
): Promise<boolean | 'missing' | 'refusing'> {
  const { message } = delivery;
  const onward = relayed(withoutParking(message), isResult(message) ? {} : { [HEADER.queued]: tools.clock.now() });
  const publisher = new TimelyPublisher(tools.broker, tools.clock);
  const outcome = await publisher.publish(delivery, toQueue(onward, queue), () => true);
  switch (outcome.kind) {
    case 'confirmed':
      round.resting.delete(queue);
      tools.logger.debug({ workitem: message.properties.messageId, queue }, 'moved on: its queue is there');
      announceMoved(tools, message, queue);
      return true;
    case 'gone':
      return false;
    case 'unwritable':
      return parkIt(tools, round, delivery, queue, outcome.reason);
    case 'late':
      rest(round, queue, tools.clock.now());
      return noted(round, queue, 'refusing');
    case 'returned':
      return noted(round, queue, 'missing');
    case 'refused':
      return noted(round, queue, 'refusing');
    default:
      return outcome satisfies never;
  }
}

function noted<State extends TargetState>({ states }: Round, queue: string, state: State): State {
  if (!isReplyAddress(queue)) states.set(queue, state); // that is no queue to wait for
  return state;
}

/** Neither a result, nor what only returns to the dispatcher. */
function announceMoved(tools: Tools, message: Message, queue: string): void {
  const type = typeOfQueue(queue);
  if (type === undefined || isResult(message)) return;
  tools.events({ ...aboutWorkitem(message, type, tools.clock.now()), kind: 'routed', queue });
}

async function stateOf(tools: Tools, round: Round, queue: string, message: Message): Promise<TargetState> {
  if (isResting(round, queue, tools.clock.now())) return 'refusing';
  if (isReplyAddress(queue)) return isResult(message) ? 'there' : 'missing'; // nobody can ask: it is tried
  const known = queue === '' ? 'missing' : round.states.get(queue);
  return known ?? noted(round, queue, (await isWorthTrying(tools, queue)) ? 'there' : 'missing');
}

/** Whether it is there, or can't be asked for: another connection's own, say. */
export async function isWorthTrying({ broker, logger }: Tools, queue: string): Promise<boolean> {
  try {
    return (await broker.queueInfo(queue)) !== undefined;
  } catch (err) {
    logger.debug({ queue, err }, 'could not be asked for, so it is tried');
    return true;
  }
}

type Settled = Exclude<SweepDecision, { kind: 'move' }>;

async function settle(
  tools: Tools,
  round: Round,
  delivery: Delivery,
  decision: Settled,
  queue: string,
  state: TargetState,
): Promise<boolean> {
  const { message } = delivery;
  switch (decision.kind) {
    case 'keep':
      return stay(tools, delivery, decision.since, queue);
    case 'park': {
      const what = state === 'refusing' ? `queue ${queue} has refused it` : `there was no queue ${queue}`;
      return parkIt(tools, round, delivery, queue, `${what} for longer than unroutable_ttl`);
    }
    case 'drop':
      tools.logger.info(
        { workitem: message.properties.correlationId, queue },
        `dropped a result: ${isReplyAddress(queue) ? 'nobody listens at its address' : 'its reply queue has been gone for too long'}`,
      );
      return true;
    default:
      return decision satisfies never;
  }
}

/** What came from the delay levels by itself has no story yet: it gets one, for whoever looks into the queue. */
async function stay(tools: Tools, delivery: Delivery, since: number, queue: string): Promise<boolean> {
  const { message } = delivery;
  if (HEADER.reason in message.headers) {
    return keep(tools, delivery, relayed(message, { [HEADER.when]: new Date(since).toISOString() }), UNROUTABLE);
  }
  return waitAside(tools, delivery, message, { queue, type: typeOfQueue(queue) ?? null, error: noQueue(queue) });
}

async function parkIt(tools: Tools, round: Round, delivery: Delivery, queue: string, error: string): Promise<boolean> {
  const { message } = delivery;
  if (isResult(message)) return parkResult(tools, delivery, queue, error); // its workitem has ended long ago
  const place = { queue, type: typeOfQueue(queue) ?? null };
  return refuse(tools, round.settings, delivery, withoutParking(message), place, { reason: 'unroutable', error });
}

async function parkResult(tools: Tools, delivery: Delivery, queue: string, error: string): Promise<boolean> {
  const { message } = delivery;
  const reason = 'undeliverable-result';
  const extra = { [HEADER.kind]: 'result' };
  if (!(await park(tools, delivery, withoutParking(message), { reason, error, queue, extra }))) return false;
  tools.logger.warn({ workitem: message.properties.messageId, queue, reason, error }, 'parked');
  return true;
}
