// Workers in Python, in a real pool: what they are told, what becomes of what they say, and that whatever such a program
// does, the contract holds and nobody else is harmed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsumeMessage } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, openClient } from '../support/amqp-client.ts';
import type { Daemon } from '../support/daemon.ts';
import { Ledger } from '../support/ledger.ts';
import { Pipeline, readyPids } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { until } from '../support/until.ts';

const broker = await freshVhost();
const client = await openClient(broker.url);
/** What each does, on a type of its own, whose processes have not crashed before; and what its workitem is parked with. */
const MISDEEDS: readonly (readonly [string, RegExp])[] = [
  ['die', /its worker process was killed by SIGKILL/],
  ['exit', /its worker process exited with code 0/],
  ['rubbish', /broke the protocol: a line that it wrote is not JSON: .*: "resizing .* now"/],
  ['another', /broke the protocol: it answered job 123456, which it does not have/],
  ['endless line', /broke the protocol: it wrote a line of more than \d+ bytes/],
  ['flood', /flooded the pool with messages/],
  ['hang up', /hung up on its pool manager/],
];
const typeFor = (what: string): string => what.replaceAll(' ', '-');
const TYPES = [...MISDEEDS.map(([what]) => typeFor(what)), 'python', 'patient', 'slow', 'worn'];
const pipeline = new Pipeline(
  broker,
  `max_crashes = 1
retry_delay = 250ms
max_message_size = 64K
[python]
secret = only for the program
max_attempts = 2
[patient]
max_crashes = 3
[worn]
max_tasks = 1
[mute]
start_timeout = 300ms
[slow]
task_timeout = 300ms
kill_timeout = 250ms
max_attempts = 2`,
);
const ledger = new Ledger();
let pool: Daemon;
let pids: ReadonlyMap<string, number>;
let sentSoFar = 0;

function install(type: string, command: readonly string[], more: object = {}): void {
  pipeline.installFixture('plugins-e2e/python', type);
  const taskqueue = { workers: { [type]: { command, ...more } } };
  pipeline.writePluginFile(type, 'package.json', JSON.stringify({ name: `fixture-${type}`, taskqueue }));
}

beforeAll(async () => {
  for (const type of TYPES) install(type, ['python3', 'worker.py']);
  install('broken', ['python3', 'worker.py']);
  pipeline.writePluginFile('broken', 'worker.py', 'import no_such_module\n');
  install('mute', ['sleep', '1000'], { handshake: true });
  await client.declare('results', 'worker_broken', ...TYPES.map((type) => `worker_${type}`));
  pool = await pipeline.pool(0);
  pids = await readyPids(pool, TYPES.length);
  await until(() => client.isThere('taskqueue.dead'), 'the queue for what is parked');
  await ledger.follow(client, 'results', 'taskqueue.dead');
});

afterAll(async () => {
  await pool.stop();
  await client.close();
});

/** Sends one; resolves with its key. */
async function send(type: string, body: unknown, properties: object = {}): Promise<string> {
  const correlationId = `${type} ${++sentSoFar}`;
  const own = { contentType: 'application/json', correlationId, messageId: correlationId, ...properties };
  await client.publish(`worker_${type}`, Buffer.isBuffer(body) ? body : JSON.stringify(body), own);
  return correlationId;
}

/** What has become of one, as soon as there are so many: results first. */
async function fateOf(key: string, count = 1): Promise<readonly ConsumeMessage[]> {
  await ledger.have([key], () => count);
  const entries = ledger.of(key).toSorted((a, b) => (a.queue < b.queue ? -1 : 1));
  return entries.map(({ message }) => message);
}

const do_ = async (type: string, orders: object, count = 1) => fateOf(await send(type, orders), count);

describe('a worker in Python', () => {
  it('is a process like all others, and gets its settings by no way that others can see', async () => {
    const [result] = await do_('python', { do: 'tell', x: 1 });
    const told = jsonOf(result) as Record<string, Record<string, unknown>> & { argv: string[]; env: object };
    expect(told).toMatchObject({
      pid: pids.get('python#1'),
      argv: [join(pipeline.plugins, 'python/worker.py')],
      cwd: pipeline.workdir,
      oom: 500,
      status: { NoNewPrivs: '1' },
      work: {
        type: 'python',
        contentType: 'application/json',
        attempt: 1,
        instance: 'python#1',
        settings: { secret: 'only for the program' },
        body: { do: 'tell', x: 1 },
        headers: { 'tq-type': 'python' },
      },
    });
    expect(told.env).toMatchObject({ TASKQUEUE_PLUGIN_DIR: join(pipeline.plugins, 'python') });
    expect(JSON.stringify([told.env, told.argv])).not.toContain('only for');
    expect(readFileSync(`/proc/${told.pid}/cmdline`, 'utf8')).not.toContain('only for');
  });

  it('has its outcomes carried out like those of any handler', async () => {
    const [echoed] = await do_('python', { do: 'return', value: { n: [1, 'ä', null] } });
    expect(jsonOf(echoed)).toEqual({ n: [1, 'ä', null] });
    expect(echoed?.properties).toMatchObject({ contentType: 'application/json' });
    const [image] = await do_('python', { do: 'bytes', value: 'iVBORw==' });
    expect(image?.properties).toMatchObject({ contentType: 'image/png', headers: { 'tq-status': 'finished' } });
    expect(image?.content.toString('base64')).toBe('iVBORw==');
    const [, rejected] = [null, ...(await do_('python', { do: 'reject', saying: 'no such customer' }))];
    expect(rejected?.properties.headers).toMatchObject({ 'tq-reason': 'rejected', 'tq-error': 'no such customer' });
    const [later] = await do_('python', { do: 'later', ms: 1000 });
    expect([jsonOf(later), later?.properties.headers?.['tq-attempt']]).toEqual([2, 2]);
    const [large] = await do_('python', { do: 'too large', bytes: 70_000 });
    expect(jsonOf(large)).toMatchObject({ error: expect.stringMatching(/^result too large: 70002 bytes/) });
  });

  it('fails with its error in the workitem, after max_attempts', async () => {
    const [failed, parked] = await do_('python', { do: 'throw', saying: 'never works' }, 2);
    expect(jsonOf(failed)).toEqual({ do: 'throw', saying: 'never works', error: 'never works', trace: 'in worker.py' });
    expect(failed?.properties.headers).toMatchObject({ 'tq-status': 'failed', 'tq-attempt': 2 });
    expect(parked?.properties.headers).toMatchObject({ 'tq-reason': 'failed', 'tq-trace': 'in worker.py' });
  });

  it('never sees what is not what it says', async () => {
    const [parked] = await fateOf(await send('python', Buffer.from('{"do":')));
    expect(parked?.properties.headers).toMatchObject({ 'tq-reason': 'unreadable' });
  });
});

