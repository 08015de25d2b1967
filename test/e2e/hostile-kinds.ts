// What a hostile message is, and the words for the outcomes that it can have.
import type { ConsumeMessage } from 'amqplib';
import type { RawMessage, RawProperties } from '../support/raw-amqp.ts';

export interface Hostile {
  readonly name: string;
  readonly message: RawMessage;
  /** As the ledger spells them. */
  readonly outcomes: readonly string[];
  /** Where a worker queue gets it directly, and that makes a difference. */
  readonly directly?: readonly string[];
  /** Not to be sent by the thousand. */
  readonly isHeavy?: boolean;
  /** Its properties cannot be read, its correlation id included. */
  readonly isNameless?: boolean;
  check?(message: ConsumeMessage, queue: string): void;
}

export const FINISHED = ['results: finished'];
export const UNREADABLE = ['taskqueue.dead: unreadable'];
export const INVALID = ['taskqueue.dead: invalid'];
export const UNCARRIABLE = ['taskqueue.dead: uncarriable'];
export const UNROUTABLE = ['taskqueue.unroutable: unroutable'];
export const LOOP = ['taskqueue.dead: loop'];
export const UNSUPPORTED = ['taskqueue.dead: not-supported'];
export const TOO_LARGE = ['taskqueue.dead: too-large'];

type Bytes = string | Buffer;
const bytesOf = (body: Bytes): Buffer => (Buffer.isBuffer(body) ? body : Buffer.from(body));
export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

export const json = (body: Bytes, properties: RawProperties = {}): RawMessage => ({
  properties: { contentType: 'application/json', ...properties },
  body: bytesOf(body),
});
export const text = (body: Bytes, properties: RawProperties = {}): RawMessage => ({
  properties: { contentType: 'text/plain', ...properties },
  body: bytesOf(body),
});

export const GOOD: RawMessage = json('{"worker_type":"first","good":true}');
export const good = (properties: RawProperties): RawMessage => json(GOOD.body, properties);
export const withHeaders = (...fields: readonly Buffer[]): RawMessage => good({ headers: Buffer.concat(fields) });
