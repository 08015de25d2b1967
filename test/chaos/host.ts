// One host of the installation under test: a dispatcher and a pool with a configuration of their own, and the links that
// lead from it to the broker nodes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Keeper } from './keeper.ts';
import { Link } from './link.ts';
import type { Program } from './program.ts';

export interface HostOptions {
  readonly name: string;
  readonly directory: string;
  readonly program: Program;
  readonly brokerPorts: readonly number[];
  readonly queueType: 'classic' | 'quorum';
  readonly logLevel: string;
}

export class Host {
  readonly name: string;
  readonly dispatcher: Keeper;
  readonly pool: Keeper;
  readonly links: readonly Link[];
  readonly #options: HostOptions;
  readonly #configFile: string;

  static async create(options: HostOptions): Promise<Host> {
    return new Host(options, await Promise.all(options.brokerPorts.map((port) => Link.start(port))));
  }

  constructor(options: HostOptions, links: readonly Link[]) {
    const { name, directory, program } = options;
    this.name = name;
    this.links = links;
    this.#options = options;
    this.#configFile = join(directory, `${name}.ini`);
    mkdirSync(join(directory, 'marks'), { recursive: true });
    this.configure(0);
    const keeper = (daemon: string): Keeper =>
      new Keeper(
        `${daemon} of host ${name}`,
        [process.execPath, program.main, daemon, '--config', this.#configFile],
        join(directory, `${name}-${daemon}.log`),
      );
    this.dispatcher = keeper('dispatcher');
    this.pool = keeper('workerpool');
  }

  /** Another `version` is another configuration for some of the groups. */
  configure(version: number): void {
    const { name, directory, program, queueType, logLevel } = this.#options;
    const hosts = this.links.map(({ port }) => `127.0.0.1:${port}`).join(', ');
    const text = `
[amqp]
host = ${hosts}
heartbeat = 5
queue_type = ${queueType}

[taskqueue]
plugin_path = ${program.plugins}
user = ${userInfo().username}
workdir = ${directory}
log_level = ${logLevel}
unroutable_ttl = 10s
retry_delay = 250ms
retry_max_delay = 2s
stop_timeout = 4s
kill_timeout = 500ms

[DEFAULT]
host_name = ${name}
marks = ${join(directory, 'marks')}

[quick]
instances = 2
max_tasks = 150
version = ${version}

[sleeper]
subgroups = a, b
concurrency = 4

[sleeper_a]
version = ${version}

[flaky]
max_attempts = 3

[crasher]
instances = 2
max_crashes = 2
environment = NODE_OPTIONS=--max-old-space-size=48

[crowd]
concurrency = 4
max_crashes = 2

[looper]
task_timeout = 1s
`;
    writeFileSync(this.#configFile, text, { mode: 0o600 });
  }

  /** How often handlers on this host began with each workitem is added to `starts`. */
  countStarts(starts: Map<string, number>): void {
    const file = join(this.#options.directory, `starts-${this.name}`);
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
      const [id = ''] = line.split(' ');
      starts.set(id, (starts.get(id) ?? 0) + 1);
    }
  }

  async stop(): Promise<void> {
    for (const link of this.links) link.resume();
    for (const daemon of [this.dispatcher, this.pool]) daemon.signal('SIGCONT');
    await Promise.all([this.dispatcher.end('SIGTERM'), this.pool.end('SIGTERM')]);
    for (const link of this.links) link.close();
  }
}
