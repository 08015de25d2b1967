// Our side of a comparison: a dispatcher and a pool of the product, with workers that do nothing, on a vhost.
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { QueueType } from './client.ts';
import { Program } from './program.ts';
import type { Stage } from './stage.ts';

const NOOP = fileURLToPath(new URL('../programs/noop', import.meta.url));

export const READY = / ready type=\S+ instance=(\S+) pid=(\d+)/;

export class System {
  readonly #stage: Stage;
  readonly #configFile: string;

  /** @param types worker types, each with its number of processes */
  constructor(stage: Stage, url: string, queueType: QueueType, types: Readonly<Record<string, number>>) {
    this.#stage = stage;
    const directory = mkdtempSync(join(stage.directory, 'system-'));
    this.#configFile = join(directory, 'config.ini');
    const plugins = join(directory, 'plugins');
    mkdirSync(join(plugins, 'noop'), { recursive: true });
    cpSync(NOOP, join(plugins, 'noop'), { recursive: true });
    const workers = Object.fromEntries(Object.keys(types).map((type) => [type, './worker.js']));
    const manifest = { name: 'noop', version: '1.0.0', type: 'module', taskqueue: { workers } };
    writeFileSync(join(plugins, 'noop/package.json'), JSON.stringify(manifest));
    const { hostname, port, pathname } = new URL(url);
    const lines = [
      '[amqp]',
      `host = ${hostname}`,
      `port = ${port}`,
      `vhost = ${pathname.slice(1)}`,
      ...(queueType === 'quorum' ? ['queue_type = quorum'] : []),
      '[taskqueue]',
      `plugin_path = ${plugins}`,
      `user = ${userInfo().username}`, // the system user that workers run as by default need not exist here
      `workdir = ${directory}`,
      ...Object.entries(types).flatMap(([type, instances]) => [`[${type}]`, `instances = ${instances}`]),
    ];
    writeFileSync(this.#configFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  start(daemon: 'dispatcher' | 'workerpool', env: NodeJS.ProcessEnv = {}): Program {
    const args = [...nodeOptions(daemon), join(this.#stage.dist, 'cli/main.js'), daemon, '--config', this.#configFile];
    return new Program(daemon, process.execPath, args, { env, speaksOn: 'stderr' });
  }

  /** Resolves when it is connected. It consumes a moment later. */
  async dispatcher(): Promise<Program> {
    const dispatcher = this.start('dispatcher');
    await dispatcher.line(/connected/);
    return dispatcher;
  }

  /** Resolves when so many worker processes are ready. */
  async pool(processes: number): Promise<Pool> {
    const pool = this.start('workerpool');
    const pids: number[] = [];
    for (let ready = 0; ready < processes; ready++) pids.push(Number((await pool.line(READY))[2]));
    return { program: pool, pids };
  }

  /** As systemd starts it, with a pipe in the place of systemd's socket: what the daemon tells there are its lines. */
  startNotifying(daemon: 'dispatcher' | 'workerpool'): Program {
    const handOver = 'export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=notify; exec "$@" 3>&1 >&2 2>/dev/null';
    const command = [process.execPath, join(this.#stage.dist, 'cli/main.js'), daemon, '--config', this.#configFile];
    return new Program(daemon, '/bin/sh', ['-c', handOver, 'sh', ...command], { speaksOn: 'stdout' });
  }
}

export interface Pool {
  readonly program: Program;
  /** Of its worker processes. */
  readonly pids: readonly number[];
}

/** BENCH_PROFILE_DISPATCHER=FOLDER, BENCH_PROFILE_WORKERPOOL=FOLDER: where node shall put its profile. */
function nodeOptions(daemon: string): string[] {
  const folder = process.env[`BENCH_PROFILE_${daemon.toUpperCase()}`];
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}
