// From a message to the envelope of the workitem that it carries.
import { HEADER } from './headers.ts';
import type { Message } from './message.ts';
import { newId } from './new-id.ts';
import type { Envelope } from './workitem.ts';

/** The envelope of a message whose worker type is known. A missing id is given here. */
export function envelopeOf(message: Message, workerType: string, defaultContentType: string): Envelope {
  const { properties, headers } = message;
  return {
    id: properties.messageId || newId(),
    workerType,
    contentType: properties.contentType || defaultContentType,
    properties,
    headers,
  };
}

/** Ours have 36; what is longer names no life. */
const LONGEST_RUN = 255;

/** The life that a message belongs to, where it has begun already. */
export function runOf(message: Message): string | undefined {
  const run = message.headers[HEADER.run];
  return typeof run === 'string' && run !== '' && run.length <= LONGEST_RUN ? run : undefined;
}

/** What whoever watches knows a workitem by. */
interface Identity {
  readonly id: string;
  /** Empty before it was accepted. */
  readonly run: string;
  /** Where its sender wants the result; `null`: it has not said. */
  readonly replyTo: string | null;
}

export function identityOf(message: Message): Identity {
  const { messageId, replyTo } = message.properties;
  return { id: messageId || '', run: runOf(message) ?? '', replyTo: replyTo || null };
}
