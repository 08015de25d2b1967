// The broker's password is in the configuration and in the memory of the daemons, and nowhere else.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openClient, type TestClient } from '../support/amqp-client.ts';
import { type Daemon, MAIN, startDaemon } from '../support/daemon.ts';
import { Pipeline, readyPids } from '../support/pipeline.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { addUserAndVhost, changePassword } from '../support/rabbitmq/user.ts';
import { type RunResult, run } from '../support/run.ts';
import { until } from '../support/until.ts';

const PASSWORD = 'p;w#1=50%:x';
const USER = 'odd:user';
/** As it is, and as URLs, JSON and base64 would have it. */
const SPELLINGS = [PASSWORD, encodeURIComponent(PASSWORD), Buffer.from(PASSWORD).toString('base64'), 'p;w', '50%:x'];

let rabbitmq: Rabbitmq;
let pipeline: Pipeline;
let client: TestClient;
let dispatcher: Daemon;
let pool: Daemon;
let worker: number;

beforeAll(async () => {
  rabbitmq = await startRabbitmq();
  await addUserAndVhost(rabbitmq.node, USER, PASSWORD, 'odd');
  const url = `amqp://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${rabbitmq.amqpPort}/odd`;
  pipeline = new Pipeline({ url }, 'log_level = debug\n');
  pipeline.installFixture('../../plugins/first', 'first');
  client = await openClient(url);
  dispatcher = await pipeline.dispatcher();
  pool = await pipeline.pool(0);
  worker = [...(await readyPids(pool, 1)).values()][0] as number;
});

afterAll(async () => {
  await Promise.all([dispatcher.stop(), pool.stop()]);
  await rabbitmq.stop();
});

/** What the kernel shows of a process to others. */
const shown = (pid: number, file: 'environ' | 'cmdline'): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');

const spellingsIn = (text: string): readonly string[] => SPELLINGS.filter((one) => text.includes(one));

function taskqueue(...args: string[]): Promise<RunResult> {
  return run(process.execPath, [MAIN, ...args, '--config', pipeline.configFile]);
}

it('the odd password gets a workitem through', async () => {
  await client.declare('results');
  const results = await client.collect('results');
  const sent = await taskqueue('send', 'first', 'hello');
  expect(sent).toMatchObject({ exitCode: 0 });
  expect((await results.take(1))[0]?.content.toString()).toBe('hello');
  await results.end();
  expect(spellingsIn(sent.stdout + sent.stderr)).toEqual([]);
});

it('neither environment nor arguments of a daemon or a worker hold it', () => {
  for (const pid of [dispatcher.pid, pool.pid, worker]) {
    expect(shown(pid, 'cmdline')).not.toBe('');
    expect(spellingsIn(shown(pid, 'environ') + shown(pid, 'cmdline'))).toEqual([]);
  }
});

it('a worker has no socket but the pipe to its pool manager, and no TCP connection', () => {
  const files = readdirSync(`/proc/${worker}/fd`).map((fd) => [fd, readlinkSync(`/proc/${worker}/fd/${fd}`)] as const);
  const sockets = files.filter(([, target]) => target.startsWith('socket:'));
  const inodes = sockets.map(([, target]) => /\d+/.exec(target)?.[0] as string);
  expect(sockets.map(([fd]) => fd)).toContain('3');
  // fd 3 and both outputs are Unix sockets, which know no address of the broker's.
  expect(sockets.map(([fd]) => fd).filter((fd) => !['1', '2', '3'].includes(fd))).toEqual([]);
  const tcp = ['tcp', 'tcp6', 'udp', 'udp6']
    .map((table) => readFileSync(`/proc/${worker}/net/${table}`, 'utf8'))
    .join('');
  expect(inodes.filter((inode) => new RegExp(`\\s${inode}\\s`).test(tcp))).toEqual([]);
});

it('files that the daemons have open are not inherited', () => {
  const targets = readdirSync(`/proc/${worker}/fd`).map((fd) => readlinkSync(`/proc/${worker}/fd/${fd}`));
  expect(targets.filter((target) => target.startsWith(pipeline.directory))).toEqual([]);
});

