// Daemons are asked, and tell: over RabbitMQ, by whoever may write to the control exchange.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { PoolStatus, Whereabouts } from '../../src/control/answer.ts';
import type { Correspondent } from '../../src/control/correspondent.ts';
import type { TaskqueueEvent } from '../../src/events/event.ts';
import { openCorrespondent } from '../support/correspondent.ts';
import { openScene } from '../support/pipeline.ts';
import { addUser } from '../support/rabbitmq/user.ts';
import { until } from '../support/until.ts';

/** All three daemons. */
const three = { forMs: 20_000, enough: (all: readonly unknown[]) => all.length === 3 };

async function whereIs(correspondent: Correspondent, id: string): Promise<readonly Whereabouts[]> {
  const answers = await correspondent.ask({ kind: 'why', id }, three);
  return answers.flatMap(({ whereabouts }) => whereabouts).toSorted((a, b) => b.at - a.at);
}

/** What is known last of it, once that is this. */
function whenItIs(correspondent: Correspondent, id: string, state: Whereabouts['state']): Promise<Whereabouts> {
  return until(async () => {
    const [latest] = await whereIs(correspondent, id);
    return latest?.state === state && latest;
  }, `${id} is ${state}`);
}

it('two pools and a dispatcher say how it goes, and where each workitem is', async () => {
  const { pipeline, broker, send } = await openScene();
  await pipeline.dispatcher();
  await pipeline.pool(1);
  await pipeline.pool(1);
  const correspondent = await openCorrespondent(broker);

  await send('running', { do: 'tell', fraction: 0.5, note: 'half', for: 'go' });
  const running = await until(async () => {
    const one = (await whereIs(correspondent, 'running')).find(({ state }) => state === 'running');
    return one?.state === 'running' && one.job.progress !== null && one;
  }, 'it runs and has told how far it is');
  expect(running).toMatchObject({
    type: 'actor',
    instance: 'actor#1',
    job: { attempt: 1, progress: 0.5, note: 'half' },
  });
  expect(running.run).toMatch(/^[0-9a-f-]{36}$/);
  expect((await whereIs(correspondent, running.run)).map(({ id }) => id)).toContain('running');
  expect(await whereIs(correspondent, 'running')).toContainEqual(
    expect.objectContaining({ state: 'routed', queue: 'worker_actor', run: running.run }),
  );

  await send('delayed', { do: 'later', ms: 3_600_000 });
  expect(await whenItIs(correspondent, 'delayed', 'delayed')).toMatchObject({ why: 'not yet', attempt: 2 });
  await send('rejected', { do: 'reject', saying: 'never' });
  expect(await whenItIs(correspondent, 'rejected', 'parked')).toMatchObject({ reason: 'rejected', error: 'never' });
  await send('failed', { do: 'throw', saying: 'no luck' });
  expect(await whenItIs(correspondent, 'failed', 'ended')).toMatchObject({ status: 'failed', error: 'no luck' });
  await send('unroutable', {}, { 'tq-type': 'nobody' });
  expect(await whenItIs(correspondent, 'unroutable', 'unroutable')).toMatchObject({ queue: 'worker_nobody' });

  const answers = await correspondent.ask({ kind: 'status' }, three);
  const statuses = answers.map(({ status }) => status);
  const pools = statuses.filter((one): one is PoolStatus => one.kind === 'workerpool');
  expect(statuses.filter(({ kind }) => kind === 'dispatcher')).toMatchObject([
    { forwarded: 5, awaited: ['worker_nobody'], problem: null },
  ]);
  expect(pools).toHaveLength(2);
  const busy = pools.find(({ groups }) => groups[0]?.instances[0]?.jobs.length === 1);
  const idle = pools.find((one) => one !== busy);
  expect(busy?.groups).toMatchObject([
    {
      type: 'actor',
      group: null,
      wanted: 1,
      finished: 0,
      instances: [{ phase: 'running', jobs: [{ id: 'running' }] }],
    },
  ]);
  expect(idle).toMatchObject({ postponed: 1, groups: [{ finished: 0, failed: 1, instances: [{ jobs: [] }] }] });

  pipeline.open('go');
  expect(await whenItIs(correspondent, 'running', 'ended')).toMatchObject({ status: 'finished', error: null });
  expect(await whereIs(correspondent, 'somebody else')).toEqual([]);
});

it('a listener gets the events of its own workitem, in order, from dispatcher and pool', async () => {
  const { pipeline, client, broker } = await openScene('retry_delay = 1s\nmax_attempts = 2');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const correspondent = await openCorrespondent(broker);
  await client.declare('mine', 'yours');
  const events: TaskqueueEvent[] = [];
  await correspondent.listen('mine', (batch) => events.push(...batch.events)).ready;

  const send = (messageId: string, replyTo: string, order: object): Promise<void> =>
    client.publish('taskqueue', JSON.stringify({ worker_type: 'actor', ...order }), { messageId, replyTo });
  await send('other', 'yours', {});
  await send('own', 'mine', { do: 'throw', saying: 'no luck' });
  await until(() => events.some(({ kind }) => kind === 'failed'), 'it has failed', 30_000);
  expect(events.every((event) => 'id' in event && event.id === 'own' && event.replyTo === 'mine')).toBe(true);
  const kinds = events.toSorted((a, b) => a.at - b.at).map(({ kind }) => kind);
  expect(kinds).toEqual(['routed', 'started', 'delayed', 'started', 'parked', 'failed']);
  expect(events).toContainEqual(expect.objectContaining({ kind: 'delayed', attempt: 2, why: 'no luck' }));
  expect(new Set(events.map((event) => 'run' in event && event.run)).size).toBe(1);
});

it('asks only who may: whose name is checked, and who may write to the control exchange', async () => {
  const { pipeline, broker } = await openScene();
  await pipeline.dispatcher();
  const status = { kind: 'status' } as const;
  const pretender = await openCorrespondent(broker, 'somebody-else');
  await expect(pretender.ask(status, three)).rejects.toMatchObject({ code: 'PERMISSION' });

  if (broker.node === null) throw new Error('this test needs a broker of its own');
  const login = { ...broker, user: `user-${randomUUID()}`, password: 'secret' };
  const asClient = '^tq\\.client\\.';
  await addUser(broker.node, login, { configure: asClient, write: `${asClient}|^taskqueue$`, read: asClient });
  const sender = await openCorrespondent(login);
  await expect(sender.ask(status, three)).rejects.toMatchObject({
    code: 'PERMISSION',
    message: expect.stringContaining('write to the exchange taskqueue.control'),
  });

  const asker = { ...login, user: `user-${randomUUID()}` };
  const control = '^taskqueue\\.control$';
  const topic = { exchange: 'taskqueue.control', write: '^ask\\.' };
  await addUser(broker.node, asker, { configure: asClient, write: control, read: asClient, topic });
  const correspondent = await openCorrespondent(asker);
  const [answer] = await correspondent.ask(status, { ...three, enough: (all) => all.length > 0 });
  expect(answer?.daemon).toBe('dispatcher');
  const order = { kind: 'cancel', id: 'any', reason: '' } as const;
  await expect(correspondent.order(order, three)).rejects.toMatchObject({
    code: 'PERMISSION',
    message: expect.stringContaining("topic 'order.cancel'"),
  });
});
