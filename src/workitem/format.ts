// What a workitem format must be able to do. Three are built in (ruote.ts, basic.ts, json-rpc/format.ts); plugins bring others.
// Part of the public SDK: 'taskqueue' exports it.
import type { Envelope, Workitem, WorkitemError } from './workitem.ts';

/**
 * How bodies of one format are read and written. All four functions are pure and synchronous. `workerType` and
 * `decode` throw where the body is not what it should be: such a workitem is parked with the message as the reason.
 */
export interface WorkitemFormat<Body = unknown> {
  /** The worker type that a body names. Asked where a sender published to `taskqueue` without the header `tq-type`. */
  workerType(rawBody: Buffer): string;
  /** The body as handlers see it, `workitem.body`. */
  decode(rawBody: Buffer, envelope: Envelope): Body;
  /** The bytes of a body that a handler has returned. */
  encode(body: Body, envelope: Envelope): Buffer;
  /** The body of the failed result; `undefined` where an error does not fit into this body. */
  withError?(body: Body, error: WorkitemError): Body | undefined;
  /** The class whose instances handlers get; a plain `Workitem` where there is none. */
  workitemClass?: new (
    envelope: Envelope,
    rawBody: Buffer,
    body: Body,
  ) => Workitem<Body>;
}

/** Formats by content type, as the registry looks them up. */
export type FormatTable = ReadonlyMap<string, WorkitemFormat>;
