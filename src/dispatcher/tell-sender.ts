// What a dispatcher tells whoever waits for the answer to a workitem that no worker will get: in the format that its sender
// speaks, as far as that is built in. Plugins' formats are not read in this process.
import type { Outgoing } from '../broker/broker.ts';
import { isOwnQueue } from '../broker/topology.ts';
import type { Refusal } from '../handling/checks.ts';
import { TimelyPublisher } from '../handling/publish-in-time.ts';
import { type ResultFacts, type ResultRoute, resultMessage, resultRoute } from '../handling/result.ts';
import type { Tools } from '../handling/tools.ts';
import { bareFailure } from '../workitem/decode.ts';
import { identityOf } from '../workitem/envelope.ts';
import { counter, HEADER, type ParkReason } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import type { ContentTypes } from '../workitem/registry.ts';

/** How answers are worded, as far as this host's configuration knows. */
export interface Wording {
  readonly formats: { readonly types: ContentTypes };
  readonly maxMessageSize: number;
}

/** Why no worker will get it. */
interface Ending {
  /** The worker type; `null` where it could not be found out. */
  readonly type: string | null;
  readonly mishap: 'cancelled' | ParkReason;
  readonly error: string;
}

interface Answer {
  readonly outgoing: Outgoing;
  readonly route: ResultRoute;
}

/** @param resultsKey where results go whose sender has not said; '': nowhere @returns `null` where nobody waits for an answer */
export function answerFor(
  tools: Tools,
  { formats: { types }, maxMessageSize }: Wording,
  message: Message,
  ending: Ending,
  resultsKey: string,
): Answer | null {
  const route = resultRoute(replyTo(message), resultsKey);
  if (!route) return null;
  const contentType = message.properties.contentType || types.whenAbsent;
  const failure = { mishap: ending.mishap, error: ending.error, trace: '' };
  const result = bareFailure(contentType, message.body, failure, { types, maxMessageSize });
  return result && { outgoing: resultMessage(message, factsOf(tools, message, ending), result, route), route };
}

/** One that leads back to us is not followed: it would come again and again. */
function replyTo({ properties }: Message): string | undefined {
  return properties.replyTo && isOwnQueue(properties.replyTo) ? undefined : properties.replyTo;
}

function factsOf({ clock, host, daemon }: Tools, message: Message, { type, mishap }: Ending): ResultFacts {
  const { id, run } = identityOf(message);
  const [attempt, now] = [counter(message.headers, HEADER.attempt, 1), clock.now()];
  const life = { id, run, type, attempt, started: now, finished: now, host, instance: daemon };
  if (mishap === 'cancelled') return { ...life, status: 'cancelled', parked: null };
  return { ...life, status: 'failed', parked: mishap };
}

export async function tellSender(
  tools: Tools,
  wording: Wording,
  message: Message,
  type: string | null,
  { reason, error }: Refusal,
): Promise<boolean> {
  const answer = answerFor(tools, wording, message, { type, mishap: reason, error }, '');
  if (answer === null) return false;
  return new TimelyPublisher(tools.broker, tools.clock).publishOnce(answer.outgoing);
}
