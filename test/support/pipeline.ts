// One host of a user's: a configuration, a plugin directory and a working directory of its own, and the daemons on them.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { openClient, type TestClient } from './amqp-client.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { freshVhost, type Vhost } from './rabbitmq/vhost.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** Where the broker is; `Vhost` and `Rabbitmq` fit. */
export interface BrokerAddress {
  readonly url: string;
}

/** The handler of the plugin `actor` began to work on something. */
export interface Start {
  readonly id: string;
  readonly attempt: number;
  readonly instance: string;
  readonly pid: number;
}

export interface Scene {
  readonly pipeline: Pipeline;
  readonly client: TestClient;
  readonly broker: Vhost;
  /** To an actor, over `taskqueue`. */
  send(messageId: string, orders: object, headers?: object): Promise<void>;
}

/** For one test: a host with these types, on a vhost of its own, where `taskqueue` and `results` are there already. */
export async function openScene(
  config = '',
  types: readonly string[] = ['actor'],
  amqp: readonly string[] = [],
): Promise<Scene> {
  const broker = await freshVhost();
  const client = await openClient(broker.url);
  onTestFinished(() => client.close());
  const pipeline = new Pipeline(broker, config, amqp);
  pipeline.installActor(...types);
  await client.declare('taskqueue', 'results', ...types.map((type) => `worker_${type}`));
  const send: Scene['send'] = (messageId, orders, headers = {}) =>
    client.publish('taskqueue', JSON.stringify({ worker_type: 'actor', ...orders }), { messageId, headers });
  return { pipeline, client, broker, send };
}

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));

export class Pipeline {
  readonly directory = temporaryDirectory('pipeline');
  readonly configFile = join(this.directory, 'config.ini');
  readonly plugins = join(this.directory, 'plugins');
  readonly workdir = join(this.directory, 'workdir');
  readonly #url: string;
  readonly #address: string;

  /** `config`: lines after `[amqp]` and the first ones of `[taskqueue]`, which are there already; `amqp`: of `[amqp]`. */
  constructor(broker: BrokerAddress, config = '', amqp: readonly string[] = []) {
    mkdirSync(this.plugins);
    mkdirSync(this.workdir);
    this.#url = broker.url;
    this.#address = [addressLines(broker.url), ...amqp].join('\n');
    this.configure(config);
  }

  configure(config: string): void {
    // A pool manager that is root would run workers as a system user that need not exist on this machine.
    const own = [`plugin_path = ${this.plugins}`, `user = ${userInfo().username}`, `workdir = ${this.workdir}`];
    this.writeConfig(`${this.#address}\n[taskqueue]\n${own.join('\n')}\n${config}\n`);
  }

  writeConfig(text: string): void {
    writeFileSync(this.configFile, text, { mode: 0o600 });
  }

  /** The plugin `actor`, as many types as wanted. */
  installActor(...types: string[]): void {
    for (const type of types) {
      this.installFixture('plugins-e2e/actor', type);
      const manifest = { name: `fixture-${type}`, version: '1.0.0', type: 'module' };
      this.writePluginFile(
        type,
        'package.json',
        JSON.stringify({ ...manifest, taskqueue: { workers: { [type]: './worker.js' } } }),
      );
    }
  }

  /** `path`: below `test/fixtures`. */
  installFixture(path: string, as: string): void {
    cpSync(join(FIXTURES, path), join(this.plugins, as), { recursive: true });
    // A clone may be writable by its group; a pool manager that is root refuses such a plugin.
    for (const name of ['', ...readdirSync(join(this.plugins, as), { recursive: true, encoding: 'utf8' })]) {
      chmodSync(join(this.plugins, as, name), 0o755);
    }
  }

  writePluginFile(plugin: string, name: string, text: string): void {
    writeFileSync(join(this.plugins, plugin, name), text);
  }

  removePlugin(name: string): void {
    rmSync(join(this.plugins, name), { recursive: true });
  }

  /** Resolves when it, or so many, consume: then all queues of ours are there. */
  async dispatcher(consumers = 1): Promise<Daemon> {
    const daemon = startDaemon('dispatcher', this.configFile);
    await daemon.waitForLine(/connected/);
    await this.#consumed('taskqueue', consumers);
    return daemon;
  }

  async #consumed(queue: string, consumers: number): Promise<void> {
    const client = await openClient(this.#url);
    const isThere = async (): Promise<boolean> => (await client.consumers(queue)) >= consumers;
    await until(isThere, `${consumers} consumers of ${queue}`, 30_000).finally(() => client.close());
  }

  /** Resolves when so many processes are ready. */
  async pool(ready: number): Promise<Daemon> {
    const daemon = startDaemon('workerpool', this.configFile);
    await readyPids(daemon, ready);
    return daemon;
  }

  /** What the handlers of `actor` have begun so far, in order. */
  starts(): readonly Start[] {
    const file = join(this.workdir, 'starts');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1); // the last one may be half written
    return lines.map((line) => JSON.parse(line) as Start);
  }

  /** All starts, as soon as there are so many. */
  startsWhen(count: number, deadlineMs = 30_000): Promise<readonly Start[]> {
    const what = `${count} starts of handlers`;
    return until(() => this.starts().length >= count && this.starts(), what, deadlineMs);
  }

  /** Lets those go on that wait for this file. */
  open(name: string): void {
    writeFileSync(join(this.workdir, name), '');
  }
}

/** Pids by the name of the instance, once so many lines have said that one is ready; the last one of each counts. */
export async function readyPids(daemon: Daemon, count: number, from = 0): Promise<ReadonlyMap<string, number>> {
  let seen = from;
  const pids = new Map<string, number>();
  for (let found = 0; found < count; found++) {
    const line = await daemon.waitForLine(READY, { from: seen });
    seen = daemon.lines.indexOf(line, seen) + 1;
    const [, instance = '', pid] = READY.exec(line) ?? [];
    pids.set(instance, Number(pid));
  }
  return pids;
}

const READY = /ready type=\S+ instance=(\S+) pid=(\d+)/;

function addressLines(url: string): string {
  const { hostname, port, username, password, pathname } = new URL(url);
  const vhost = pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : '/';
  const lines = { host: hostname, port: port || '5672', user: username || 'guest', passwd: password || 'guest', vhost };
  const all = Object.entries(lines).map(([name, value]) => `${name} = ${decodeURIComponent(value)}`);
  return ['[amqp]', ...all].join('\n');
}
