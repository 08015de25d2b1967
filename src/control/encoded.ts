// News – answers and batches of events – as they travel: JSON, and never larger than those who read it take. Pure.
import type { Outgoing } from '../broker/broker.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Answer, InstanceStatus, PoolStatus } from './answer.ts';
import { LIMITS } from './limits.ts';
import { type ANSWER, type EVENTS, type EventBatch, NEWS_LIVE_MS } from './news.ts';

/** Texts are cut. A status that is too large tells less about each instance, or of none; the numbers stay right. */
export function encodedAnswer(answer: Answer, maxBytes: number = LIMITS.newsBytes): Buffer {
  const whole = encoded(answer);
  if (whole.length <= maxBytes || answer.kind !== 'status' || answer.status.kind !== 'workerpool') return whole;
  const { status } = answer;
  const idle = encoded({ ...answer, status: withInstances(status, (instance) => [{ ...instance, jobs: [] }]) });
  return idle.length <= maxBytes ? idle : encoded({ ...answer, status: withInstances(status, () => []) });
}

export function encodedBatch(batch: EventBatch): Buffer {
  return encoded(batch);
}

/** @param correlationId the operation that is answered */
export function newsTo(
  queue: string,
  kind: typeof ANSWER | typeof EVENTS,
  body: Buffer,
  correlationId?: string,
): Outgoing {
  const properties = { contentType: 'application/json', deliveryMode: 1, expiration: String(NEWS_LIVE_MS) };
  return {
    exchange: '',
    routingKey: queue,
    mandatory: false,
    properties: correlationId === undefined ? properties : { ...properties, correlationId },
    headers: { [HEADER.kind]: kind },
    body,
  };
}

function withInstances(status: PoolStatus, what: (instance: InstanceStatus) => readonly InstanceStatus[]): PoolStatus {
  return { ...status, groups: status.groups.map((group) => ({ ...group, instances: group.instances.flatMap(what) })) };
}

function encoded(news: object): Buffer {
  return Buffer.from(JSON.stringify(news, (_key, value: unknown) => (typeof value === 'string' ? cut(value) : value)));
}

function cut(text: string): string {
  return text.length <= LIMITS.text ? text : `${text.slice(0, LIMITS.text - 1)}…`;
}