describe('whatever it does: the workitem is reported and parked with the story, and the next process works', () => {
  it.each(MISDEEDS)('%s', async (what, story) => {
    const type = typeFor(what);
    const from = pool.lines.length;
    const [failed, parked] = await do_(type, { do: what }, 2);
    expect(jsonOf(failed)).toMatchObject({ do: what, error: expect.stringMatching(story) });
    expect(parked?.properties.headers).toMatchObject({
      'tq-reason': 'crashed',
      'tq-error': expect.stringMatching(story),
    });
    if (what === 'die') expect(parked?.properties.headers?.['tq-trace']).toMatch(/^last words of die/);
    await readyPids(pool, 1, from);
    expect(jsonOf((await do_(type, { value: 'works' }))[0])).toBe('works');
  });

  it('killed -9 from outside: its workitem is worked on again, by another', async () => {
    const key = await send('patient', { do: 'wait', for: 'gate' });
    await until(() => pipeline.starts().some(({ id }) => id === key), 'it begins');
    process.kill(pids.get('patient#1') as number, 'SIGKILL');
    await until(() => pipeline.starts().filter(({ id }) => id === key).length === 2, 'it begins again');
    pipeline.open('gate');
    const [result] = await fateOf(key);
    expect(jsonOf(result)).toBe('waited');
    const [first, second] = pipeline.starts().filter(({ id }) => id === key);
    expect([first?.pid, second?.attempt]).toEqual([pids.get('patient#1'), 1]);
  });

  it('never answering: when its time is up, its process is killed, and that counts as an attempt', async () => {
    const [failed, parked] = await do_('slow', { do: 'sleep' }, 2);
    expect(jsonOf(failed)).toMatchObject({ error: 'took longer than 300ms' });
    expect(failed?.properties.headers).toMatchObject({ 'tq-status': 'failed', 'tq-attempt': 2 });
    expect(parked?.properties.headers).toMatchObject({ 'tq-reason': 'failed' });
    expect(isRunning(pids.get('slow#1') as number)).toBe(false);
  });
});

it('a program that dies at once gets no work, and says why; a reload starts it anew, and no others', async () => {
  await pool.waitForLine(/keeps failing.* before it was ready: ModuleNotFoundError: .*no_such_module.* type=broken/);
  const key = await send('broken', { value: 'mended' });
  pipeline.writePluginFile('broken', 'worker.py', readFileSync(join(pipeline.plugins, 'python/worker.py'), 'utf8'));
  pool.kill('SIGHUP');
  expect(jsonOf((await fateOf(key))[0])).toBe('mended');
  expect(pipeline.starts().filter(({ id }) => id === key)).toMatchObject([{ attempt: 1 }]);
  expect(isRunning(pids.get('python#1') as number)).toBe(true);
});

it('one that is to say when it is ready, and does not, gets no work, and no end of time', async () => {
  await pool.waitForLine(/the worker process was not ready within start_timeout.* type=mute/);
});

it('what has done its number of workitems is replaced', async () => {
  const pidOf = async (): Promise<unknown> => (jsonOf((await do_('worn', { do: 'tell' }))[0]) as { pid: number }).pid;
  expect(await pidOf()).toBe(pids.get('worn#1'));
  await pool.waitForLine(/stopped type=worn/);
  expect(await pidOf()).not.toBe(pids.get('worn#1'));
});

it('a pool that stops lets it finish', async () => {
  const key = await send('python', { do: 'wait', for: 'end' });
  await until(() => pipeline.starts().some(({ id }) => id === key), 'it begins');
  const from = pool.lines.length;
  pool.kill('SIGTERM');
  await pool.waitForLine(/stopped type=broken/, { from });
  pipeline.open('end');
  expect((await pool.exited).code).toBe(0);
  expect(jsonOf((await fateOf(key))[0])).toBe('waited');
});
