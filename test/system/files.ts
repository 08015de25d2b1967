// Which files there are in the machine: to see what a purge leaves behind.
import type { Machine } from '../support/debian-13/machine.ts';

/** Others write there whenever they like: the system's own state, and RabbitMQ's. */
const NOT_OURS = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/tmp',
  '/root',
  '/var/tmp',
  '/var/log',
  '/var/cache',
  '/var/lib/apt',
].concat(['/var/lib/dpkg', '/var/lib/rabbitmq', '/var/lib/systemd', '/etc/rabbitmq', '/var/backups']);
/** What sysusers changes, and the copies that it makes. */
const USERS = /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^\/etc\/\.(pwd|updated)/;

export async function filesOf(machine: Machine): Promise<string[]> {
  const prune = NOT_OURS.map((path) => `-path ${path}`).join(' -o ');
  const list = await machine.output(`find / \\( ${prune} \\) -prune -o -printf '%p %M %u %g\\n' | sort`);
  return list.split('\n').filter((line) => !USERS.test(line.split(' ')[0] ?? ''));
}

let before: readonly string[] | undefined;

export async function rememberFiles(machine: Machine): Promise<void> {
  before = await filesOf(machine);
}

/** What has come, and what has gone, since `rememberFiles`. */
export async function changedFiles(machine: Machine): Promise<{ readonly come: string[]; readonly gone: string[] }> {
  const now = await filesOf(machine);
  if (before === undefined) throw new Error('nobody has looked before');
  const [old, current] = [new Set(before), new Set(now)];
  return { come: now.filter((line) => !old.has(line)), gone: before.filter((line) => !current.has(line)) };
}
