// Into `taskqueue.unroutable`, until there is a queue that takes it: the sweep comes by there.
import type { Delivery } from '../broker/broker.ts';
import { aboutWorkitem } from '../events/event.ts';
import { setAside } from '../handling/keep.ts';
import type { Tools } from '../handling/tools.ts';
import type { Message } from '../workitem/message.ts';

/** What it waits for. */
interface Awaited {
  readonly queue: string;
  /** The worker type; `null` where it could not be found out. */
  readonly type: string | null;
  /** Why it is not there by now. */
  readonly error: string;
}

export function noQueue(queue: string): string {
  if (queue === '') return 'nothing in it says which queue it is for';
  return `there is no queue ${queue}: no pool runs workers of this type`;
}

/** True once it is kept there; false where the delivery was gone first. */
export async function waitAside(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  message: Message,
  { queue, type, error }: Awaited,
): Promise<boolean> {
  const isKept = await setAside(tools, delivery, message, { reason: 'unroutable', error, queue });
  if (isKept) tools.events({ ...aboutWorkitem(message, type, tools.clock.now()), kind: 'unroutable', queue });
  return isKept;
}
