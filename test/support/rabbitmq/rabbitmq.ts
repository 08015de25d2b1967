// Private RabbitMQ nodes: own ports on 127.0.0.1, own data directory, own epmd. They end with the process that started
// them, and nothing else is ever stopped.
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { freePort } from '../free-port.ts';
import { releaseDirectory, spawnGuarded } from '../guard.ts';
import type { Release } from '../other-release.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { until } from '../until.ts';
import { rabbitmqInstallation } from './installation.ts';
import { commandOf, environmentOf, evaluate, type RabbitmqNode, rabbitmqctl } from './node.ts';

export interface RabbitmqOptions {
  /** Lines of rabbitmq.conf. */
  readonly config?: readonly string[];
  readonly plugins?: readonly string[];
  /** Only these, and what the version can't do without: as after an upgrade. All, where it is left out. */
  readonly featureFlags?: readonly string[];
  readonly name?: string;
  readonly port?: number;
  /** Joins this one's cluster, shares its epmd and its cookie. Stop the first one last: the epmd is its. */
  readonly joins?: Rabbitmq;
  /** Of this Debian release, where not of the machine's own. */
  readonly release?: Release;
}

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 30_000;

/** Starts a node; resolves when it takes AMQP connections. */
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
  const first = options.joins?.node;
  const amqpPort = options.port ?? (await freePort());
  const name = options.name ?? `taskqueue-${amqpPort}`;
  const node: RabbitmqNode = {
    installation: await rabbitmqInstallation(options.release),
    directory: temporaryDirectory('rabbitmq'),
    nodename: `${name}@localhost`,
    host: '127.0.0.1',
    amqpPort,
    distributionPort: await freePort(),
    epmdPort: first?.epmdPort ?? (await freePort()),
    url: `amqp://guest:guest@127.0.0.1:${amqpPort}`,
  };
  prepare(node, options, first === undefined ? randomBytes(16).toString('hex') : readFileSync(cookieOf(first), 'utf8'));
  const epmd = first === undefined ? startEpmd(node) : null;
  const rabbitmq = new Rabbitmq(node, epmd);
  try {
    await rabbitmq.start();
    if (first !== undefined) await joinCluster(rabbitmq, first.nodename);
    return rabbitmq;
  } catch (error: unknown) {
    await rabbitmq.stop();
    throw error;
  }
}

export class Rabbitmq {
  /** Plain data, which can be given to other processes. */
  readonly node: RabbitmqNode;
  readonly url: string;
  readonly host: string;
  readonly amqpPort: number;
  readonly #epmd: ChildProcess | null;
  #server: ChildProcess | null = null;
  #takesConnectionsSince = 0;

  constructor(node: RabbitmqNode, epmd: ChildProcess | null) {
    this.node = node;
    this.url = node.url;
    this.host = node.host;
    this.amqpPort = node.amqpPort;
    this.#epmd = epmd;
  }

