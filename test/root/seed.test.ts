// The configuration of the document that the project began with, to the letter, on a host that has its users: as whom its
// workers run, and what they cannot do.
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConsumeMessage } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient, type TestClient } from '../support/amqp-client.ts';
import { type Daemon, MAIN, startDaemon } from '../support/daemon.ts';
import { type ForeignClients, foreignClients } from '../support/foreign-clients.ts';
import { readyPids } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { addUserAndVhost } from '../support/rabbitmq/user.ts';
import { run } from '../support/run.ts';
import { type SystemUser, SystemUsers } from '../support/system-users.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NO_CAPABILITY = '0000000000000000';
const users = new SystemUsers();

let rabbitmq: Rabbitmq;
let url: string;
let client: TestClient;
let foreign: ForeignClients;
let bifh1: SystemUser;
let bifh2: SystemUser;
let nobodys: SystemUser;

beforeAll(async () => {
  bifh1 = await users.ensure('bifh1', 'bifh-builders', 'bifh-testers');
  bifh2 = await users.ensure('bifh2', 'bifh-testers');
  nobodys = await users.ensure('taskqueue-worker');
  rabbitmq = await startRabbitmq();
  await addUserAndVhost(rabbitmq.node, 'wfworker', 'wfworker', '/wfworker');
  url = `amqp://wfworker:wfworker@127.0.0.1:${rabbitmq.amqpPort}/%2Fwfworker`;
  client = await openClient(url);
  foreign = await foreignClients();
});

afterAll(async () => {
  await client.close();
  await rabbitmq.stop();
  await users.remove();
});

interface Host {
  readonly directory: string;
  readonly configFile: string;
}

/** The text of the document, untouched; what this machine needs besides stands in a file beside it. */
function hostWith(more: string): Host {
  const directory = temporaryDirectory('seed');
  chmodSync(directory, 0o755); // the workers' users read their plugins there
  const configFile = join(directory, 'seed.ini');
  copyFileSync(here('../fixtures/seed-config.ini'), configFile);
  mkdirSync(join(directory, 'seed.d'));
  const own = `[amqp]\nport = ${rabbitmq.amqpPort}\n[taskqueue]\nplugin_path = ${directory}/plugins\n${more}`;
  writeFileSync(join(directory, 'seed.d/test.ini'), own);
  for (const file of [configFile, join(directory, 'seed.d/test.ini')]) chmodSync(file, 0o600);
  for (const type of ['worker1', 'worker2']) {
    const plugin = join(directory, 'plugins', type);
    cpSync(here('../fixtures/plugins/who'), plugin, { recursive: true });
    const manifest = { name: `fixture-${type}`, version: '1.0.0', type: 'module' };
    const taskqueue = { workers: { [type]: './worker.js' } };
    writeFileSync(join(plugin, 'package.json'), JSON.stringify({ ...manifest, taskqueue }));
  }
  return { directory, configFile };
}

interface Account {
  readonly pid: number;
  readonly status: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly becameRoot: boolean;
  readonly setuid: string;
}

const accountOf = (message: ConsumeMessage): Account => JSON.parse(message.content.toString());
const numbers = (text = ''): number[] => text.trim().split(/\s+/).filter(Boolean).map(Number);
const instanceOf = (message: ConsumeMessage): string => message.properties.headers?.['tq-instance'] as string;

/** One account of each process, by the name of the instance: workitems are sent until all have answered. */
async function accounts(type: string, instances: number): Promise<ReadonlyMap<string, Account>> {
  const results = await client.collect('results');
  const found = new Map<string, Account>();
  while (found.size < instances) {
    await client.publish(`worker_${type}`, '{}', { contentType: 'application/json' });
    const [message] = await results.take(1);
    found.set(instanceOf(message as ConsumeMessage), accountOf(message as ConsumeMessage));
  }
  await results.end();
  return found;
}

function expectToBe(user: SystemUser, account: Account | undefined): void {
  expect(numbers(account?.status.Uid)).toEqual(Array(4).fill(user.uid));
  expect(numbers(account?.status.Gid)).toEqual(Array(4).fill(user.gid));
  expect(numbers(account?.status.Groups).sort((a, b) => a - b)).toEqual(user.groups);
  const { name, home, shell } = user;
  expect(account?.environment).toEqual({ HOME: home, USER: name, LOGNAME: name, SHELL: shell });
  expect(account?.status).toMatchObject({
    CapInh: NO_CAPABILITY,
    CapPrm: NO_CAPABILITY,
    CapEff: NO_CAPABILITY,
    CapAmb: NO_CAPABILITY,
    NoNewPrivs: '1',
  });
  expect(account?.becameRoot).toBe(false);
  expect(account?.setuid).not.toBe('done');
}

