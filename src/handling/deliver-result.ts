// A result on its way: to the queue that it is meant for; where that cannot take it, into one of ours, so that it is not lost.
import type { Delivery, Outgoing } from '../broker/broker.ts';
import type { Declarations } from '../broker/declarations.ts';
import { type QueueType, sharedQueue } from '../broker/topology.ts';
import { HEADER } from '../workitem/headers.ts';
import { park, setAside } from './keep.ts';
import { type KnownOutcome, publishPatiently } from './publish-until-known.ts';
import type { ResultRoute } from './result.ts';
import type { Tools } from './tools.ts';

/** True once somebody has the result: the queue it was meant for, or one of ours. */
export async function deliverResult(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  route: ResultRoute,
  queueType: QueueType,
): Promise<boolean> {
  const queue = (): Declarations | null => (route.isReply ? null : sharedQueue(route.routingKey, queueType));
  const outcome = await publishTo(tools, delivery, outgoing, queue);
  switch (outcome.kind) {
    case 'confirmed':
      return true;
    case 'gone':
      return false;
    case 'returned':
    case 'refused':
    case 'unwritable': {
      const about = { workitem: outgoing.headers[HEADER.id] as string, type: outgoing.headers[HEADER.type] as string };
      tools.logger.warn(
        { ...about, queue: route.routingKey, reason: outcome.reason },
        'the result has no place to go; it is kept',
      );
      const why = { error: outcome.reason, queue: route.routingKey, extra: { [HEADER.kind]: 'result' } };
      return route.isReply && outcome.kind === 'returned'
        ? setAside(tools, delivery, outgoing, { ...why, reason: 'undeliverable-result' })
        : park(tools, delivery, outgoing, { ...why, reason: 'undeliverable-result' });
    }
    default:
      return outcome satisfies never;
  }
}

/** @param queueOf what is made again where somebody has deleted it; `null`: it is not ours to make */
export async function publishTo(
  { broker, clock }: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  queueOf: () => Declarations | null,
): Promise<KnownOutcome> {
  const outcome = await publishPatiently(broker, clock, delivery, outgoing);
  const queue = outcome.kind === 'returned' ? queueOf() : null;
  if (queue === null) return outcome;
  await broker.declare(queue);
  return publishPatiently(broker, clock, delivery, outgoing);
}
