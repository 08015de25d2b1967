import { describe, expect, it } from 'vitest';
import { messageFrom } from '../../../../src/broker/amqp/properties.ts';
import { unwritableReason } from '../../../../src/broker/writable.ts';

const NO_PROPERTIES = {
  contentType: undefined,
  contentEncoding: undefined,
  headers: undefined,
  deliveryMode: undefined,
  priority: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  timestamp: undefined,
  type: undefined,
  userId: undefined,
  appId: undefined,
  clusterId: undefined,
};
const content = Buffer.from('x');

describe('a received message', () => {
  it('has no property that it came without, and an empty header table where it had none', () => {
    expect(messageFrom({ content, properties: NO_PROPERTIES })).toStrictEqual({
      properties: {},
      headers: {},
      body: content,
    });
  });

  it('has what amqplib decoded, but for the name of the attempt to publish and the cluster id', () => {
    const properties = {
      ...NO_PROPERTIES,
      priority: 0,
      type: '',
      clusterId: 'c',
      headers: { a: 1, 'tq-publish': 'z' },
    };
    expect(messageFrom({ content, properties })).toStrictEqual({
      properties: { priority: 0, type: '' },
      headers: { a: 1 },
      body: content,
    });
  });

  it('has no inherited header at any depth, as amqplib makes of one named __proto__', () => {
    const evil = (): Record<string, unknown> => Object.create({ inherited: 1 });
    const headers = Object.assign(evil(), { table: Object.assign(evil(), { own: 2 }), list: [evil()] });
    const received = messageFrom({ content, properties: { ...NO_PROPERTIES, headers } }).headers;
    expect(received).toStrictEqual({ table: { own: 2 }, list: [{}] });
  });

  it('has something unwritable in place of what is nested too deep', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 4_000; level++) deep = level % 2 === 0 ? [deep] : { deep };
    const { headers } = messageFrom({ content, properties: { ...NO_PROPERTIES, headers: { deep } } });
    expect(JSON.stringify(headers)).toContain('nested deeper than');
    const again = { exchange: '', routingKey: 'q', mandatory: true, properties: {}, headers, body: content };
    expect(unwritableReason(again)).toContain('"deep"');
  });
});
