// What `Client.connect` was told, checked: all mistakes are reported together, and none of them shows the password. Pure.
import type { AmqpOptions } from '../broker/amqp/broker.ts';
import type { QueueType } from '../broker/topology.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { parseSize } from '../core/size.ts';
import { hostsIn, optionsInUrl } from './address.ts';
import type { ClientLimits, ConnectOptions } from './connect-options.ts';
import { type Period, periodMs } from './period.ts';

export interface Settings {
  readonly amqp: AmqpOptions;
  readonly queueType: QueueType;
  readonly connectWithinMs: number;
  readonly keepTrying: boolean;
  readonly limits: ClientLimits;
  readonly hasEvents: boolean;
  readonly name: string;
  readonly logger: Logger;
}

const PLAIN_PORT = 5672;
const TLS_PORT = 5671;
const GUEST = 'guest';

/** @throws TaskqueueError `USAGE` */
export function settingsOf(target: string | ConnectOptions, more: ConnectOptions): Settings {
  const mistakes: string[] = [];
  const given = typeof target === 'string' ? { ...more, ...optionsInUrl(target, mistakes) } : { ...more, ...target };
  const options = withoutUndefined(given);
  checkKinds(options, mistakes);
  const settings = mistakes.length === 0 ? settingsFrom(options, mistakes) : undefined;
  if (settings !== undefined && mistakes.length === 0) return settings;
  throw new TaskqueueError('USAGE', `Client.connect: ${mistakes.join('; ')}`);
}

function settingsFrom(options: ConnectOptions, mistakes: string[]): Settings {
  const period = (name: string, value: Period): number => attempt(mistakes, 0, () => periodMs(name, value));
  return {
    amqp: amqpOptions(options, mistakes),
    queueType: options.queueType ?? null,
    connectWithinMs: period('connectTimeout', options.connectTimeout ?? 10_000),
    keepTrying: options.keepTrying ?? false,
    limits: {
      confirmWithinMs: period('confirmTimeout', options.confirmTimeout ?? 30_000),
      callWithinMs: period('callTimeout', options.callTimeout ?? 60_000),
      maxMessageSize: sizeOf(options.maxMessageSize ?? '12M', mistakes),
    },
    hasEvents: options.events ?? true,
    name: options.name ?? 'taskqueue client',
    logger: options.logger ?? silentLogger,
  };
}

function amqpOptions(options: ConnectOptions, mistakes: string[]): AmqpOptions {
  const { user = GUEST, passwd = GUEST, vhost = '/', tls = false, heartbeat = 10 } = options;
  const port = options.port ?? (tls ? TLS_PORT : PLAIN_PORT);
  const { ca = null, cert = null, key = null } = options;
  if (!tls && (ca ?? cert ?? key) !== null) mistakes.push('ca, cert and key mean nothing without tls');
  if ((cert === null) !== (key === null)) mistakes.push('cert and key go together');
  return {
    hosts: hostsIn(options.host ?? 'localhost', port, mistakes),
    user,
    password: passwd,
    vhost,
    tls: tls ? { ca, cert, key } : null,
    heartbeatSeconds: heartbeat,
  };
}

type Rule = readonly [isRight: (value: unknown) => boolean, wanted: string];

const text: Rule = [(value) => typeof value === 'string' && value !== '', 'a text that is not empty'];
const truth: Rule = [(value) => typeof value === 'boolean', 'true or false'];
const whole = (least: number, most: number): Rule => [
  (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  `a whole number from ${least} to ${most}`,
];
/** Checked where it is read. */
const any: Rule = [() => true, 'anything'];

const RULES: Readonly<Record<keyof ConnectOptions, Rule>> = {
  host: text,
  port: whole(1, 65535),
  user: text,
  passwd: [(value) => typeof value === 'string', 'a text'],
  vhost: text,
  tls: truth,
  ca: text,
  cert: text,
  key: text,
  heartbeat: whole(0, 3600),
  queueType: [(value) => value === 'classic' || value === 'quorum', "'classic' or 'quorum'"],
  connectTimeout: any,
  keepTrying: truth,
  confirmTimeout: any,
  callTimeout: any,
  maxMessageSize: any,
  events: truth,
  name: text,
  logger: [(value) => typeof value === 'object' && value !== null, 'an object with debug, info, warn and error'],
};

function checkKinds(options: ConnectOptions, mistakes: string[]): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof ConnectOptions] : undefined;
    if (rule === undefined) mistakes.push(`there is no option ${name} (there are ${Object.keys(RULES).join(', ')})`);
    else if (!rule[0](value)) mistakes.push(`${name} must be ${rule[1]}`);
  }
}

function sizeOf(size: number | string, mistakes: string[]): number {
  const bytes = typeof size === 'string' ? parseSize(size) : size;
  if (Number.isSafeInteger(bytes) && (bytes as number) > 0) return bytes as number;
  mistakes.push('maxMessageSize must be a number of bytes, or a text such as 64K');
  return 0;
}

function attempt<T>(mistakes: string[], otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (err) {
    mistakes.push(messageOf(err));
    return otherwise;
  }
}

function withoutUndefined(options: ConnectOptions): ConnectOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