describe('with the configuration of the document', () => {
  let host: Host;
  let pool: Daemon;
  let dispatcher: Daemon;

  beforeAll(async () => {
    host = hostWith('');
    pool = startDaemon('workerpool', host.configFile);
    dispatcher = startDaemon('dispatcher', host.configFile);
    await client.declare('taskqueue', 'results', 'worker_worker1', 'worker_worker2');
    await readyPids(pool, 5);
    await dispatcher.waitForLine(/connected/);
  });
  afterAll(() => Promise.all([dispatcher.stop(), pool.stop()]));

  it('three processes of worker1 run as the user for workers that have none', async () => {
    const all = await accounts('worker1', 3);
    expect([...all.keys()].sort()).toEqual(['worker1#1', 'worker1#2', 'worker1#3']);
    for (const account of all.values()) expectToBe(nobodys, account);
  });

  it('one process of worker2 runs as bifh1 and one as bifh2, with all that is theirs', async () => {
    const all = await accounts('worker2', 2);
    expect([...all.keys()].sort()).toEqual(['worker2_bifh1#1', 'worker2_bifh2#1']);
    expectToBe(bifh1, all.get('worker2_bifh1#1'));
    expectToBe(bifh2, all.get('worker2_bifh2#1'));
  });

  it('what amqp-publish and pika send comes back on results', async () => {
    const results = await client.collect('results');
    const body = '{"fields":{"params":{"worker_type":"worker2"}},"by":"amqp-publish"}';
    await foreign.amqpTool('amqp-publish', [
      '--url',
      url,
      '-r',
      'taskqueue',
      '-p',
      '-C',
      'application/json',
      '-b',
      body,
    ]);
    await foreign.python(PIKA, url);
    const answers = (await results.take(2)).map(({ content }) => JSON.parse(content.toString()));
    expect(answers.map(({ by }) => by).sort()).toEqual(['amqp-publish', 'pika']);
    await results.end();
  });

  it('a worker of bifh1 in an endless loop ends with its pool manager, when that is killed -9', async () => {
    const from = pool.lines.length;
    const pids = [...(await readyPids(pool, 5)).values()];
    // As many as there are processes of worker2: so each has one.
    for (let n = 0; n < 2; n++) {
      await client.publish('worker_worker2', '{"loop":true}', { contentType: 'application/json' });
    }
    await until(async () => (await client.depth('worker_worker2')) === 0, 'both are at work');
    expect(pids.every(isRunning)).toBe(true);
    pool.kill('SIGKILL');
    expect(await pool.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await until(() => !pids.some(isRunning), 'all processes of the pool manager have ended');
    expect(pool.lines.slice(from).filter((line) => /crashed/.test(line))).toEqual([]);
    await client.purge('worker_worker2');
  });
});

const PIKA = `
import pika, sys
connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
channel.confirm_delivery()
channel.basic_publish('', 'taskqueue', '{"worker_type": "worker1", "by": "pika"}',
                      pika.BasicProperties(content_type='application/json', delivery_mode=2), mandatory=True)
connection.close()
`;

it('with results_routing_key = ruote_workitems, results come there', async () => {
  const { configFile } = hostWith('results_routing_key = ruote_workitems\n');
  const pool = startDaemon('workerpool', configFile);
  await client.declare('ruote_workitems', 'worker_worker2');
  await readyPids(pool, 5);
  const results = await client.collect('ruote_workitems');
  const args = ['--url', url, '-r', 'worker_worker2', '-p', '-C', 'application/json', '-b', '{"n":1}'];
  await foreign.amqpTool('amqp-publish', args);
  expect(JSON.parse((await results.take(1))[0]?.content.toString() ?? '')).toMatchObject({ n: 1 });
});

describe('a pool manager that is root', () => {
  it.each<[string, (host: Host) => void, RegExp]>([
    [
      'its configuration can be written by others',
      ({ configFile }) => chmodSync(configFile, 0o666),
      /chmod go-w \S+seed\.ini/,
    ],
    [
      'its configuration belongs to another',
      ({ configFile }) => chownSync(configFile, 1, 1),
      /chown root \S+seed\.ini/,
    ],
    [
      'a drop-in can be written by a group',
      ({ directory }) => chmodSync(`${directory}/seed.d/test.ini`, 0o660),
      /chmod g-w \S+test\.ini/,
    ],
  ])('does not start where %s, and says how to mend it', async (_what, spoil, advice) => {
    const host = hostWith('');
    spoil(host);
    const { exitCode, stderr } = await run(process.execPath, [MAIN, 'workerpool', '--config', host.configFile]);
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(advice);
  });

  it('runs no plugin that others may write, says how to mend it, and runs the others', async () => {
    const host = hostWith('');
    chmodSync(join(host.directory, 'plugins/worker1'), 0o777);
    const pool = startDaemon('workerpool', host.configFile);
    await pool.waitForLine(/chmod go-w \S+plugins\/worker1/);
    const ready = await readyPids(pool, 2);
    expect([...ready.keys()].sort()).toEqual(['worker2_bifh1#1', 'worker2_bifh2#1']);
    expect(pool.lines.filter((line) => /ready type=worker1/.test(line))).toEqual([]);
  });

  it('does not start a group whose user does not exist, and says why; the others run', async () => {
    const pool = startDaemon('workerpool', hostWith('[worker2_bifh1]\nuser = no-such-user\n').configFile);
    await pool.waitForLine(/"no-such-user" does not exist: create it.*worker2_bifh1#1/);
    const ready = await readyPids(pool, 4);
    expect([...ready.keys()].sort()).toEqual(['worker1#1', 'worker1#2', 'worker1#3', 'worker2_bifh2#1']);
  });

  it('runs a group as root only where its section says so', async () => {
    const pool = startDaemon('workerpool', hostWith('[worker2_bifh1]\nuser = root\n').configFile);
    await readyPids(pool, 5);
    const all = await accounts('worker2', 2);
    expect(numbers(all.get('worker2_bifh1#1')?.status.Uid)).toEqual([0, 0, 0, 0]);
    expect(all.get('worker2_bifh1#1')?.environment.HOME).toBe('/root');
    expectToBe(bifh2, all.get('worker2_bifh2#1'));
  });
});
