// From the bytes of a workitem to what a handler sees, or why nobody can read them.
import { messageOf } from '../core/errors.ts';
import type { Codec } from '../workitem/codec.ts';
import { decodeWorkitem } from '../workitem/decode.ts';
import type { Envelope, Workitem } from '../workitem/workitem.ts';
import { boundedError } from './failure.ts';

type Decoded = { readonly kind: 'decoded'; readonly workitem: Workitem } | Unreadable;

export interface Unreadable {
  readonly kind: 'unreadable';
  readonly error: string;
}

export function decodeJob(envelope: Envelope, rawBody: Buffer, { formats, types }: Codec): Decoded {
  try {
    return { kind: 'decoded', workitem: decodeWorkitem(envelope, rawBody, formats, types) };
  } catch (err) {
    return unreadable(err);
  }
}

export function unreadable(thrown: unknown): Unreadable {
  return { kind: 'unreadable', error: boundedError(messageOf(thrown)) };
}
