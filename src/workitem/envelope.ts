// From a message to the envelope of the workitem that it carries.
import { v7 as uuidV7 } from 'uuid';
import { HEADER } from './headers.ts';
import type { Message } from './message.ts';
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

/** A name that nothing else has, and that sorts by time. */
export const newId = (): string => uuidV7();

/** The life that a message belongs to, where it has begun already. */
export function runOf(message: Message): string | undefined {
  const run = message.headers[HEADER.run];
  return typeof run === 'string' && run !== '' ? run : undefined;
}
