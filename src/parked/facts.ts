// What is known of one message in `taskqueue.dead` or `taskqueue.unroutable`, read from its headers. Anybody may publish
// there: whatever is missing or odd reads as empty, and nothing here throws. Pure.
import { createHash } from 'node:crypto';
import { typeOfQueue } from '../broker/topology.ts';
import { errorNameIn, fingerprintOf } from '../workitem/fingerprint.ts';
import { counter, HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';

export interface ParkedFacts {
  /** Of the workitem; for a result, of the one that it answers. '' where it has none. */
  readonly id: string;
  /** The life that ended here: `tq-run`. '' where it has none. */
  readonly run: string;
  readonly kind: 'workitem' | 'result';
  /** '' where nobody could say. */
  readonly type: string;
  /** A `ParkReason`, as far as it comes from a daemon. */
  readonly reason: string;
  readonly error: string;
  /** `TypeError`, where the trace tells; else the reason. */
  readonly errorName: string;
  /** Equal ones have the same error. */
  readonly fingerprint: string;
  /** When it was parked (ms since 1970); `null` where that is not known. */
  readonly at: number | null;
  /** Host and daemon that parked it. */
  readonly where: string;
  /** The queue that it was taken from, or is for. */
  readonly queue: string;
  readonly attempt: number;
  /** Its sender has been told. */
  readonly isReported: boolean;
  readonly contentType: string;
  /** Of the body. */
  readonly bytes: number;
}

export function factsOf({ properties, headers, body }: Message): ParkedFacts {
  const text = (name: string): string => textOf(headers[name]);
  const kind = headers[HEADER.kind] === 'result' ? 'result' : 'workitem';
  const own = properties.messageId ?? '';
  const type = text(HEADER.type) || text(HEADER.routed) || (typeOfQueue(text(HEADER.queue)) ?? '');
  const [reason, error] = [text(HEADER.reason), text(HEADER.error)];
  // What a dead process wrote last is no trace: a name in it would be by chance.
  const errorName = reason === 'failed' ? errorNameIn(text(HEADER.trace), reason) : reason;
  return {
    id: kind === 'result' ? text(HEADER.id) || (properties.correlationId ?? '') : own,
    run: text(HEADER.run),
    kind,
    type,
    reason,
    error,
    errorName,
    fingerprint: fingerprintOf({ type, name: errorName, message: error }),
    at: timeOf(text(HEADER.when)),
    where: text(HEADER.where),
    queue: text(HEADER.queue),
    attempt: counter(headers, HEADER.attempt, 1),
    isReported: headers[HEADER.reported] === true,
    contentType: properties.contentType ?? '',
    bytes: body.length,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function timeOf(text: string): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/** Names this very message, as far as its headers allow: a copy of it that was parked later has another key. */
export function keyOf({ id, run, kind, reason, at, where, queue, bytes }: ParkedFacts): string {
  const text = JSON.stringify([id, run, kind, reason, at, where, queue, bytes]);
  return createHash('sha256').update(text).digest('base64').slice(0, 22);
}
