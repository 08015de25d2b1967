// What can be known of something that was thrown. Plugin code may throw anything: null, frozen objects, errors whose
// getters throw. Nothing here ever throws in turn, and nothing grows without bound.
import { messageOf } from './errors.ts';
import { cutToBytes } from './text.ts';

interface Thrown {
  readonly message: string;
  /** Node's and our own errors have one: `ECONNREFUSED`, `CONFIG`. */
  readonly code: string | undefined;
  readonly stack: string | undefined;
  readonly cause: Thrown | undefined;
}

const MAX_CAUSES = 4;
const MAX_PARTS = 3;

export function describeThrown(thrown: unknown, deeper = MAX_CAUSES): Thrown {
  const code = propertyOf(thrown, 'code');
  const cause = propertyOf(thrown, 'cause');
  return {
    message: messageIn(thrown),
    code: typeof code === 'string' && code !== '' ? code : undefined,
    stack: textOrNothing(propertyOf(thrown, 'stack')),
    cause: cause === undefined || cause === null || deeper === 0 ? undefined : describeThrown(cause, deeper - 1),
  };
}

/** In one sentence: `cannot connect (UNAVAILABLE): connect ECONNREFUSED 127.0.0.1:5672`. */
export function sentenceOf(thrown: Thrown): string {
  const { message, code, cause } = thrown;
  const own = code === undefined || message.includes(code) ? message : `${message} (${code})`;
  if (cause === undefined) return own;
  const rest = sentenceOf(cause);
  return own.includes(rest) ? own : `${own}: ${rest}`;
}

/** The stack, and below it those of the causes; empty where there is none. At most `maxBytes`. */
export function traceOf(thrown: Thrown, maxBytes: number): string {
  const stacks: string[] = [];
  for (let at: Thrown | undefined = thrown; at !== undefined; at = at.cause) {
    const stack = at.stack ?? (at === thrown ? '' : at.message);
    if (stack !== '') stacks.push(at === thrown ? stack : `Caused by: ${stack}`);
  }
  return cutToBytes(stacks.join('\n'), maxBytes);
}

/** The message; that of an AggregateError without one is made of its parts (Node's own, when no address answers). */
function messageIn(thrown: unknown): string {
  const own = propertyOf(thrown, 'message');
  if (typeof own === 'string' && own !== '') return own;
  const parts = propertyOf(thrown, 'errors');
  if (own === undefined || !Array.isArray(parts) || parts.length === 0) return messageOf(thrown);
  return parts.slice(0, MAX_PARTS).map(messageOf).join('; ');
}

/** A property of whatever was thrown; `undefined` where looking at it throws. */
export function propertyOf(thrown: unknown, name: string): unknown {
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) return undefined;
  try {
    return (thrown as Record<string, unknown>)[name];
  } catch {
    return undefined; // a getter, or a proxy, that throws: there is nothing to be known
  }
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
