// Parked messages for tests, made as the daemons make them.
import type { Outgoing } from '../../../src/broker/broker.ts';
import { DEAD } from '../../../src/broker/topology.ts';
import { HEADER, type ParkReason } from '../../../src/workitem/headers.ts';
import type { Headers, Message, Properties } from '../../../src/workitem/message.ts';
import { parkedMessage } from '../../../src/workitem/parked.ts';

export interface Example {
  readonly id?: string;
  readonly run?: string;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly reason?: ParkReason;
  readonly error?: string;
  readonly queue?: string;
  /** ms since 1970 */
  readonly at?: number;
  readonly properties?: Properties;
  readonly headers?: Headers;
  /** Of the parking itself. */
  readonly extra?: Headers;
}

export const AT = Date.UTC(2026, 10, 21, 10);

export function parked(example: Example = {}): Message {
  const {
    id = 'id-1',
    run,
    type = 'resize',
    body = '{}',
    reason = 'failed',
    error = 'no such file',
    at = AT,
  } = example;
  const life = run === undefined ? {} : { [HEADER.run]: run };
  const message = {
    properties: { messageId: id, contentType: 'application/json', ...example.properties },
    headers: { [HEADER.type]: type, ...life, ...example.headers },
    body: Buffer.from(body as string),
  };
  const queue = example.queue ?? `worker_${type}`;
  return parkedMessage(message, { reason, error, queue, where: 'h workerpool', now: at, extra: example.extra ?? {} });
}

export function parkedResult(example: Example & { readonly to: string }): Message {
  const { id = 'id-1', run = 'run-1', type = 'resize' } = example;
  const facts = { [HEADER.id]: id, [HEADER.run]: run, [HEADER.type]: type, [HEADER.status]: 'finished' };
  const message = {
    properties: { correlationId: id, contentType: 'application/json' },
    headers: { ...facts, ...example.headers },
    body: Buffer.from(example.body ?? '{"a": 1}'),
  };
  return parkedMessage(message, {
    reason: 'undeliverable-result',
    error: example.error ?? `no queue takes '${example.to}'`,
    queue: example.to,
    where: 'h workerpool',
    now: example.at ?? AT,
    extra: { [HEADER.kind]: 'result' },
  });
}

export function isParked(one: Example | Message): one is Message {
  return one.headers !== undefined && HEADER.when in one.headers;
}

export function toDead(message: Message, queue = DEAD): Outgoing {
  return { ...message, exchange: '', routingKey: queue, mandatory: true };
}
