// Questions that the broker leaves unanswered, over a connection that lives on.
import { expect, it } from 'vitest';
import { MOST_UNANSWERED, Questions } from '../../../../src/broker/amqp/questions.ts';
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
const NO_ANSWER = 'the broker gave no answer within 20 seconds';
const aQueue = { exchanges: [], queues: [{ queue: 'q', arguments: {} }], bindings: [] };

it('whoever asks learns within 20 seconds that there is no answer', async () => {
  const { questions, clock } = questionsOver({ checkQueue: never, deleteQueue: never });
  const asked = Promise.allSettled([questions.info('q'), questions.deleteQueue('q'), questions.declare(aQueue)]);
  await clock.advance(PATIENCE_MS);
  const unavailable = { code: 'UNAVAILABLE', message: `the broker says nothing about queue q: ${NO_ANSWER}` };
  expect(await asked).toEqual([
    { status: 'rejected', reason: expect.objectContaining(unavailable) },
    { status: 'rejected', reason: expect.objectContaining(unavailable) },
    { status: 'fulfilled', value: { kind: 'unknown', reason: NO_ANSWER } },
  ]);
  expect(clock.pending).toBe(0);
});

it('a queue about which nothing is ever answered does not cost the connection all of its channels', async () => {
  const late = deferred<object>();
  const { questions, clock, state } = questionsOver({
    checkQueue: (queue: string) => (queue === 'dead' ? late.promise : { messageCount: 1, consumerCount: 0 }),
  });
  for (let count = 0; count < 3 * MOST_UNANSWERED; count++) {
    const asked = questions.info('dead').catch(({ code }) => code);
    await clock.advance(PATIENCE_MS);
    expect(await asked).toBe('UNAVAILABLE');
  }
  expect(state.opened).toBe(MOST_UNANSWERED);
  expect(await questions.info('alive')).toEqual({ messages: 1, consumers: 0 });
  late.resolve({ messageCount: 7, consumerCount: 0 });
  await clock.advance(0);
  expect(await questions.info('dead')).toEqual({ messages: 7, consumers: 0 });
});
