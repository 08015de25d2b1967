// One RabbitMQ node as a value: where it is, and how it is told something. Plain data, so that the process that started
// the node can hand it to those that run the tests.
import { join } from 'node:path';
import { libraryPath } from '../debian.ts';
import { outputOf } from '../run.ts';
import type { Installation } from './installation.ts';

export interface RabbitmqNode {
  readonly installation: Installation;
  /** Data, log, configuration and HOME of this node. */
  readonly directory: string;
  /** `name@localhost` */
  readonly nodename: string;
  readonly host: string;
  readonly amqpPort: number;
  readonly distributionPort: number;
  readonly epmdPort: number;
  /** The vhost `/` as guest. */
  readonly url: string;
}

const LOOPBACK_ONLY = '-kernel inet_dist_use_interface {127,0,0,1}';
/** Schedulers that wait without turning in circles: the machine has other things to do. */
const CALM = '+sbwt none +sbwtdcpu none +sbwtdio none';

/** The environment of everything that runs as, or talks to, this node. Nothing of RabbitMQ's comes from outside. */
export function environmentOf(node: RabbitmqNode): NodeJS.ProcessEnv {
  const { installation, directory } = node;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(RABBITMQ|ERL|NODE_OPTIONS|VITEST)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: directory,
    PATH: `${installation.erlangBin}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    LANG: 'C.UTF-8',
    ...(installation.enter.length === 0 ? { LD_LIBRARY_PATH: libraryPath(installation.folder) } : {}),
    ERL_EPMD_PORT: String(node.epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: '/dev/null',
    RABBITMQ_NODENAME: node.nodename,
    RABBITMQ_NODE_IP_ADDRESS: node.host,
    RABBITMQ_NODE_PORT: String(node.amqpPort),
    RABBITMQ_DIST_PORT: String(node.distributionPort),
    RABBITMQ_MNESIA_BASE: join(directory, 'data'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(directory, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(directory, 'rabbitmq.pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${LOOPBACK_ONLY} ${CALM}`,
    RABBITMQ_CTL_ERL_ARGS: LOOPBACK_ONLY,
  };
}

/** A command line for a program of the installation. */
export function commandOf(node: RabbitmqNode, program: string, args: readonly string[]): [string, string[]] {
  const [command, ...rest] = [...node.installation.enter, program, ...args];
  return [command as string, rest];
}

/** Takes 1–2 s, as its program is big: `evaluate` is the quick way. */
export function rabbitmqctl(node: RabbitmqNode, ...args: string[]): Promise<string> {
  const [command, rest] = commandOf(node, join(node.installation.sbin, 'rabbitmqctl'), args);
  return outputOf(command, rest, { env: environmentOf(node) });
}

let asked = 0;

/**
 * Evaluates Erlang inside the running node, in a few ms; the answer is the printed term. An exception there is an
 * answer too (`{'EXIT',…}`) and becomes an error here.
 */
export async function evaluate(node: RabbitmqNode, expression: string): Promise<string> {
  const address = ['-address', `localhost:${node.distributionPort}`];
  const input = `${expression}.\n`;
  const program = join(node.installation.erlangBin, 'erl_call');
  // `-r` would take the same "random" name for two that are asked in the same second, and the node refuses the second.
  const name = `test${process.pid}x${asked++}`;
  const [command, args] = commandOf(node, program, [...address, '-h', name, '-timeout', '30', '-e']);
  const answer = await outputOf(command, args, { env: environmentOf(node), input });
  const term = /^\{ok, ([\s\S]*)\}$/.exec(answer.trim())?.[1];
  if (term === undefined || term.startsWith("{'EXIT'")) throw new Error(`${expression} in ${node.nodename}: ${answer}`);
  return term;
}
