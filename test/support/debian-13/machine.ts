// A Debian 13 that runs: its own systemd as PID 1, its own RabbitMQ, no network, all in namespaces that end with us.
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawnGuarded } from '../guard.ts';
import { type RunResult, run } from '../run.ts';
import { until } from '../until.ts';
import { OWN_NAMESPACES } from './packages.ts';

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const ENVIRONMENT = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ...[
    'HOME=/root',
    'LANG=C.UTF-8',
    'TERM=dumb',
    'DEBIAN_FRONTEND=noninteractive',
    'SYSTEMD_PAGER=',
    'SYSTEMD_COLORS=0',
  ],
];
const BOOT_DEADLINE_MS = 60_000;
const COMMAND_DEADLINE_MS = 30_000;

export class Machine {
  readonly #unshare: ChildProcess;
  #console = '';

  private constructor(unshare: ChildProcess) {
    this.#unshare = unshare;
    for (const stream of [unshare.stdout, unshare.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#console += text;
      });
    }
  }

  /** @param share a directory whose copy is in /root/share @returns once it has booted, RabbitMQ included */
  static async boot(root: string, share: string): Promise<Machine> {
    const name = `taskqueue-test-${process.pid}`;
    const inside = ['bash', script('in-overlay.sh'), root, 'bash', script('boot.sh'), name, share];
    const machine = new Machine(spawnGuarded('unshare', [...OWN_NAMESPACES, ...inside], { stdio: 'pipe' }));
    await machine.#untilBooted();
    return machine;
  }

  /** Runs a script of bash as root. */
  async run(text: string, deadlineMs = COMMAND_DEADLINE_MS): Promise<RunResult> {
    const init = this.#init();
    if (init === undefined) return { exitCode: null, stdout: '', stderr: 'the system is not up\n' };
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd'];
    const bash = ['bash', '-euo', 'pipefail', '-c', `cd /root; ${text}`];
    return run(
      'nsenter',
      ['--target', String(init), ...namespaces, 'env', '--ignore-environment', ...ENVIRONMENT, ...bash],
      {
        deadlineMs,
      },
    );
  }

  /** What it prints; an error with all of its output where it fails. */
  async output(text: string, deadlineMs = COMMAND_DEADLINE_MS): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(text, deadlineMs);
    if (exitCode === 0) return stdout.trimEnd();
    const how = exitCode === null ? `was ended after ${deadlineMs / 1000} s` : `ended with ${exitCode}`;
    throw new Error(`in the machine, this ${how}:\n${text}\n${stdout}${stderr}`);
  }

  /** Asks again until the script succeeds; what it prints then. */
  async untilOutput(text: string, deadlineMs = COMMAND_DEADLINE_MS): Promise<string> {
    let last: RunResult | undefined;
    try {
      await until(
        async () => {
          last = await this.run(text);
          return last.exitCode === 0;
        },
        text,
        deadlineMs,
      );
    } catch (cause: unknown) {
      throw new Error(`in the machine, this never succeeded:\n${text}\n${last?.stdout}${last?.stderr}`, { cause });
    }
    return (last?.stdout ?? '').trimEnd();
  }

  async reboot(): Promise<void> {
    const before = await this.output(
      'cat /proc/sys/kernel/random/boot_id; stat --format=%Y /proc/1; readlink /proc/1/ns/pid',
    );
    await this.run('systemctl reboot');
    await until(
      async () => {
        const now = await this.run(
          'cat /proc/sys/kernel/random/boot_id; stat --format=%Y /proc/1; readlink /proc/1/ns/pid',
        );
        return now.exitCode === 0 && now.stdout.trimEnd() !== before;
      },
      `another boot\n${this.#console}`,
      BOOT_DEADLINE_MS,
    );
    await this.#untilBooted();
  }

  /** For the message of a test that failed. */
  async story(): Promise<string> {
    const about = 'systemctl --no-pager --full status "taskqueue-*" || true; journalctl --no-pager --lines=120 || true';
    const { stdout, stderr } = await this.run(about);
    return `${stdout}${stderr}\nconsole:\n${this.#console.slice(-4000)}`;
  }

  stop(): void {
    this.#unshare.kill('SIGKILL');
  }

  async #untilBooted(): Promise<void> {
    let said = '';
    await until(
      async () => {
        if (this.#unshare.exitCode !== null) throw new Error(`the system has ended:\n${this.#console}`);
        const { stdout, stderr } = await this.run('systemctl is-system-running; systemctl is-active rabbitmq-server');
        said = stdout + stderr;
        // Its state may be "degraded": what this machine's kernel lacks is not what is tested.
        return (
          /^(running|degraded)\n/.test(stdout) || (await this.run('systemctl is-active rabbitmq-server')).exitCode === 0
        );
      },
      'booting',
      BOOT_DEADLINE_MS,
    ).catch((cause: unknown) => {
      throw new Error(`this machine can't boot a Debian in a container:\n${said}\n${this.#console}`, { cause });
    });
    await this.untilOutput(
      'systemctl is-active rabbitmq-server && rabbitmqctl --quiet status > /dev/null',
      BOOT_DEADLINE_MS,
    );
  }

  /** Its systemd, as we see it: the process below ours that is number 1 in a namespace of processes of its own. */
  #init(): number | undefined {
    const left = [this.#unshare.pid as number];
    for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
      const numbers = /^NSpid:\s+(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1]?.split('\t') ?? [];
      // Ours, that of `unshare`, that of systemd-nspawn.
      if (numbers.length > 2 && numbers.at(-1) === '1' && read(`/proc/${pid}/comm`) === 'systemd\n') return pid;
      left.push(...childrenOf(pid));
    }
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Empty where the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
