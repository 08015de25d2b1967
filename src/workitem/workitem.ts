// A workitem as a handler sees it. Part of the public SDK: 'taskqueue' exports it.
import { isJsonObject, ownValue } from './json.ts';
import type { Headers, Properties } from './message.ts';

/** What is known of a workitem without looking into its body. */
export interface Envelope {
  /** AMQP's `message_id`; given by the dispatcher where the sender set none. Senders may repeat ids. */
  readonly id: string;
  readonly workerType: string;
  /** As the sender wrote it, or the configured default; parameters such as `; charset=utf-8` included. */
  readonly contentType: string;
  readonly properties: Properties;
  readonly headers: Headers;
}

/** Why a workitem failed. */
export interface WorkitemError {
  /** One sentence: the message of what the handler threw. */
  readonly error: string;
  /** Where: a stack trace, or the last lines that a dead process wrote. May be empty. */
  readonly trace: string;
}

/** One unit of work. `body` is what its format made of `rawBody`; a handler may change it and return the workitem. */
export class Workitem<Body = unknown> implements Envelope {
  readonly id: string;
  readonly workerType: string;
  readonly contentType: string;
  readonly properties: Properties;
  readonly headers: Headers;
  /** The body, byte for byte as the sender wrote it. */
  readonly rawBody: Buffer;
  body: Body;
  /** Set once the workitem has failed: `reportResults` may look at it. */
  error?: string;
  /** Set together with `error`. */
  trace?: string;

  constructor(envelope: Envelope, rawBody: Buffer, body: Body) {
    this.id = envelope.id;
    this.workerType = envelope.workerType;
    this.contentType = envelope.contentType;
    this.properties = envelope.properties;
    this.headers = envelope.headers;
    this.rawBody = rawBody;
    this.body = body;
  }
}

/** A workitem in JSON. Where it comes from the Ruote workflow engine, it has `fields` and `fei`. */
export class RuoteWorkitem extends Workitem {
  /** Ruote's payload, or `undefined` for other JSON. Changes to it travel back with the workitem. */
  get fields(): Record<string, unknown> | undefined {
    const fields = ownValue(this.body, 'fields');
    return isJsonObject(fields) ? fields : undefined;
  }

  /** Ruote's flow expression id, or `undefined` for other JSON. */
  get fei(): unknown {
    return ownValue(this.body, 'fei');
  }
}

/** A workitem in plain text. */
export class BasicWorkitem extends Workitem<string> {}
