// Questions that the broker leaves unanswered, over a connection that lives on.
import { expect, it } from 'vitest';
import { MOST_UNANSWERED, Questions } from '../../../../src/broker/amqp/questions.ts';
import { internalDeclarations } from '../../../../src/broker/topology.ts';
import { deferred } from '../../../../src/core/deferred.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { connectionOf, never } from './silent-connection.ts';

type Answers = Parameters<typeof connectionOf>[0];

function questionsOver(answers: Answers) {
  const clock = manualClock();
  const { connection, state } = connectionOf({ close: async () => undefined, ...answers });
  return { questions: new Questions(connection, clock, silentLogger), clock, state };
}

const PATIENCE_MS = 20_000;
const DAY_MS = 86_400_000;
const NO_ANSWER = 'the broker gave no answer within 20 seconds';
const aQueue = { exchanges: [], queues: [{ queue: 'q', arguments: {} }], bindings: [] };

it('whoever asks learns within 20 seconds that there is no answer', async () => {
  const { questions, clock } = questionsOver({ checkQueue: never, deleteQueue: never });
  const asked = Promise.allSettled([questions.info('q'), questions.deleteQueue('q'), questions.declare(aQueue)]);
  await clock.advance(PATIENCE_MS);
  const unavailable = { code: 'UNAVAILABLE', message: `${NO_ANSWER} about queue q` };
  expect(await asked).toEqual([
    { status: 'rejected', reason: expect.objectContaining(unavailable) },
    { status: 'rejected', reason: expect.objectContaining(unavailable) },
    { status: 'fulfilled', value: { kind: 'unknown', reason: `${NO_ANSWER} about queue q` } },
  ]);
  expect(clock.pending).toBe(0);
});

it('a queue about which nothing is answered for days is asked about now and then, and does not cost the connection all of its channels', async () => {
  const late = deferred<object>();
  const { questions, clock, state } = questionsOver({
    checkQueue: (queue: string) => (queue === 'dead' ? late.promise : { messageCount: 1, consumerCount: 0 }),
  });
  for (let elapsedMs = 0; elapsedMs < 2 * DAY_MS; elapsedMs += 10 * 60_000) {
    const asked = questions.info('dead').catch(({ code }) => code);
    await clock.advance(10 * 60_000);
    expect(await asked).toBe('UNAVAILABLE');
  }
  expect(state.opened).toBeGreaterThan(MOST_UNANSWERED);
  expect(state.opened).toBeLessThan(4 * MOST_UNANSWERED);
  expect(await questions.info('alive')).toEqual({ messages: 1, consumers: 0 });
  late.resolve({ messageCount: 7, consumerCount: 0 });
  await clock.advance(0);
  expect(await questions.info('dead')).toEqual({ messages: 7, consumers: 0 });
});

it('as many as want to know the same at once cost no more channels than one, and all hear which queue is silent', async () => {
  const { questions, clock, state } = questionsOver({
    checkExchange: async () => undefined,
    checkQueue: (queue: string) => (queue === 'taskqueue.delay.27' ? never() : {}),
  });
  const infos = Array.from({ length: 2_000 }, () => questions.info('taskqueue.delay.27').catch(({ code }) => code));
  const declares = Array.from({ length: 300 }, () => questions.declare(internalDeclarations()));
  await clock.advance(PATIENCE_MS);
  expect(new Set(await Promise.all(infos))).toEqual(new Set(['UNAVAILABLE']));
  const reason = `${NO_ANSWER} about queue taskqueue.delay.27`;
  expect(await Promise.all(declares)).toEqual(declares.map(() => ({ kind: 'unknown', reason })));
  expect(state.opened).toBeLessThan(10);
});

it('an answer that has come is not given to whoever asks later', async () => {
  let messageCount = 0;
  const { questions } = questionsOver({ checkQueue: async () => ({ messageCount: ++messageCount, consumerCount: 0 }) });
  expect(await questions.info('q')).toMatchObject({ messages: 1 });
  expect(await questions.info('q')).toMatchObject({ messages: 2 });
});
