// What the dispatcher does with a message that speaks JSON-RPC: where it goes, or what its sender is told.
import { describe, expect, it } from 'vitest';
import { DEAD } from '../../../src/broker/topology.ts';
import { RPC_CODE } from '../../../src/workitem/json-rpc/codes.ts';
import type { Headers } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';
import { fakeDesk, forwarded as forwardedFrom } from './fake-desk.ts';

const CALL = { jsonrpc: '2.0', method: 'math.add', params: [5, 6], id: 1 };

async function forwarded(body: unknown, headers: Headers = {}) {
  const desk = fakeDesk({ maxMessageSize: 200_000 });
  const properties = { contentType: 'application/json-rpc; charset=utf-8', replyTo: 'mine' };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const delivery = await forwardedFrom(desk, message(text, { properties, headers }));
  const { broker } = desk.tools;
  expect(delivery.end).toBe('acked');
  const [told] = broker.publishedTo('mine');
  const queues = broker.published.map(({ routingKey }) => routingKey);
  return { queues, told, answer: told && JSON.parse(String(told.body)), parked: broker.publishedTo(DEAD)[0] };
}

describe('a request', () => {
  it.each([
    ['math.add', 'worker_math'],
    ['org.math.add', 'worker_org.math'],
    ['add', 'worker_add'],
  ])('to %s goes to %s', async (method, queue) => {
    expect(await forwarded({ ...CALL, method })).toMatchObject({ queues: [queue], told: undefined });
  });

  it('that is large goes to whom it calls, or is answered as any other', async () => {
    const big = { params: ['x'.repeat(100_000)] };
    expect(await forwarded({ ...big, method: 'math.sub', jsonrpc: '2.0' })).toMatchObject({ queues: ['worker_math'] });
    const odd = await forwarded({ ...CALL, ...big, method: '.add' });
    expect(odd).toMatchObject({ queues: ['mine', DEAD], answer: { error: { code: RPC_CODE.invalidRequest }, id: 1 } });
    const broken = await forwarded(`${JSON.stringify({ ...CALL, ...big })}}`);
    expect(broken).toMatchObject({
      queues: ['mine', DEAD],
      answer: { error: { code: RPC_CODE.parseError }, id: null },
    });
  });

  it('goes where tq-type says, whatever its body is', async () => {
    expect(await forwarded(CALL, { 'tq-type': 'other' })).toMatchObject({ queues: ['worker_other'] });
    expect(await forwarded('{', { 'tq-type': 'other' })).toMatchObject({ queues: ['worker_other'] });
  });

  it.each<[string, unknown, object]>([
    ['is no JSON', '{"jsonrpc"', { error: { code: RPC_CODE.parseError }, id: null }],
    ['is no request', { id: 'x' }, { error: { code: RPC_CODE.invalidRequest }, id: 'x' }],
    ['is an empty batch', [], { error: { code: RPC_CODE.invalidRequest }, id: null }],
    ['names no valid type', { ...CALL, method: '.add' }, { error: { code: RPC_CODE.invalidRequest }, id: 1 }],
    ['is too large', { ...CALL, params: ['x'.repeat(200_000)] }, { error: { code: RPC_CODE.tooLarge }, id: null }],
  ])('that %s is parked and answered with an error', async (_what, body, answer) => {
    const { queues, told, parked, ...rest } = await forwarded(body);
    expect(queues).toEqual(['mine', DEAD]);
    expect(rest.answer).toMatchObject({ jsonrpc: '2.0', ...answer });
    expect(told?.properties.contentType).toBe('application/json-rpc');
    expect(told?.headers).toMatchObject({ 'tq-status': 'failed' });
    expect(parked?.headers).toMatchObject({ 'tq-reported': true });
  });

  it('that nobody can serve and nobody waits for is parked without an answer', async () => {
    const { id: _, ...notification } = CALL;
    const { queues, parked } = await forwarded({ ...notification, method: '.add' });
    expect(queues).toEqual([DEAD]);
    expect(parked?.headers).not.toHaveProperty('tq-reported');
  });
});

describe('a batch', () => {
  it('whose calls all name one type goes there, with all that is in it', async () => {
    expect(await forwarded([CALL, { ...CALL, method: 'math.sub' }, 'odd'])).toMatchObject({ queues: ['worker_math'] });
  });

  it('whose calls name several types is parked, and each of them is answered with an error', async () => {
    const { queues, answer, parked } = await forwarded([CALL, { ...CALL, method: 'other.add', id: 'b' }]);
    expect(queues).toEqual(['mine', DEAD]);
    expect(answer).toMatchObject([1, 'b'].map((id) => ({ error: { code: RPC_CODE.invalidRequest }, id })));
    expect(parked?.headers).toMatchObject({ 'tq-reason': 'unreadable', 'tq-reported': true });
  });
});