  /** Again, after `shutDown` or `kill`: same ports, same data. */
  async start(): Promise<void> {
    const output = openSync(join(this.node.directory, 'output'), 'a');
    const program = join(this.node.installation.sbin, 'rabbitmq-server');
    const options = { env: environmentOf(this.node), cwd: this.node.directory, stdio: ['ignore', output, output] };
    const server = spawnGuarded(...commandOf(this.node, program, []), options as SpawnOptions);
    closeSync(output);
    this.#server = server;
    try {
      await until(() => hasEnded(server) || this.#takesConnections(), 'RabbitMQ takes connections', START_DEADLINE_MS);
      if (hasEnded(server)) throw new Error('RabbitMQ ended while starting');
    } catch (cause: unknown) {
      throw new Error(`RabbitMQ did not start on port ${this.amqpPort}. Its log:\n${this.log()}`, { cause });
    }
  }

  /** When it was first seen to take one after its last start: not only on the network, but with a login (ms since 1970). */
  get takesConnectionsSince(): number {
    return this.#takesConnectionsSince;
  }

  rabbitmqctl(...args: string[]): Promise<string> {
    return rabbitmqctl(this.node, ...args);
  }

  /** Erlang inside the node; see `evaluate` in node.ts. */
  evaluate(expression: string): Promise<string> {
    return evaluate(this.node, expression);
  }

  /** What the broker wrote, its end. */
  log(): string {
    const files = [join(this.node.directory, 'output'), join(this.node.directory, 'log', `${this.node.nodename}.log`)];
    const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
    return texts.join('\n').split('\n').slice(-80).join('\n');
  }

  /** Ends as on a reboot of its machine: in good order, data kept. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends on the spot, as with a power cut; data kept. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.shutDown();
    await this.start();
  }

  /** Stands still, its connections stay open: a machine that hangs. */
  suspend(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it for good; removes its data and ends its epmd. */
  async stop(): Promise<void> {
    await this.kill();
    if (this.#epmd !== null && !hasEnded(this.#epmd)) {
      const ended = once(this.#epmd, 'exit');
      this.#epmd.kill('SIGKILL');
      await ended;
    }
    rmSync(this.node.directory, { recursive: true, force: true });
    releaseDirectory(this.node.directory);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (server === null || hasEnded(server)) return;
    const timer = setTimeout(() => this.#signal('SIGKILL'), STOP_DEADLINE_MS);
    const ended = once(server, 'exit');
    this.#signal(signal);
    await ended;
    clearTimeout(timer);
    // The leader of the group is a shell script: the broker itself may take a moment longer.
    await until(() => !isGroupAlive(server.pid as number), 'the processes of RabbitMQ are gone', STOP_DEADLINE_MS);
  }

  #signal(signal: NodeJS.Signals): void {
    const server = this.#server;
    if (server !== null && !hasEnded(server)) process.kill(-(server.pid as number), signal);
  }

  async #takesConnections(): Promise<boolean> {
    try {
      const connection = await connect(this.url);
      this.#takesConnectionsSince = Date.now();
      await connection.close();
      return true;
    } catch (error: unknown) {
      if (error instanceof Error) return false; // not yet; the deadline tells when to worry
      throw error;
    }
  }
}

function prepare(node: RabbitmqNode, options: RabbitmqOptions, cookie: string): void {
  const at = (name: string): string => join(node.directory, name);
  mkdirSync(at('data'));
  mkdirSync(at('log'));
  writeFileSync(cookieOf(node), cookie, { mode: 0o400 });
  writeFileSync(at('enabled_plugins'), `[${(options.plugins ?? []).join(',')}].\n`);
  const { featureFlags } = options;
  const forced = featureFlags === undefined ? '' : `FEATURE_FLAGS=${['quorum_queue', ...featureFlags].join(',')}\n`;
  writeFileSync(at('rabbitmq-env.conf'), forced);
  const config = ['disk_free_limit.absolute = 50MB', 'log.file.level = info', ...(options.config ?? [])];
  writeFileSync(at('rabbitmq.conf'), `${config.join('\n')}\n`);
}

function cookieOf(node: RabbitmqNode): string {
  return join(node.directory, '.erlang.cookie');
}

/** In the foreground, so that it is a child of ours; left to itself, Erlang would start one that outlives everything. */
function startEpmd(node: RabbitmqNode): ChildProcess {
  const program = join(node.installation.erlangBin, 'epmd');
  const command = commandOf(node, program, ['-address', '127.0.0.1', '-port', String(node.epmdPort)]);
  return spawnGuarded(...command, { env: environmentOf(node), stdio: 'ignore' });
}

async function joinCluster(rabbitmq: Rabbitmq, nodename: string): Promise<void> {
  await rabbitmq.rabbitmqctl('stop_app');
  await rabbitmq.rabbitmqctl('join_cluster', nodename);
  await rabbitmq.rabbitmqctl('start_app');
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
