import { beforeEach, expect, it } from 'vitest';
import type { QueueInfo } from '../../../../src/broker/broker.ts';
import { surveyFleet } from '../../../../src/cli/fleet/survey.ts';
import type { Correspondent } from '../../../../src/control/correspondent.ts';
import { TaskqueueError } from '../../../../src/core/errors.ts';
import { type FakeTools, fakeTools } from '../../../support/fake-tools.ts';
import { dispatcher, pool } from './fleet.ts';

const NEVER = new Promise<undefined>(() => undefined);
const EMPTY: QueueInfo = { messages: 0, consumers: 1 };
const SILENT = { messages: null, consumers: null };

let tools: FakeTools;
let asked: string[];

beforeEach(() => {
  tools = fakeTools();
  tools.broker.become('connected');
  asked = [];
});

function answer(answers: (queue: string) => Promise<QueueInfo | undefined>): void {
  tools.broker.queueInfo = (queue) => {
    asked.push(queue);
    return answers(queue);
  };
}

function survey(forwardedTo: readonly string[] = []) {
  const queues = forwardedTo.map((queue) => ({ queue, forwarded: 1 }));
  const daemons = [dispatcher('d1', { queues }), pool('p1')];
  const ask = (async () => daemons) as unknown as Correspondent['ask'];
  return surveyFleet({ ...tools, correspondent: { ask } }, 400);
}

const refuse = (): Promise<never> => Promise.reject(new TaskqueueError('UNAVAILABLE', 'it says nothing'));

it('a queue that hangs holds up none of the others, and is told as one about which nothing is known', async () => {
  answer((queue) => (queue === 'taskqueue' ? NEVER : Promise.resolve(EMPTY)));
  const looking = survey();
  await tools.clock.advance(0);
  expect(asked).toEqual(['taskqueue', 'worker_build', 'results', 'taskqueue.unroutable', 'taskqueue.dead']);
  await tools.clock.advance(5_000);
  expect((await looking).queues).toEqual([
    { queue: 'taskqueue', ...SILENT },
    { queue: 'worker_build', ...EMPTY },
    { queue: 'results', ...EMPTY },
    { queue: 'taskqueue.unroutable', ...EMPTY },
    { queue: 'taskqueue.dead', ...EMPTY },
  ]);
  expect(tools.clock.pending).toBe(0);
});

it('so is one of which the broker itself says that it does not answer; one that is not there is left out', async () => {
  answer((queue) => (queue === 'results' ? refuse() : Promise.resolve(undefined)));
  expect((await survey()).queues).toEqual([{ queue: 'results', ...SILENT }]);
});

it('without a connection there is nothing to tell', async () => {
  answer(() => {
    tools.broker.become('waiting');
    return refuse();
  });
  await expect(survey()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'it says nothing' });
});

it('hundreds of queues are not asked for all at once, and told in their order', async () => {
  let [open, most] = [0, 0];
  answer(async () => {
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    return EMPTY;
  });
  const names = Array.from({ length: 300 }, (_, n) => `worker_w${100 + n}`);
  const { queues } = await survey(names);
  expect(queues.map(({ queue }) => queue).filter((queue) => queue.startsWith('worker_w'))).toEqual(names);
  expect([most > 1, most <= 32]).toEqual([true, true]);
});
