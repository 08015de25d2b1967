// What the cases share: how work is sent and its result read inside the machine, and the files that are there.
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from '../support/debian-13/machine.ts';

export type Host = () => Machine;

export const DISPATCHER = 'taskqueue-dispatcher';
export const WORKERPOOL = 'taskqueue-workerpool';
export const BOTH = `${DISPATCHER} ${WORKERPOOL}`;
/** Where the packages are, and what else the tests have brought. */
export const PACKAGES = '/root/share/first';
export const NEXT_PACKAGES = '/root/share/next';
export const CONFIG = '/etc/taskqueue/config.ini';
/** Where the tests that take the daemons' files away have a copy of the command. */
export const SPARE = '/root/spare';
/** A copy, for senders who have nothing to do with the state that the daemons' own is in. */
const CLIENT_CONFIG = '/root/client.ini';
const BROKER = 'amqp://taskqueue:a%20good%20password@localhost/taskqueue';

/** Sends a workitem, and reads the one result that follows. */
export async function work(machine: Machine, type: string, body: unknown, deadlineMs = 30_000): Promise<string> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await machine.output(`test -e ${CLIENT_CONFIG} || cp ${CONFIG} ${CLIENT_CONFIG}
    timeout 10 sh -c 'while amqp-get -u "${BROKER}" -q results; do :; done' > /dev/null 2>&1 || true
    PATH=$PATH:${SPARE}/bin taskqueue send --config ${CLIENT_CONFIG} ${quoted(type)} ${quoted(text)} > /dev/null`);
  return result(machine, deadlineMs);
}

/** The next result that comes. */
export function result(machine: Machine, deadlineMs = 30_000): Promise<string> {
  const seconds = deadlineMs / 1000;
  return machine.output(
    `timeout ${seconds} sh -c 'until amqp-get -u "${BROKER}" -q results; do sleep 0.1; done' 2> /dev/null`,
    deadlineMs + 5_000,
  );
}

/** With a line at the end of the configuration that is a mistake; afterwards it is as before, whatever happened. */
export async function withMistake(machine: Machine, during: () => Promise<void>): Promise<void> {
  await machine.output(`cp -p ${CONFIG} /root/config.ini; printf '[first]\\ninstances = many\\n' >> ${CONFIG}`);
  try {
    await during();
  } finally {
    await machine.output(`cp -p /root/config.ini ${CONFIG}`);
  }
}

/** What a command prints, and its exit code, when the plugin `shell` runs it in a worker process. */
export async function inWorker(
  machine: Machine,
  command: string,
  type = 'shell',
): Promise<{ code: number; output: string }> {
  return JSON.parse(await work(machine, type, { command }, 60_000));
}

/** One property of a unit. */
export function property(machine: Machine, unit: string, name: string): Promise<string> {
  return machine.output(`systemctl show --property=${name} --value ${unit}`);
}

/** Fit for a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Writes a file in the machine. */
export async function write(machine: Machine, path: string, content: string): Promise<void> {
  await machine.output(`mkdir -p "$(dirname ${quoted(path)})"; printf %s ${quoted(content)} > ${quoted(path)}`);
}

/** This machine's npm, for the other one, which has no network to get its own. */
export function copyNpm(share: string): void {
  const cli = process.env.npm_execpath ?? '/usr/lib/node_modules/npm/bin/npm-cli.js';
  cpSync(dirname(dirname(cli)), join(share, 'npm'), { recursive: true, dereference: true });
}
