// Parks what no worker will get; its sender is told, where it asked for an answer that would not come back to us.
import type { Delivery } from '../broker/broker.ts';
import { aboutWorkitem } from '../events/event.ts';
import { mayTellSender, type Refusal } from '../handling/checks.ts';
import { park } from '../handling/keep.ts';
import type { Tools } from '../handling/tools.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import { tellSender, type Wording } from './tell-sender.ts';

/** Where it was, or was to go. */
interface Place {
  readonly queue: string;
  /** The worker type; `null` where it could not be found out. */
  readonly type: string | null;
}

/** True once it is parked; false where the delivery was gone first. */
export async function refuse(
  tools: Tools,
  wording: Wording,
  delivery: Pick<Delivery, 'isOpen'>,
  message: Message,
  { queue, type }: Place,
  refusal: Refusal,
): Promise<boolean> {
  const { reason, error } = refusal;
  const isReported = mayTellSender(refusal) && (await tellSender(tools, wording, message, type, refusal));
  const extra = isReported ? { [HEADER.reported]: true } : {};
  if (!(await park(tools, delivery, message, { reason, error, queue, extra }))) return false;
  tools.logger.warn({ workitem: message.properties.messageId, queue, reason, error }, 'parked');
  tools.events({ ...aboutWorkitem(message, type, tools.clock.now()), kind: 'parked', reason, error, isReported });
  return true;
}
