import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { together } from '../../../src/broker/declarations.ts';
import { createMemoryBroker } from '../../../src/broker/memory/broker.ts';
import { Exchanges } from '../../../src/broker/memory/exchanges.ts';
import { createMemoryServer } from '../../../src/broker/memory/server.ts';
import {
  DEAD,
  delayRoute,
  internalDeclarations,
  isDelayCutShort,
  isOwnQueue,
  leaseDeclarations,
  MAX_DELAY_SECONDS,
  sharedQueue,
  TASKQUEUE,
  typeOfQueue,
  UNROUTABLE,
  workerDeclarations,
  workerQueue,
} from '../../../src/broker/topology.ts';
import { manualClock } from '../../support/manual-clock.ts';

const seconds = fc.oneof(
  fc.integer({ min: 1, max: MAX_DELAY_SECONDS }),
  fc.nat({ max: 28 }).map((n) => 2 ** n),
);
const edges = [1, 2, 3, 60, 3600, 2 ** 28 - 1, 2 ** 28, MAX_DELAY_SECONDS - 1, MAX_DELAY_SECONDS];
const workerType = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);

describe('what comes out of the delay levels by itself', () => {
  it('was to wait wherever its exchange, or one below it, has a queue for it', () => {
    fc.assert(
      fc.property(seconds, fc.nat({ max: 28 }), (delay, level) => {
        const { routingKey } = delayRoute(delay, 'worker_1.1');
        const isLeft = delay % 2 ** (level + 1) > 0;
        expect(isDelayCutShort({ exchange: `taskqueue.delay.${level}`, routingKey })).toBe(isLeft);
      }),
    );
  });

  it.each([
    ['taskqueue.delay.28', '2.1'],
    ['taskqueue.delay.28', 'worker_w'],
    ['taskqueue.delay.deliver', delayRoute(1, 'q').routingKey],
    ['xtaskqueue.delay.0', delayRoute(1, 'q').routingKey],
    ['', delayRoute(1, 'q').routingKey],
  ])('and was not where no level takes it: %s, %s', (exchange, routingKey) => {
    expect(isDelayCutShort({ exchange, routingKey })).toBe(false);
  });
});

describe('the route of a delay', () => {
  it('spells the delay in binary, and begins at its highest bit', () => {
    fc.assert(
      fc.property(seconds, (delay) => {
        const { exchange, routingKey } = delayRoute(delay, 'worker_x');
        const words = routingKey.split('.');
        expect(words.pop()).toBe('worker_x');
        expect(words).toHaveLength(29);
        expect(Number.parseInt(words.join(''), 2)).toBe(delay);
        expect(exchange).toBe(`taskqueue.delay.${Math.floor(Math.log2(delay))}`);
      }),
      { examples: edges.map((edge): [number] => [edge]) },
    );
  });

  it('fits into a routing key with the longest type', () => {
    const { routingKey } = delayRoute(1, workerQueue('x'.repeat(128)));
    expect(Buffer.byteLength(routingKey)).toBeLessThanOrEqual(255);
  });

  it('leads each exchange to exactly one place: its queue for a 1, the next exchange for a 0', () => {
    const exchanges = new Exchanges();
    const declarations = internalDeclarations();
    for (const exchange of declarations.exchanges) exchanges.add(exchange);
    for (const binding of declarations.bindings) exchanges.bind(binding);
    fc.assert(
      fc.property(seconds, (delay) => {
        const { exchange, routingKey } = delayRoute(delay, 'worker_x');
        expect([...exchanges.queuesFor(exchange, routingKey)]).toEqual([exchange]);
      }),
    );
  });
});

