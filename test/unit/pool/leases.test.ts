// Long work, on the memory broker and a clock that stands still until it is told: leases, and what becomes of them.
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBroker, type MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import { leaseQueue, sharedQueue, workerQueue } from '../../../src/broker/topology.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { connectTo } from '../../support/memory-client.ts';
import { type FakeWorkerProcess, forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { byName, planFor, workitem } from './fixtures.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let tools: FakeTools;
let server: MemoryServer;
let sender: MemoryBroker;

interface Host {
  readonly pool: Pool;
  readonly broker: MemoryBroker;
  readonly process: FakeWorkerProcess;
}

async function host(name: string): Promise<Host> {
  const broker = createMemoryBroker(server, { name });
  const pool = await readyPool({ ...tools, broker }, [planFor('w')], { leases: { pool: name } });
  await tools.clock.advance(0);
  return { pool, broker, process: processOf('w#1') };
}

/** As a kill -9: nothing of it comes back. */
const die = ({ broker }: Host): void => broker.cut(new Promise(() => undefined));

async function send(): Promise<void> {
  const body = { ...workitem('{"a":1}', { headers: { 'x-own': 'kept' } }), exchange: '', mandatory: true };
  expect(await sender.publish({ ...body, routingKey: workerQueue('w') })).toEqual({ kind: 'confirmed' });
  await tools.clock.advance(0);
}
const ready = (queue: string): number | undefined => server.queueInfo(queue)?.messages;

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  server = createMemoryServer({ clock: tools.clock });
  sender = await connectTo(server, 'sender');
  await tools.clock.advance(0);
  await sender.declare(sharedQueue('results', null));
});

describe('what runs for hours', () => {
  it('runs once, and has one result', async () => {
    const { pool, process } = await host('one');
    await send();
    await tools.clock.advance(10 * HOUR);
    expect(process.jobs).toHaveLength(1);
    process.finishes();
    await tools.clock.advance(0);
    expect([ready('results'), ready(workerQueue('w')), ready(leaseQueue('one')), pool.settled]).toEqual([1, 0, 0, 1]);
    await tools.clock.advance(HOUR);
    expect([ready('results'), process.jobs.length]).toEqual([1, 1]);
  });

  it('is exchanged for a lease after five minutes, so that no broker takes it back', async () => {
    const published: string[] = [];
    const { broker } = await host('one');
    const publish = broker.publish.bind(broker);
    broker.publish = (outgoing) => {
      published.push(`${tools.clock.now()} ${outgoing.exchange} ${outgoing.routingKey}`);
      return publish(outgoing);
    };
    const began = tools.clock.now();
    await send();
    await tools.clock.advance(16 * MINUTE);
    const at = published.map((line) => (Number(line.split(' ')[0]) - began) / MINUTE);
    expect(at).toEqual([5, 10, 15]);
    expect(published[0]).toContain('taskqueue.lease.one worker_w');
  });

  it('is adopted where the connection was lost meanwhile', async () => {
    const { broker, process, pool } = await host('one');
    await send();
    await tools.clock.advance(7 * MINUTE);
    broker.cut();
    await tools.clock.advance(HOUR);
    expect(process.jobs).toHaveLength(1);
    process.finishes();
    await tools.clock.advance(HOUR);
    expect([ready('results'), process.jobs.length, pool.settled]).toEqual([1, 1, 1]);
  });

  it('is adopted even where the connection was lost for so long that its lease ran out', async () => {
    const { broker, process } = await host('one');
    await send();
    await tools.clock.advance(7 * MINUTE);
    let reconnect: () => void = () => undefined;
    broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    await tools.clock.advance(20 * MINUTE);
    expect(ready(workerQueue('w'))).toBe(1);
    reconnect();
    await tools.clock.advance(MINUTE);
    expect(process.jobs).toHaveLength(1);
    process.finishes();
    await tools.clock.advance(HOUR);
    expect([ready(workerQueue('w')), ready('results'), process.jobs.length]).toEqual([0, 1, 1]);
  });
});

