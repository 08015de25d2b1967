// What the contract suite can't ask for: time, and exchanges that the product does not have.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Declarations } from '../../../../src/broker/declarations.ts';
import { broker, clock, collect, queue, queues, server, setUp, texts, to } from './embedded.ts';

beforeEach(setUp);

describe('messages with a time to live', () => {
  it('are gone when it is over, unless they are on loan', async () => {
    await broker.declare(queue({ q: { 'x-message-ttl': 1000 } }));
    const { got, consumer } = collect('q', 1);
    await broker.publish(to('q', 'lent'));
    await broker.publish(to('q', 'waiting'));
    await clock.advance(999);
    expect(await broker.queueInfo('q')).toMatchObject({ messages: 1 });
    await clock.advance(1);
    expect(await broker.queueInfo('q')).toMatchObject({ messages: 0 });
    await consumer.stop();
    got[0]?.requeue();
    await clock.advance(0);
    expect(await broker.queueInfo('q')).toMatchObject({ messages: 0 });
    expect(clock.pending).toBe(0);
  });

  it('may bring it along, and the shorter one counts', async () => {
    await broker.declare(queue({ q: { 'x-message-ttl': 1000 } }));
    await broker.publish(to('q', 'x', { properties: { expiration: '10' } }));
    await clock.advance(10);
    expect(await broker.queueInfo('q')).toMatchObject({ messages: 0 });
  });

  const dead: Declarations = {
    exchanges: [{ exchange: 'dlx', type: 'direct', arguments: {} }],
    queues: [
      { queue: 'waiting', arguments: { 'x-message-ttl': 5, 'x-dead-letter-exchange': 'dlx' } },
      { queue: 'dead', arguments: {} },
    ],
    bindings: [{ source: 'dlx', pattern: 'waiting', destination: { queue: 'dead' } }],
  };

  it('go to the dead-letter exchange with their routing key, without their expiration, and with their story', async () => {
    await broker.declare(dead);
    await broker.publish(to('waiting', 'x', { properties: { expiration: '1', messageId: 'm' }, headers: { h: 1 } }));
    const { got } = collect('dead');
    await clock.advance(1);
    expect(got[0]?.message.properties).toEqual({ messageId: 'm' });
    expect(got[0]?.message.headers).toMatchObject({
      h: 1,
      'x-death': [{ queue: 'waiting', reason: 'expired', count: 1 }],
    });
    expect(got[0]?.redelivered).toBe(false);
  });

  it('vanish where a copied x-death says that they have been there before, as in RabbitMQ', async () => {
    await broker.declare(dead);
    const { got } = collect('dead');
    await broker.publish(to('waiting', 'x', { headers: { 'x-death': [{ queue: 'waiting', reason: 'expired' }] } }));
    await broker.publish(to('waiting', 'y', { headers: { 'x-death': 'nonsense' } }));
    await clock.advance(5);
    expect(texts(got)).toEqual(['y']);
  });
});

describe('exchanges', () => {
  it('that lead back to each other end, and each queue gets one copy', async () => {
    const names = ['a', 'b', 'c'];
    await broker.declare({
      exchanges: names.map((exchange) => ({
        exchange,
        type: 'fanout' as const,
        arguments: { 'alternate-exchange': 'a' },
      })),
      queues: [{ queue: 'q', arguments: {} }],
      bindings: [
        ...names.map((source, n) => ({ source, pattern: '', destination: { exchange: names[(n + 1) % 3] as string } })),
        ...names.map((source) => ({ source, pattern: '', destination: { queue: 'q' } })),
      ],
    });
    expect(await broker.publish(to('', 'x', { exchange: 'b' }))).toEqual({ kind: 'confirmed' });
    expect(await broker.queueInfo('q')).toMatchObject({ messages: 1 });
  });

  it('forget the bindings of a queue that is deleted', async () => {
    const bound: Declarations = {
      exchanges: [{ exchange: 'e', type: 'direct', arguments: {} }],
      queues: [{ queue: 'q', arguments: {} }],
      bindings: [{ source: 'e', pattern: 'k', destination: { queue: 'q' } }],
    };
    await broker.declare(bound);
    server.deleteQueue('q');
    await broker.declare(queues('q'));
    expect(await broker.publish(to('k', 'x', { exchange: 'e' }))).toMatchObject({ kind: 'returned' });
    await broker.declare(bound);
    expect(await broker.publish(to('k', 'x', { exchange: 'e' }))).toEqual({ kind: 'confirmed' });
  });

  it('with several queues, of which one refuses, have the others keep it', async () => {
    await broker.declare({
      exchanges: [{ exchange: 'e', type: 'fanout', arguments: {} }],
      queues: [
        { queue: 'full', arguments: { 'x-max-length': 0, 'x-overflow': 'reject-publish' } },
        { queue: 'free', arguments: {} },
      ],
      bindings: ['full', 'free'].map((name) => ({ source: 'e', pattern: '', destination: { queue: name } })),
    });
    expect(await broker.publish(to('', 'x', { exchange: 'e' }))).toMatchObject({ kind: 'refused' });
    expect(await broker.queueInfo('free')).toMatchObject({ messages: 1 });
  });
});
