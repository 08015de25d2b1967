// A pool that is asked, on the embedded broker; its worker processes are in the hands of the test.
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { workerQueue } from '../../../src/broker/topology.ts';
import type { PoolStatus } from '../../../src/control/answer.ts';
import type { TaskqueueEvent } from '../../../src/events/event.ts';
import { Pool } from '../../../src/pool/pool.ts';
import { poolControl } from '../../../src/pool/pool-control.ts';
import { fakeTools } from '../../support/fake-tools.ts';
import { until } from '../../support/until.ts';
import { type Office, openOffice } from '../control/office.ts';
import { FAKE_PROCESSES, forgetProcesses, processes, processOf } from './fake-worker-process.ts';
import { byName, planFor, workitem } from './fixtures.ts';

beforeEach(forgetProcesses);

const one = { forMs: 1_000, enough: (all: readonly unknown[]) => all.length === 1 };

async function poolIn(office: Office): Promise<Pool> {
  const broker = await office.connect('pool');
  const quiet = { ...fakeTools('workerpool'), broker, clock: office.clock };
  const { control, events } = poolControl(quiet, () => pool);
  const plans = byName([planFor('w', 1, { concurrency: 1, resultsRoutingKey: '' })]);
  const tools = { ...quiet, events };
  const pool: Pool = new Pool({ tools, control, plans, ...FAKE_PROCESSES });
  await pool.start();
  onTestFinished(() => pool.kill());
  await until(() => processes.length === 1, 'its process');
  processOf('w#1').ready();
  await until(async () => (await office.broker.queueInfo(workerQueue('w')))?.consumers === 1, 'it consumes');
  return pool;
}

const send = (office: Office, messageId: string): Promise<unknown> => {
  const message = workitem('{}', { properties: { messageId }, headers: { 'tq-run': `run of ${messageId}` } });
  return office.broker.publish({ ...message, exchange: '', routingKey: workerQueue('w'), mandatory: true });
};

it('a pool says what it works on and how far that is, and what it has finished', async () => {
  const office = await openOffice();
  const pool = await poolIn(office);
  await send(office, 'first');
  await until(() => pool.instances[0]?.jobs.size === 1, 'it works on it');
  processOf('w#1').says({ kind: 'progress', job: 1, fraction: 0.5, note: 'half' });
  const job = {
    id: 'first',
    run: 'run of first',
    attempt: 1,
    startedAt: office.clock.now(),
    progress: 0.5,
    note: 'half',
  };
  const status = async (): Promise<PoolStatus | undefined> => {
    const [answer] = await office.correspondent.ask({ kind: 'status' }, one);
    return answer?.status as PoolStatus | undefined;
  };
  expect((await status())?.groups).toMatchObject([
    { type: 'w', wanted: 1, finished: 0, failed: 0, instances: [{ name: 'w#1', phase: 'running', jobs: [job] }] },
  ]);
  const [found] = await office.correspondent.ask({ kind: 'why', id: 'run of first' }, one);
  expect(found?.whereabouts).toMatchObject([{ state: 'running', id: 'first', instance: 'w#1', job }]);

  processOf('w#1').finishes();
  await until(() => pool.settled === 1, 'it is settled');
  expect((await status())?.groups).toMatchObject([{ finished: 1, failed: 0, instances: [{ jobs: [] }] }]);
  const [ended] = await office.correspondent.ask({ kind: 'why', id: 'first' }, one);
  expect(ended?.whereabouts).toMatchObject([{ state: 'ended', status: 'finished' }]);
});

it('a pool tells what happened until it stops', async () => {
  const office = await openOffice();
  const pool = await poolIn(office);
  const events: TaskqueueEvent[] = [];
  const listening = office.correspondent.listen(null, (batch) => events.push(...batch.events));
  await office.correspondent.ask({ kind: 'status' }, one); // behind the other question
  await office.clock.advance(250);
  await listening.ready;
  await send(office, 'last');
  await until(() => pool.instances[0]?.jobs.size === 1, 'it works on it');
  const stopped = pool.stop();
  processOf('w#1').finishes();
  await until(() => processOf('w#1').sent.some(({ kind }) => kind === 'stop'), 'its process is told to stop');
  processOf('w#1').dies('ended');
  await stopped;
  await until(() => events.length === 3, 'all events');
  expect(events.map(({ kind }) => kind)).toEqual(['started', 'finished', 'gone']);
});
