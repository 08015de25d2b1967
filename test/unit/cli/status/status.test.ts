import { beforeEach, describe, expect, it } from 'vitest';
import { DEAD, internalDeclarations, sharedQueue, workerDeclarations } from '../../../../src/broker/topology.ts';
import { parked, toDead } from '../../parked/parked.ts';
import { ControlBench } from '../control-cli.ts';
import { dispatcher, group, pool } from '../fleet/fleet.ts';

let bench: ControlBench;
let forwarded: number;

beforeEach(async () => {
  bench = new ControlBench();
  forwarded = 0;
  const broker = await bench.broker();
  await broker.declare(internalDeclarations());
  await broker.declare(sharedQueue('taskqueue', null));
  await broker.declare(workerDeclarations('build', null));
  await broker.publish(toDead(parked()));
  await broker.publish(toDead(parked(), 'worker_build'));
});

async function startDaemons(): Promise<void> {
  await bench.daemon('d1', 'dispatcher', () => {
    forwarded += 500;
    const queues = [
      { queue: 'worker_build', forwarded },
      { queue: 'worker_gone', forwarded: 1 },
    ];
    return { kind: 'status', status: dispatcher('d1', { forwarded, queues }).status };
  });
  await bench.daemon('p1', 'workerpool', () => ({ kind: 'status', status: pool('p1', { groups: [group()] }).status }));
}

it('asks all daemons, and the queues that they speak of', async () => {
  await startDaemons();
  const { code, out, err } = await bench.run(['status', '--wait', '100ms']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^broker mq:1: 1 dispatcher, 1 pool; 1 of 1 processes run, 0 at work$/m);
  expect(out).toMatch(/^worker_build +1 +0 +0\.0 +0\.0$/m);
  expect(out).not.toContain('worker_gone');
  expect(out).toMatch(/^host-d1 +1 +1\.0\.0 +\S+ +mq:5672 +1000 +\d+ +0$/m);
  expect(out).toMatch(/^- 1 parked in taskqueue\.dead/m);
  expect((await bench.broker()).status.state).toBe('connected');
  expect(bench.server.queueInfo(DEAD)).toEqual({ messages: 1, consumers: 0 });
});

it('prints one document of JSON, with rates', async () => {
  await startDaemons();
  const data = JSON.parse((await bench.run(['status', '--wait', '100ms', '--json'])).out);
  expect(Object.keys(data)).toEqual(['at', 'broker', 'queues', 'dispatchers', 'pools', 'pauses', 'advice']);
  expect(data.dispatchers).toMatchObject([
    { host: 'host-d1', forwarded: 1000, forwardedPerSecond: expect.any(Number) },
  ]);
  expect(data.pools[0].groups).toMatchObject([{ type: 'build', endedPerSecond: 0 }]);
  expect(data.queues).toContainEqual({
    queue: 'worker_build',
    messages: 1,
    consumers: 0,
    inPerSecond: 0,
    outPerSecond: 0,
  });
});

it('says so where no daemon answers, at once', async () => {
  const { code, out } = await bench.run(['status', '--wait', '100ms']);
  expect(code).toBe(0);
  expect(out).toMatch(/^ADVICE\n- no daemon answers at this broker/m);
});

it('why asks daemons, and looks into what is parked', async () => {
  await bench.daemon('p1', 'workerpool', ({ kind }) =>
    kind === 'why' ? { kind: 'why', whereabouts: [] } : { kind: 'status', status: pool('p1').status },
  );
  const { code, out } = await bench.run(['why', 'id-1', '--wait', '100ms']);
  expect([code, out.split('\n')[0]]).toEqual([
    0,
    expect.stringMatching(/^id-1 is parked since 2026-11-21T10:00:00\.000Z/),
  ]);
  const json = JSON.parse((await bench.run(['why', 'id-1', '--wait', '100ms', '--json'])).out);
  expect(json).toMatchObject({
    id: 'id-1',
    state: 'parked',
    daemons: 1,
    isWhole: true,
    life: { kept: { reason: 'failed' } },
  });
  const unknown = await bench.run(['why', 'nobody\x1b', '--wait', '100ms']);
  expect([unknown.code, unknown.out.split('\n')[0]]).toEqual([66, expect.stringMatching(/^nobody\\x1b is nowhere/)]);
  expect(bench.server.queueInfo('worker_build')).toEqual({ messages: 1, consumers: 0 });
});

describe('a queue about which the broker says nothing', () => {
  it('is told by status as such, with all the rest', async () => {
    await startDaemons();
    bench.silent.add('worker_build');
    const { code, out, err } = await bench.run(['status', '--wait', '100ms']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^worker_build +\? +\? +- +-$/m);
    expect(out).toMatch(/^taskqueue +0 +0 +/m);
    expect(out).toMatch(/^- the broker says nothing about worker_build: /m);
    const data = JSON.parse((await bench.run(['status', '--wait', '100ms', '--json'])).out);
    expect(data.queues).toContainEqual({
      queue: 'worker_build',
      messages: null,
      consumers: null,
      inPerSecond: null,
      outPerSecond: null,
    });
  });

  it('is told by top as such, with all the rest', async () => {
    await startDaemons();
    bench.silent.add('worker_build');
    const { code, out } = await bench.run(['top', '-n', '1']);
    expect([code, out]).toEqual([0, expect.stringMatching(/^build +\? +0 +1\/1 /m)]);
  });

  it('is no reason for why to keep back what daemons know; where they know nothing, it says that it could not look', async () => {
    const where = { state: 'ended', id: 'x', run: 'r', type: 'build', at: Date.now(), status: 'finished', error: null };
    await bench.daemon('p1', 'workerpool', (question) => {
      if (question.kind !== 'why') return { kind: 'status', status: pool('p1').status };
      return { kind: 'why', whereabouts: question.id === 'x' ? [where] : [] };
    });
    bench.silent.add('worker_build').add(DEAD);
    const known = await bench.run(['why', 'x', '--wait', '100ms']);
    expect([known.code, known.out]).toEqual([0, expect.stringMatching(/^x ended .*: finished\n/)]);
    expect(known.err).toMatch(
      /^taskqueue: what is parked, or set aside, was not looked at: nothing is said about queue/,
    );
    const unknown = await bench.run(['why', 'id-1', '--wait', '100ms']);
    expect([unknown.code, unknown.out]).toEqual([69, '']);
    expect(unknown.err).toMatch(
      /no daemon that answered has id-1 in hand, and nothing is said about queue taskqueue\.dead/,
    );
  });
});
