// A sender that waits for an answer is told that its workitem is parked: in the format that it speaks, as far as that is
// built in. Plugins' formats are not read in this process.
import { isOwnQueue } from '../broker/topology.ts';
import type { Refusal } from '../handling/checks.ts';
import { resultMessage, resultRoute } from '../handling/result.ts';
import type { Tools } from '../handling/tools.ts';
import type { Codec } from '../workitem/codec.ts';
import { bareFailure } from '../workitem/decode.ts';
import { identityOf } from '../workitem/envelope.ts';
import type { Message } from '../workitem/message.ts';

export type Wording = Pick<Codec, 'types' | 'maxMessageSize'>;

/**
 * One try: the workitem is parked in any case, and a sender that has gone can't be told.
 * @param type the worker type; `null` where it could not be found out
 */
export async function tellSender(
  tools: Tools,
  message: Message,
  type: string | null,
  { reason, error }: Refusal,
  wording: Wording,
): Promise<boolean> {
  const route = resultRoute(message.properties.replyTo, '');
  if (!route || isOwnQueue(route.routingKey)) return false;
  const contentType = message.properties.contentType || wording.types.whenAbsent;
  const result = bareFailure(contentType, message.body, { mishap: reason, error, trace: '' }, wording);
  if (!result) return false;
  const now = tools.clock.now();
  const facts = {
    status: 'failed',
    ...identityOf(message),
    type,
    attempt: 1,
    host: tools.host,
    instance: tools.daemon,
    started: now,
    finished: now,
    parked: reason,
  } as const;
  return (await tools.broker.publish(resultMessage(message, facts, result, route))).kind === 'confirmed';
}