describe('the delay levels', () => {
  it('bring a message to its worker queue after exactly its delay, be it a second or 17 years', async () => {
    const check = async (delay: number, type: string): Promise<void> => {
      const clock = manualClock();
      const server = createMemoryServer({ clock });
      const broker = createMemoryBroker(server, { name: 'memory' });
      await broker.start();
      await broker.declare(internalDeclarations());
      await broker.declare(workerDeclarations(type, null));
      await broker.declare(workerDeclarations(`${type}x`.slice(-128), null)); // a neighbour, which must get nothing
      const queue = workerQueue(type);
      const message = { properties: {}, headers: { h: 1 }, body: Buffer.from('x'), mandatory: true };
      expect(await broker.publish({ ...message, ...delayRoute(delay, queue) })).toEqual({ kind: 'confirmed' });
      await clock.advance(delay * 1000 - 1);
      expect(server.queueInfo(queue)?.messages).toBe(0);
      await clock.advance(1);
      expect(server.queueInfo(queue)?.messages).toBe(1);
      await clock.advance(2 ** 30 * 1000);
      expect(server.queueInfo(queue)?.messages).toBe(1);
      expect(clock.pending).toBe(0);
    };
    await fc.assert(fc.asyncProperty(seconds, workerType, check), {
      numRuns: 50,
      examples: edges.map((edge): [number, string] => [edge, 'type.with.dots']),
    });
  });

  it('bring what has no worker queue into taskqueue.unroutable, and later to the queue once there is one', async () => {
    const clock = manualClock();
    const server = createMemoryServer({ clock });
    server.declare(internalDeclarations());
    const message = { properties: {}, headers: {}, body: Buffer.from('x'), mandatory: true };
    server.publish({ ...message, ...delayRoute(3, 'worker_late') });
    server.publish({ ...message, ...delayRoute(5, 'worker_late') });
    await clock.advance(3_000);
    expect(server.queueInfo(UNROUTABLE)?.messages).toBe(1);
    server.declare(workerDeclarations('late', null));
    await clock.advance(2_000);
    expect(server.queueInfo(UNROUTABLE)?.messages).toBe(1);
    expect(server.queueInfo('worker_late')?.messages).toBe(1);
  });

  it('stay below what RabbitMQ takes as a time to live', () => {
    for (const { arguments: args } of internalDeclarations().queues) {
      expect(Number(args['x-message-ttl'] ?? 0)).toBeLessThan(315_360_000_000); // ten years
    }
  });
});

describe('the names', () => {
  it('of worker queues lead back to their types', () => {
    fc.assert(fc.property(workerType, (type) => typeOfQueue(workerQueue(type)) === type));
    expect(typeOfQueue('results')).toBeUndefined();
  });

  it.each([TASKQUEUE, DEAD, UNROUTABLE, 'taskqueue.', 'worker_', 'worker_x'])('%s is one of ours', (name) => {
    expect(isOwnQueue(name)).toBe(true);
  });

  it.each(['', 'results', 'taskqueues', 'my.taskqueue', 'Worker_x', 'amq.rabbitmq.reply-to'])('"%s" is not', (name) => {
    expect(isOwnQueue(name)).toBe(false);
  });
});

describe('declarations', () => {
  it('of shared queues carry no argument but the type that was asked for', () => {
    expect(sharedQueue('taskqueue', null).queues).toEqual([{ queue: 'taskqueue', arguments: {} }]);
    expect(workerDeclarations('x', 'quorum').queues).toEqual([
      { queue: 'worker_x', arguments: { 'x-queue-type': 'quorum' } },
    ]);
  });

  it('of queues that pass on lose nothing on the way, and where nobody takes it, nothing is held up behind it', () => {
    const all = together(internalDeclarations(), leaseDeclarations('pool'));
    const passing = all.queues.filter(({ arguments: args }) => 'x-message-ttl' in args);
    expect(passing).toHaveLength(30); // 29 levels of delays, and the lease
    for (const { arguments: args } of passing) {
      expect(args).toMatchObject({ 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' });
    }
    // The last exchange of each chain: a routing key that nobody has bound would stop all that comes later.
    const targets = new Set(all.bindings.map(({ source, destination }) => 'exchange' in destination && source));
    const last = all.exchanges.filter(
      ({ exchange }) =>
        passing.some((one) => one.arguments['x-dead-letter-exchange'] === exchange) && !targets.has(exchange),
    );
    expect(last.map(({ exchange }) => exchange).toSorted()).toEqual(['taskqueue.delay.deliver', 'taskqueue.lease']);
    for (const { arguments: args } of last) expect(args).toEqual({ 'alternate-exchange': UNROUTABLE });
  });

  it('name nothing that they do not declare', () => {
    const { exchanges, queues, bindings } = internalDeclarations();
    const [exchangeNames, queueNames] = [exchanges.map((one) => one.exchange), queues.map((one) => one.queue)];
    for (const { source, destination } of bindings) {
      expect(exchangeNames).toContain(source);
      if ('queue' in destination) expect(queueNames).toContain(destination.queue);
      else expect(exchangeNames).toContain(destination.exchange);
    }
    for (const { arguments: args } of queues) {
      if (args['x-dead-letter-exchange']) expect(exchangeNames).toContain(args['x-dead-letter-exchange']);
      expect(args).toMatchObject({ 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000_000 });
    }
  });
});