it('the check shows that there is one, not which, in text and in JSON', async () => {
  for (const args of [['check'], ['check', '--json'], ['plugins']]) {
    const { exitCode, stdout, stderr } = await taskqueue(...args);
    expect(exitCode).toBe(0);
    expect(spellingsIn(stdout + stderr)).toEqual([]);
  }
});

it('a mistake in its own line, or beside it, does not quote it', async () => {
  for (const line of [`passwort = ${PASSWORD}`, `passwd = ${PASSWORD}\npasswd_file = /nowhere`, `passwd ${PASSWORD}`]) {
    const broken = new Pipeline({ url: rabbitmq.url });
    broken.writeConfig(`[amqp]\n${line}\nport = no port\n`);
    for (const command of ['check', 'dispatcher', 'workerpool']) {
      const { exitCode, stdout, stderr } = await run(process.execPath, [MAIN, command, '--config', broken.configFile]);
      expect(exitCode).toBe(78);
      expect(spellingsIn(stdout + stderr)).toEqual([]);
    }
  }
});

it.each(['dispatcher', 'workerpool'] as const)('a %s whose login is refused says so without it', async (kind) => {
  const url = `amqp://${encodeURIComponent(USER)}:${encodeURIComponent(`${PASSWORD}!`)}@127.0.0.1:${rabbitmq.amqpPort}/odd`;
  const refused = new Pipeline({ url }, 'log_level = debug\n');
  const daemon = startDaemon(kind, refused.configFile);
  await daemon.waitForLine(/refuse/);
  await daemon.stop();
  expect(spellingsIn(daemon.log())).toEqual([]);
  const sent = await run(process.execPath, [MAIN, 'send', 'first', 'x', '--config', refused.configFile]);
  expect(sent.exitCode).not.toBe(0);
  expect(spellingsIn(sent.stdout + sent.stderr)).toEqual([]);
});

it('daemons leave no core dump behind', () => {
  for (const { pid } of [dispatcher, pool]) {
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size\s+0\s/m);
  }
});

it('SIGUSR1 opens no inspector, in no process', async () => {
  for (const pid of [dispatcher.pid, pool.pid, worker]) process.kill(pid, 'SIGUSR1');
  // Signals are handled in their order: who answers the next one has seen this one.
  for (const daemon of [dispatcher, pool]) {
    const from = daemon.lines.length;
    daemon.kill('SIGHUP');
    await daemon.waitForLine(/reloaded|read again/, { from });
  }
  const results = await client.collect('results');
  await client.publish('worker_first', 'still there', { contentType: 'text/plain' });
  await results.take(1);
  for (const pid of [dispatcher.pid, pool.pid, worker]) expect(listeningPorts(pid)).toEqual([]);
  expect([...dispatcher.lines, ...pool.lines].filter((line) => /debugger|inspector/i.test(line))).toEqual([]);
});

/** State 0A in the kernel's table is a socket that listens. */
function listeningPorts(pid: number): readonly string[] {
  const own = readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(pid, fd))?.[1]);
  const table = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  const rows = table.map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, , , state, , , , , , inode]) => state === '0A' && own.includes(inode))
    .map(([, at]) => at ?? '');
}

function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return ''; // closed meanwhile
    throw err;
  }
}

it('nothing of all this was in a log, a login that is refused while they run included', async () => {
  const from = dispatcher.lines.length;
  await changePassword(rabbitmq.node, USER, 'another one');
  await rabbitmq.evaluate('[rabbit_networking:close_connection(P, "test") || P <- rabbit_networking:connections()]');
  await client.closed;
  await until(
    () => dispatcher.lines.slice(from).some((line) => /refuse/.test(line)),
    'the refused login is logged',
    30_000,
  );
  expect(dispatcher.lines.length).toBeGreaterThan(3);
  expect(spellingsIn(dispatcher.log() + pool.log())).toEqual([]);
});
