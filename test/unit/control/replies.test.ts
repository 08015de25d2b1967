import { expect, it } from 'vitest';
import type { PublishOutcome } from '../../../src/broker/broker.ts';
import { checkAnswer } from '../../../src/control/check-answer.ts';
import { Replies } from '../../../src/control/replies.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { CONFIRMED, ending } from '../../support/fake-broker.ts';
import { fakeTools } from '../../support/fake-tools.ts';
import { aboutDaemon } from './daemons.ts';

const asker = { replyTo: 'mine', correlationId: 'o', userId: 'op' };
const obeyed = { kind: 'obeyed', done: 'noted' } as const;

it('an answer goes to whoever asked, may get lost, and is gone after a minute', async () => {
  const tools = fakeTools();
  new Replies(tools, aboutDaemon('one')).answer(asker, obeyed);
  expect(tools.broker.published).toMatchObject([
    {
      exchange: '',
      routingKey: 'mine',
      mandatory: false,
      properties: { correlationId: 'o', deliveryMode: 1, expiration: '60000' },
      headers: { 'tq-kind': 'answer' },
    },
  ]);
  expect(checkAnswer(tools.broker.published[0]?.body as Buffer)).toEqual({ ...aboutDaemon('one'), ...obeyed });
});

it.each([{}, { replyTo: '' }, { replyTo: 'taskqueue' }, { replyTo: 'taskqueue.dead' }, { replyTo: 'worker_t' }])(
  'nobody is answered at %o',
  (to) => {
    const tools = fakeTools();
    new Replies(tools, aboutDaemon('one')).answer({ correlationId: 'o', ...to }, obeyed);
    expect(tools.broker.published).toEqual([]);
    expect(tools.lines.map(({ level }) => level)).toEqual(['warn']);
  },
);

it('an answer that gets lost is no reason to worry', async () => {
  const tools = fakeTools();
  tools.broker.answer = () => ending('unknown');
  new Replies(tools, aboutDaemon('one')).answer(asker, obeyed);
  await tools.clock.advance(0);
  expect(tools.lines.map(({ level }) => level)).toEqual(['debug']);
});

it('a queue that confirms nothing keeps nobody else from an answer for longer than ten seconds', async () => {
  const tools = fakeTools();
  await tools.broker.start();
  tools.broker.answer = ({ routingKey }) => (routingKey === 'dead' ? new Promise(() => undefined) : CONFIRMED);
  const replies = new Replies(tools, aboutDaemon('one'));
  for (let n = 0; n < 100; n++) replies.answer({ ...asker, replyTo: 'dead' }, obeyed);
  await tools.clock.advance(9_999);
  replies.answer(asker, obeyed);
  expect(tools.broker.publishedTo('mine')).toHaveLength(0);
  await tools.clock.advance(1);
  replies.answer(asker, obeyed);
  expect(tools.broker.publishedTo('mine')).toHaveLength(1);
});

it('a broker that takes no messages is given no more of them, however long that lasts', async () => {
  const tools = fakeTools();
  tools.broker.become('blocked');
  tools.broker.answer = () => new Promise(() => undefined);
  const replies = new Replies(tools, aboutDaemon('one'));
  for (let n = 0; n < 100; n++) replies.answer(asker, obeyed);
  await tools.clock.advance(60_000);
  replies.answer(asker, obeyed);
  expect(tools.broker.published).toHaveLength(100);
});

it('no more are made than the broker takes: a hundred wait, or fewer where they are large', async () => {
  const tools = fakeTools();
  const taken = deferred<PublishOutcome>();
  tools.broker.answer = () => taken.promise;
  const replies = new Replies(tools, aboutDaemon('one'));
  for (let n = 0; n < 200; n++) replies.answer(asker, obeyed);
  expect(tools.broker.published).toHaveLength(100);
  taken.resolve(CONFIRMED);
  await tools.clock.advance(0);

  tools.broker.answer = () => new Promise<PublishOutcome>(() => undefined);
  const queues = Array.from({ length: 1_000 }, () => 'q'.repeat(1_000));
  const about = {
    pid: 1,
    release: '1',
    startedAt: 1,
    broker: 'b',
    problem: null,
    pauses: [],
    forwarded: 0,
    inFlight: 0,
  };
  const large = { kind: 'status', status: { ...about, kind: 'dispatcher', queues: [], awaited: queues } } as const;
  for (let n = 0; n < 50; n++) replies.answer(asker, large);
  const bytes = tools.broker.published.slice(100).reduce((sum, { body }) => sum + body.length, 0);
  expect(bytes).toBeGreaterThan(16 * 1024 * 1024);
  expect(bytes).toBeLessThan(18 * 1024 * 1024);
});
