// What an operator does from any host's shell: status, why, pause, resume, cancel; the built program, real daemons, a real
// broker.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished, test } from 'vitest';
import { MAIN } from '../support/daemon.ts';
import { openScene, Pipeline } from '../support/pipeline.ts';
import { evaluate, type RabbitmqNode } from '../support/rabbitmq/node.ts';
import { addUser } from '../support/rabbitmq/user.ts';
import type { Vhost } from '../support/rabbitmq/vhost.ts';
import { type RunResult, run } from '../support/run.ts';
import { until } from '../support/until.ts';

function taskqueue(pipeline: Pipeline, ...args: string[]): Promise<RunResult> {
  return run(process.execPath, [MAIN, ...args, '-c', pipeline.configFile]);
}

/** Each command is a process of its own, and waits for answers: on a busy machine, that adds up. */
const SLOWLY_MS = 150_000;

interface Why {
  readonly state: string;
  readonly life: Readonly<Record<string, unknown>> | null;
  readonly cancelled: { readonly by: string; readonly reason: string } | null;
  readonly queues: readonly { readonly queue: string; readonly messages: number }[];
}

async function why(pipeline: Pipeline, id: string): Promise<Why> {
  return JSON.parse((await taskqueue(pipeline, 'why', id, '--json', '--wait', '400ms')).stdout) as Why;
}

const whenItIs = (pipeline: Pipeline, id: string, state: string): Promise<Why> =>
  until(
    async () => {
      const answer = await why(pipeline, id);
      return answer.state === state && answer;
    },
    `${id} is ${state}`,
    30_000,
  );

test('status: two pools and a dispatcher, what they work on, what fails, and what is off', async () => {
  const { pipeline, client, send } = await openScene();
  const none = await taskqueue(pipeline, 'status');
  expect([none.exitCode, none.stdout]).toEqual([0, expect.stringMatching(/ADVICE\n- no daemon answers/)]);

  await pipeline.dispatcher();
  await pipeline.pool(1);
  await pipeline.pool(1);
  await send('busy', { do: 'tell', fraction: 0.5, note: 'half', for: 'go' });
  await send('fails', { do: 'throw', saying: 'no such file' });
  await send('homeless', {}, { 'tq-type': 'nobody' });
  await client.publish('taskqueue', 'rubbish', { messageId: 'unreadable', contentType: 'application/json' });
  await until(async () => (await client.depth('taskqueue.dead')) === 1, 'it is parked', 20_000);
  await until(async () => (await client.depth('results')) === 1, 'it has failed', 20_000);
  await pipeline.startsWhen(2);

  const { exitCode, stdout, stderr } = await taskqueue(pipeline, 'status');
  expect([exitCode, stderr]).toEqual([0, '']);
  for (const line of [
    /^broker \S+: 1 dispatcher, 2 pools; 2 of 2 processes run, 1 at work$/m,
    /^worker_actor +0 +2 +0\.0 +0\.0$/m,
    /^taskqueue.unroutable +1 +\d/m,
    /^actor#1 +\S+ +\d+ +\d+[sm] +busy +50 % half$/m,
    /^actor: workitems +\S+ +1 +\d+[sm] +no such file$/m,
    /^- no plugin for nobody is installed on any host/m,
    /^- 1 parked in taskqueue.dead: see taskqueue dead list --group$/m,
  ]) {
    expect(stdout).toMatch(line);
  }
  const data = JSON.parse((await taskqueue(pipeline, 'status', '--json')).stdout);
  expect(data).toMatchObject({
    dispatchers: [{ forwarded: 4, forwardedPerSecond: 0, queues: [{ queue: 'worker_actor', forwarded: 2 }] }],
    pools: [{ kind: 'workerpool' }, { kind: 'workerpool' }],
    pauses: [],
    advice: [expect.any(String), expect.any(String)],
  });
  pipeline.open('go');
});

