// Whom a call is for: the last part of a dotted name is the method, what stands before it the worker type; a name without
// a dot is both. Pure.
import { TaskqueueError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Calls } from './read.ts';

interface Address {
  readonly type: string;
  readonly method: string;
}

/** @param ownType whose method a name without a dot is; where it is not known yet, the name is the type as well */
export function addressOf(name: string, ownType = name): Address {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? { type: ownType, method: name } : { type: name.slice(0, dot), method: name.slice(dot + 1) };
}

/**
 * The one worker type that all calls name.
 * @param ownType where they have been sent to a worker type already
 * @throws TaskqueueError `UNREADABLE` where they name several, or there is no call among the entries of a batch
 */
export function typeOfCalls({ entries }: Calls, ownType?: string): string {
  const types = new Set(entries.flatMap((one) => (one.kind === 'call' ? [addressOf(one.method, ownType).type] : [])));
  const [first, second] = types;
  if (first === undefined) throw new TaskqueueError('UNREADABLE', 'no entry of the batch is a request');
  if (second === undefined) return first;
  const shown = [first, second].map((type) => `"${printable(type.slice(0, 80))}"`).join(' and ');
  throw new TaskqueueError(
    'UNREADABLE',
    `the batch names several worker types, ${shown}: one batch is for one of them`,
  );
}
