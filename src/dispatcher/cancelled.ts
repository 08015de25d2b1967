// A cancelled workitem that the dispatcher comes upon, before any worker queue has it: in `taskqueue`, or set aside. Its
// sender is told, and that is the end of it.
import type { Delivery } from '../broker/broker.ts';
import { isOwnQueue, type QueueType } from '../broker/topology.ts';
import { cancellationText } from '../control/cancellation.ts';
import type { Cancellation } from '../control/standing.ts';
import { deliverResult } from '../handling/deliver-result.ts';
import { type ResultFacts, resultMessage, resultRoute } from '../handling/result.ts';
import type { Tools } from '../handling/tools.ts';
import { bareFailure, type EncodedResult } from '../workitem/decode.ts';
import { identityOf } from '../workitem/envelope.ts';
import { counter, HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import type { ContentTypes } from '../workitem/registry.ts';

/** Where results go, and how they are worded, as far as this host's configuration knows. */
export interface ResultsSettings {
  /** The routing key for results of this type; '': nowhere. `null`: nobody knows its type. */
  resultsKeyOf(type: string | null): string;
  readonly queueType: QueueType;
  readonly formats: { readonly types: ContentTypes };
  readonly maxMessageSize: number;
}

/** True once its result is confirmed, where somebody wants it; false where the delivery was gone first. */
export async function settleCancelled(
  tools: Tools,
  settings: ResultsSettings,
  delivery: Pick<Delivery, 'isOpen'>,
  message: Message,
  type: string | null,
  cancellation: Cancellation,
): Promise<boolean> {
  const { clock, logger } = tools;
  const error = cancellationText(cancellation);
  const route = resultRoute(replyTo(message), settings.resultsKeyOf(type));
  const result = resultFor(message, error, settings);
  if (route && result) {
    const outgoing = resultMessage(message, factsOf(tools, message, type), result, route);
    if (!(await deliverResult(tools, delivery, outgoing, route, settings.queueType))) return false;
  }
  if (!delivery.isOpen) return false;
  const about = identityOf(message);
  logger.info({ workitem: about.id, type: type ?? undefined, reason: error }, 'cancelled');
  tools.events({ v: 1, at: clock.now(), type: type ?? '', ...about, kind: 'cancelled', error });
  return true;
}

/** As the pool words it. `null` where nobody waits for an answer. */
function resultFor(message: Message, error: string, settings: ResultsSettings): EncodedResult | null {
  const { formats, maxMessageSize } = settings;
  const contentType = message.properties.contentType || formats.types.whenAbsent;
  const failure = { mishap: 'cancelled', error, trace: '' } as const;
  return bareFailure(contentType, message.body, failure, { types: formats.types, maxMessageSize });
}

function factsOf({ clock, host, daemon }: Tools, message: Message, type: string | null): ResultFacts {
  const { id, run } = identityOf(message);
  const [attempt, now] = [counter(message.headers, HEADER.attempt, 1), clock.now()];
  const life = { id, run, type, attempt, started: now, finished: now, parked: null };
  return { ...life, status: 'cancelled', host, instance: daemon };
}

/** One that leads back to us is not followed: anybody may have put it aside. */
function replyTo({ properties }: Message): string | undefined {
  return properties.replyTo && isOwnQueue(properties.replyTo) ? undefined : properties.replyTo;
}