it(
  'why is right for a workitem in each place where one can be',
  async () => {
    const { pipeline, client, send } = await openScene('instances = 2');
    await pipeline.dispatcher();
    await pipeline.pool(2);
    await send('running', { do: 'tell', fraction: 0.5, note: 'half', for: 'go' });
    await send('delayed', { do: 'later', ms: 3_600_000 });
    await send('not due', {}, { 'tq-due': Date.now() + 3_600_000 });
    await send('failed', { do: 'throw', saying: 'no luck' });
    await send('rejected', { do: 'reject', saying: 'never' });
    await send('homeless', {}, { 'tq-type': 'nobody' });

    expect((await whenItIs(pipeline, 'running', 'running')).life).toMatchObject({
      daemon: 'workerpool',
      job: { attempt: 1 },
    });
    expect((await whenItIs(pipeline, 'delayed', 'delayed')).life).toMatchObject({ why: 'not yet', attempt: 2 });
    expect((await whenItIs(pipeline, 'not due', 'delayed')).life).toMatchObject({ daemon: 'dispatcher' });
    expect((await whenItIs(pipeline, 'failed', 'ended')).life).toMatchObject({ status: 'failed', error: 'no luck' });
    expect((await whenItIs(pipeline, 'homeless', 'unroutable')).life).toMatchObject({
      kept: { queue: 'worker_nobody' },
    });
    const parked = await whenItIs(pipeline, 'rejected', 'parked');
    expect(parked.life).toMatchObject({ kept: { reason: 'rejected', error: 'never' } });

    const said = await taskqueue(pipeline, 'why', 'running');
    expect(said.stdout).toMatch(/^running runs on \S+: actor#\d \(pid \d+\) has worked on it for \d+s, 50 %, half\n/);
    const byRun = await taskqueue(pipeline, 'why', String(parked.life?.run));
    expect(byRun.stdout).toMatch(
      / is parked since .*: rejected: never\ntype actor, id rejected\nsee: taskqueue dead show /,
    );

    await taskqueue(pipeline, 'dead', 'delete', 'rejected', '--yes');
    expect((await whenItIs(pipeline, 'rejected', 'taken')).life).toMatchObject({ reason: 'rejected' });
    const nobody = await taskqueue(pipeline, 'why', 'never sent');
    expect(nobody.exitCode).toBe(66);
    expect(nobody.stdout).toMatch(/^never sent is nowhere that can be seen: none of the 2 daemons/);

    expect(await client.depth('worker_actor')).toBe(0);
    pipeline.open('go');
  },
  SLOWLY_MS,
);

it(
  'a type that is paused is not worked on until it is resumed; what is cancelled meanwhile never is',
  async () => {
    const { pipeline, client, send } = await openScene();
    await pipeline.dispatcher();
    await pipeline.pool(1);
    const results = await client.collect('results');

    const paused = await taskqueue(pipeline, 'pause', 'actor', '--for', '2h', '--reason', 'disk full');
    expect([paused.exitCode, paused.stderr]).toEqual([0, '']);
    expect(paused.stdout).toMatch(/^paused: actor, until 20\S+Z\nON +DAEMON +SAYS\n/);
    expect(paused.stdout).toMatch(/workerpool +nothing begins in 1 instance$/m);
    await send('waits', {});
    await send('unwanted', {});
    const waits = await whenItIs(pipeline, 'waits', 'queued');
    expect(waits.life).toMatchObject({ queue: 'worker_actor', type: 'actor' });
    expect(waits.queues).toMatchObject([{ queue: 'worker_actor' }]);
    expect((await taskqueue(pipeline, 'why', 'waits')).stdout).toMatch(
      /^actor is paused by guest \(disk full\): nothing of it begins$/m,
    );
    expect((await taskqueue(pipeline, 'status')).stdout).toMatch(/^actor +guest +\d+s +in 1h +disk full$/m);

    const cancelled = await taskqueue(pipeline, 'cancel', 'unwanted', '--reason', 'wrong file', '--json');
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ kind: 'cancel', id: 'unwanted', answers: [{}, {}] });
    expect((await why(pipeline, 'unwanted')).cancelled).toMatchObject({ by: 'guest', reason: 'wrong file' });

    await taskqueue(pipeline, 'resume', 'actor');
    const [first, second] = await results.take(2);
    const statuses = [first, second].map((one) => [
      one?.properties.correlationId,
      one?.properties.headers?.['tq-status'],
    ]);
    expect(Object.fromEntries(statuses)).toEqual({ waits: 'finished', unwanted: 'cancelled' });
    expect((await whenItIs(pipeline, 'unwanted', 'ended')).life).toMatchObject({ status: 'cancelled' });
    expect(pipeline.starts().map(({ id }) => id)).toEqual(['waits']);

    await send('long', { do: 'wait-for-signal' });
    await whenItIs(pipeline, 'long', 'running');
    const stopped = await taskqueue(pipeline, 'cancel', 'long');
    expect(stopped.stdout).toMatch(/workerpool +actor#1 works on it, and is told to stop$/m);
    expect((await whenItIs(pipeline, 'long', 'ended')).life).toMatchObject({ status: 'cancelled' });
  },
  SLOWLY_MS,
);

