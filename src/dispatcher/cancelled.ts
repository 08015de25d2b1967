// A cancelled workitem that the dispatcher comes upon, before any worker queue has it: in `taskqueue`, or set aside. Its
// sender is told, and that is the end of it.
import type { Delivery } from '../broker/broker.ts';
import type { QueueType } from '../broker/topology.ts';
import { cancellationText } from '../control/cancellation.ts';
import type { Cancellation } from '../control/standing.ts';
import { aboutWorkitem } from '../events/event.ts';
import { deliverSoon } from '../handling/deliver-result.ts';
import type { Tools } from '../handling/tools.ts';
import type { Message } from '../workitem/message.ts';
import { answerFor, type Wording } from './tell-sender.ts';

/** Where results go, and how they are worded. */
export interface ResultsSettings extends Wording {
  /** The routing key for results of this type; '': nowhere. `null`: nobody knows its type. */
  resultsKeyOf(type: string | null): string;
  readonly queueType: QueueType;
}

export type Deliver = typeof deliverSoon;

/**
 * True once its result is confirmed, where somebody wants it; false where the delivery was gone first. `late`: nothing has
 * become of it yet, because the queue of its result confirms nothing.
 */
export async function settleCancelled(
  tools: Tools,
  settings: ResultsSettings,
  delivery: Pick<Delivery, 'isOpen'>,
  message: Message,
  type: string | null,
  cancellation: Cancellation,
  deliver: Deliver = deliverSoon,
): Promise<boolean | 'late'> {
  const { clock, logger } = tools;
  const error = cancellationText(cancellation);
  const ending = { type, mishap: 'cancelled', error } as const;
  const answer = answerFor(tools, settings, message, ending, settings.resultsKeyOf(type));
  const end = !answer || (await deliver(tools, delivery, answer.outgoing, answer.route, settings.queueType));
  if (end !== true) return end;
  if (!delivery.isOpen) return false;
  logger.info({ workitem: message.properties.messageId, type: type ?? undefined, reason: error }, 'cancelled');
  tools.events({ ...aboutWorkitem(message, type, clock.now()), kind: 'cancelled', error });
  return true;
}