describe('a host that dies with a lease', () => {
  it('loses nothing: another host works on it when the lease runs out, and it counts as redelivered', async () => {
    const dead = await host('one');
    await send();
    await tools.clock.advance(7 * MINUTE);
    const other = await host('two');
    die(dead);
    await tools.clock.advance(7 * MINUTE);
    expect(other.process.jobs).toHaveLength(0);
    await tools.clock.advance(9 * MINUTE);
    expect(other.process.sent).toMatchObject([
      {
        kind: 'work',
        attempt: 1,
        envelope: { id: 'm', headers: { 'x-own': 'kept', 'tq-redeliveries': 1, 'tq-run': 'run' } },
      },
    ]);
    const [work] = other.process.sent;
    const headers = work?.kind === 'work' ? Object.keys(work.envelope.headers) : [];
    expect(headers).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(x-death|tq-lease|tq-queue)$/)]));
  });

  it('and comes back takes it up at once', async () => {
    const dead = await host('one');
    await send();
    await tools.clock.advance(7 * MINUTE);
    die(dead);
    const again = await host('one');
    await tools.clock.advance(1_000);
    expect(again.process.sent).toMatchObject([{ envelope: { headers: { 'tq-redeliveries': 1 } } }]);
    again.process.finishes();
    await tools.clock.advance(HOUR);
    expect([ready('results'), again.process.jobs.length]).toEqual([1, 1]);
  });
});

describe('a pool that stops with a lease', () => {
  it('hands it back to the worker queue, and keeps none for itself', async () => {
    const { pool, process } = await host('one');
    await send();
    await tools.clock.advance(7 * MINUTE);
    const stopped = pool.stop();
    await tools.clock.advance(MINUTE);
    process.dies();
    await tools.clock.advance(MINUTE);
    await stopped;
    expect([ready(workerQueue('w')), ready(leaseQueue('one'))]).toEqual([1, 0]);
  });
});

describe('a lease that ran out, and is adopted where it has returned to', () => {
  /** It still runs in the first instance, and another one of the same pool has taken it in. */
  async function returned(): Promise<Host & { readonly other: FakeWorkerProcess }> {
    const one = await host('one');
    await send();
    await tools.clock.advance(7 * MINUTE);
    let reconnect: () => void = () => undefined;
    one.broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    await tools.clock.advance(20 * MINUTE);
    reconnect();
    void one.pool.reload(two());
    await tools.clock.advance(0);
    const other = processes.at(-1) as FakeWorkerProcess;
    other.ready();
    await tools.clock.advance(0);
    expect([ready(workerQueue('w')), one.process.jobs.length, other.jobs.length]).toEqual([0, 1, 0]);
    return { ...one, other };
  }
  const two = (fingerprint?: string) => byName([planFor('w', 2, {}, fingerprint)]);

  it('takes no place in the instance that took it in: that gets the next workitem', async () => {
    const { other } = await returned();
    await send();
    expect(other.jobs).toHaveLength(1);
  });

  it('is worked on again where it is handed back', async () => {
    const { pool, process, other } = await returned();
    pool.instances.find(({ pid }) => pid === process.pid)?.kill();
    process.dies();
    await tools.clock.advance(MINUTE);
    expect(other.jobs).toHaveLength(1);
    other.finishes();
    await tools.clock.advance(HOUR);
    expect([ready('results'), ready(workerQueue('w'))]).toEqual([1, 0]);
  });
});

describe('a lease that says nothing of where it is from', () => {
  it('is parked, not lost', async () => {
    await host('one');
    const forged = { ...workitem(), exchange: '', routingKey: leaseQueue('one'), mandatory: true };
    await sender.publish(forged);
    await tools.clock.advance(1_000);
    expect(ready('taskqueue.dead')).toBe(1);
  });
});

it('a process that is busy with a lease gets nothing else, and what comes meanwhile is left to others', async () => {
  const { broker, process } = await host('one');
  const published: string[] = [];
  const publish = broker.publish.bind(broker);
  broker.publish = (outgoing) => {
    published.push(outgoing.routingKey);
    return publish(outgoing);
  };
  await send();
  await tools.clock.advance(6 * MINUTE);
  await send();
  await tools.clock.advance(30_000);
  expect([ready(workerQueue('w')), published]).toEqual([1, ['worker_w']]);
  process.finishes();
  await tools.clock.advance(0);
  expect(process.jobs).toHaveLength(2);
});
