// A result on its way: to the queue that it is meant for; where that cannot take it, into one of ours, so that it is not lost.
import type { Delivery, Outgoing } from '../broker/broker.ts';
import type { Declarations } from '../broker/declarations.ts';
import { type QueueType, sharedQueue } from '../broker/topology.ts';
import { HEADER } from '../workitem/headers.ts';
import { park, setAside } from './keep.ts';
import { type TimelyOutcome, TimelyPublisher } from './publish-in-time.ts';
import { type KnownOutcome, patiently, publishPatiently } from './publish-until-known.ts';
import type { ResultRoute } from './result.ts';
import type { Tools } from './tools.ts';

/** Long enough for a broker that hesitates as a whole: then nothing can be kept elsewhere either. */
const REPLY_WITHIN_MS = 60_000;

/** True once somebody has the result: the queue it was meant for, or one of ours. */
export async function deliverResult(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  route: ResultRoute,
  queueType: QueueType,
): Promise<boolean> {
  const outcome = route.isReply
    ? await publishReply(tools, delivery, outgoing)
    : await publishTo(tools, delivery, outgoing, () => sharedQueue(route.routingKey, queueType));
  return keptAfter(tools, delivery, outgoing, route, outcome);
}

/** As above, for who has others to see to. `late`: the queue of all results confirms nothing, and nobody else has it either. */
export async function deliverSoon(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  route: ResultRoute,
  queueType: QueueType,
): Promise<boolean | 'late'> {
  if (route.isReply) return deliverResult(tools, delivery, outgoing, route, queueType);
  const publisher = new TimelyPublisher(tools.broker, tools.clock);
  const publish = () => patiently(tools.clock, () => publisher.publish(delivery, outgoing, () => true));
  const outcome = await madeWhereMissing(tools, publish, () => sharedQueue(route.routingKey, queueType));
  return outcome.kind === 'late' ? 'late' : keptAfter(tools, delivery, outgoing, route, outcome);
}

async function keptAfter(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  route: ResultRoute,
  outcome: TimelyOutcome,
): Promise<boolean> {
  switch (outcome.kind) {
    case 'confirmed':
      return true;
    case 'gone':
      return false;
    case 'late':
    case 'returned':
    case 'refused':
    case 'unwritable': {
      const about = { workitem: outgoing.headers[HEADER.id] as string, type: outgoing.headers[HEADER.type] as string };
      tools.logger.warn(
        { ...about, queue: route.routingKey, reason: outcome.reason },
        'the result has no place to go; it is kept',
      );
      const why = { error: outcome.reason, queue: route.routingKey, extra: { [HEADER.kind]: 'result' } };
      return route.isReply && (outcome.kind === 'returned' || outcome.kind === 'late')
        ? setAside(tools, delivery, outgoing, { ...why, reason: 'undeliverable-result' })
        : park(tools, delivery, outgoing, { ...why, reason: 'undeliverable-result' });
    }
    default:
      return outcome satisfies never;
  }
}

/** A queue of a sender's own may be dead: it shall not hold up a worker for ever. What it may have stored comes twice. */
function publishReply(
  { broker, clock }: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
): Promise<TimelyOutcome> {
  const publisher = new TimelyPublisher(broker, clock, REPLY_WITHIN_MS);
  return patiently(clock, () => publisher.publish(delivery, outgoing, () => true));
}

/** @param queueOf what is made again where somebody has deleted it */
export function publishTo(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  queueOf: () => Declarations,
): Promise<KnownOutcome> {
  const { broker, clock } = tools;
  return madeWhereMissing(tools, () => publishPatiently(broker, clock, delivery, outgoing), queueOf);
}

async function madeWhereMissing<O extends { readonly kind: string }>(
  { broker }: Tools,
  publish: () => Promise<O>,
  queueOf: () => Declarations,
): Promise<O> {
  const outcome = await publish();
  if (outcome.kind !== 'returned') return outcome;
  await broker.declare(queueOf());
  return publish();
}
