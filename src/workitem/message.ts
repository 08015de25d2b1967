// A message as it travels: what the broker port takes and gives. Names are AMQP's, in camel case.

/** AMQP's header table. Own, enumerable keys only; a value may be a string, number, boolean, null, Buffer, list or table. */
export type Headers = Readonly<Record<string, unknown>>;

/** The basic properties of AMQP 0-9-1, without the header table. Absent ones are absent, never `undefined`. */
export interface Properties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** 1 = the broker may forget it, 2 = it survives a restart */
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** ms, as text: how long it may wait in a queue */
  readonly expiration?: string;
  readonly messageId?: string;
  /** seconds since 1970 */
  readonly timestamp?: number;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
}

export interface Message {
  readonly properties: Properties;
  readonly headers: Headers;
  readonly body: Buffer;
}