it(
  'a queue that hangs is told by status and why as one about which the broker says nothing, with all the rest',
  async () => {
    const { pipeline, broker } = await openScene();
    if (broker.node === null) throw new Error('this test needs a broker of its own');
    await pipeline.dispatcher();
    await hang(broker.node, broker.vhost, 'taskqueue');

    const status = await taskqueue(pipeline, 'status');
    expect([status.exitCode, status.stderr]).toEqual([0, '']);
    expect(status.stdout).toMatch(/^taskqueue +\? +\? +- +-$/m);
    expect(status.stdout).toMatch(/^taskqueue.dead +0 +0 +/m);
    expect(status.stdout).toMatch(/^- the broker says nothing about taskqueue: /m);
    const nobody = await taskqueue(pipeline, 'why', 'never sent');
    expect([nobody.exitCode, nobody.stderr]).toEqual([66, '']);
    expect(nobody.stdout).toMatch(/^ {2}waiting in taskqueue, about which the broker says nothing$/m);
  },
  SLOWLY_MS,
);

/** Its process takes what is said to it, and does nothing with it. */
async function hang(node: RabbitmqNode, vhost: string, queue: string): Promise<void> {
  const pid = `{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"${vhost}">>, queue, <<"${queue}">>)), Pid = amqqueue:get_pid(Q)`;
  await evaluate(node, `${pid}, ok = sys:suspend(Pid), ok`);
  onTestFinished(async () => void (await evaluate(node, `${pid}, ok = sys:resume(Pid), ok`)));
}

test('an operator needs no more rights than docs/control.md gives one; whoever has fewer is told so in one line', async () => {
  const { pipeline, client, broker } = await openScene();
  if (broker.node === null) throw new Error('this test needs a broker of its own');
  await pipeline.dispatcher();
  const headers = { 'tq-type': 'actor', 'tq-reason': 'failed', 'tq-error': 'x', 'tq-run': 'run-1' };
  await client.publish('taskqueue.dead', '{}', { messageId: 'parked', headers });

  const own = '^tq\\.client\\.';
  const [, configure = '', write = '', read = ''] = KEEPER.exec(readFileSync(DOC, 'utf8')) ?? [];
  const operator = new Pipeline(await loginWith(broker, { configure, write, read }));
  expect((await taskqueue(operator, 'why', 'parked')).stdout).toMatch(/^parked is parked since/);
  expect((await taskqueue(operator, 'status')).stdout).toMatch(/^broker .*: 1 dispatcher, 0 pools/);
  expect((await taskqueue(operator, 'dead', 'requeue', 'parked')).stdout).toBe('requeued: 1 to worker_actor\n');

  const watcher = new Pipeline(await loginWith(broker, { configure: own, write: '^$', read: own }));
  const asked = await taskqueue(watcher, 'status');
  expect([asked.exitCode, asked.stdout]).toEqual([77, '']);
  expect(asked.stderr).toMatch(/^taskqueue: [^\n]*write to the exchange taskqueue\.control[^\n]*\n$/);
  const listed = await taskqueue(watcher, 'dead', 'list');
  expect([listed.exitCode, listed.stdout]).toEqual([77, '']);
  expect(listed.stderr).toMatch(/^taskqueue: [^\n]*taskqueue\.dead[^\n]*\n$/);
});

const DOC = new URL('../../docs/control.md', import.meta.url);
const KEEPER = /^rabbitmqctl set_permissions -p taskqueue keeper '(.*)' '(.*)' '(.*)'$/m;

async function loginWith(
  broker: Vhost,
  rights: { configure: string; write: string; read: string },
): Promise<{ url: string }> {
  const login = { ...broker, user: `user-${randomUUID()}`, password: 'secret' };
  await addUser(broker.node as RabbitmqNode, login, rights);
  const url = new URL(broker.url);
  url.username = login.user;
  url.password = login.password;
  return { url: url.href };
}
