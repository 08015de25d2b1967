// Every option of the configuration file: its name, what it may be, its default, and what the manual says about it.
// The only place where options are spelled; reading, `taskqueue check` and etc/config.ini all follow this table.
import type { LogLevel, WorkerOptions } from './config.ts';
import {
  absolutePath,
  duration,
  type Kind,
  line,
  oneOf,
  optional,
  orEmpty,
  orNone,
  seconds,
  shown,
  size,
  wholeNumber,
  yesNo,
} from './kinds.ts';
import {
  contentType,
  contentTypeMap,
  destinations,
  environment,
  type HostPort,
  hosts,
  paths,
  pluginNames,
} from './structured-kinds.ts';

export interface Option<T> {
  /** As it is written in the file. */
  readonly key: string;
  readonly kind: Kind<T>;
  readonly fallback: T;
  /** One or two sentences for the manual. */
  readonly doc: string;
  /** The default as the manual shows it, where `fallback` cannot be written. */
  readonly shown?: string;
  /** What the manual shows where there is no default. */
  readonly example?: string;
}

/** One option for each field of `Values`. */
export type OptionTable<Values> = { readonly [Field in keyof Values]: Option<Values[Field]> };

/** Section `[amqp]` as it is written. Nothing is inherited into it. */
export interface AmqpOptions {
  readonly hosts: readonly HostPort[];
  readonly port: number | null;
  readonly user: string;
  readonly password: string | null;
  readonly passwordFile: string | null;
  readonly vhost: string;
  readonly isEncrypted: boolean;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly heartbeatSeconds: number;
  readonly queueType: 'classic' | 'quorum' | null;
}

export const AMQP_PORT = 5672;
export const AMQPS_PORT = 5671;
export const GUEST = 'guest';

export const AMQP_OPTIONS: OptionTable<AmqpOptions> = {
  hosts: {
    key: 'host',
    kind: hosts,
    fallback: [{ host: 'localhost', port: null }],
    doc: 'Where RabbitMQ is. A comma-separated list of host or host:port is tried in turn.',
  },
  port: {
    key: 'port',
    kind: optional(wholeNumber(1, 65535)),
    fallback: null,
    doc: `The port of the hosts that name none; ${AMQP_PORT}, or ${AMQPS_PORT} with tls.`,
    shown: String(AMQP_PORT),
  },
  user: { key: 'user', kind: line(), fallback: GUEST, doc: 'The broker user to log in as.' },
  password: {
    key: 'passwd',
    kind: optional(line()),
    fallback: null,
    doc: 'The password of that user. It may hold any character, but no blank followed by ";", which begins a comment.',
    shown: GUEST,
  },
  passwordFile: {
    key: 'passwd_file',
    kind: optional(line()),
    fallback: null,
    doc: 'A file that holds the password, instead of passwd. Without "/", it is a credential of the systemd unit (LoadCredential=).',
    example: '/etc/taskqueue/amqp-password',
  },
  vhost: { key: 'vhost', kind: line(), fallback: '/', doc: 'The virtual host, exactly as RabbitMQ lists it.' },
  isEncrypted: {
    key: 'tls',
    kind: yesNo,
    fallback: false,
    doc: 'Whether to encrypt the connection, and check who answers.',
  },
  ca: {
    key: 'ca',
    kind: optional(absolutePath),
    fallback: null,
    doc: "With tls: a PEM file with the authorities to trust, instead of Node's own list.",
    example: '/etc/ssl/certs/ca-certificates.crt',
  },
  cert: {
    key: 'cert',
    kind: optional(absolutePath),
    fallback: null,
    doc: 'With tls: our certificate, where the broker asks for one; key goes with it.',
    example: '/etc/taskqueue/client.crt',
  },
  key: {
    key: 'key',
    kind: optional(absolutePath),
    fallback: null,
    doc: 'With tls: the private key of our certificate.',
    example: '/etc/taskqueue/client.key',
  },
  heartbeatSeconds: {
    key: 'heartbeat',
    kind: seconds(3600),
    fallback: 10,
    doc: 'How often, in seconds, both sides show that they are alive; a connection that is silent for two of these is given up. 0 turns it off.',
  },
  queueType: {
    key: 'queue_type',
    kind: optional(oneOf('quorum', 'classic')),
    fallback: null,
    doc: "The kind of queue for taskqueue, worker_* and results: quorum or classic. Left out, the vhost's default decides. Queues that exist stay as they are.",
    example: 'quorum',
  },
};

/** Section `[taskqueue]`, without the worker options that it may hold for all types. */
export interface GeneralOptions {
  readonly plugins: readonly string[] | null;
  readonly defaultWorkitemType: string;
  readonly workitemTypeMap: Readonly<Record<string, string>>;
  readonly pluginPath: readonly string[];
  readonly logLevel: LogLevel;
  readonly logFormat: 'auto' | 'json';
  readonly unroutableTtlMs: number;
  readonly maxMessageSize: number;
}

export const GENERAL_OPTIONS: OptionTable<GeneralOptions> = {
  plugins: {
    key: 'workers',
    kind: pluginNames,
    fallback: null,
    doc: 'Names of the plugins (npm packages) that may run, comma-separated; * is all that are installed.',
  },
  defaultWorkitemType: {
    key: 'default_workitem_type',
    kind: contentType,
    fallback: 'application/json',
    doc: 'The content type of a workitem that has none.',
  },
  workitemTypeMap: {
    key: 'workitem_type_map',
    kind: contentTypeMap,
    fallback: { 'application/json': 'application/x-ruote-workitem', 'text/plain': 'application/x-basic-workitem' },
    doc: 'Which workitem format reads which content type. It replaces the built-in map, which is shown here.',
  },
  pluginPath: {
    key: 'plugin_path',
    kind: paths(absolutePath),
    fallback: ['/usr/lib/taskqueue/plugins', '/usr/local/lib/taskqueue/plugins'],
    doc: 'Where plugins are looked for: directories between colons, and their node_modules.',
  },
  logLevel: {
    key: 'log_level',
    kind: oneOf('debug', 'info', 'warn', 'error'),
    fallback: 'info',
    doc: 'The least important lines that are logged: debug, info, warn or error.',
  },
  logFormat: {
    key: 'log_format',
    kind: oneOf('auto', 'json'),
    fallback: 'auto',
    doc: 'json writes one JSON object per line; auto writes for a terminal, or for the journal, whichever is there.',
  },
  unroutableTtlMs: {
    key: 'unroutable_ttl',
    kind: duration(1000),
    fallback: 86_400_000,
    doc: 'How long a workitem whose type has no queue waits for one, before it is parked in taskqueue.dead.',
  },
  maxMessageSize: {
    key: 'max_message_size',
    kind: size(1024, 512 * 1024 ** 2),
    fallback: 12 * 1024 ** 2,
    doc: "The largest body that is published, workitem or result. The broker's own limit (16M in RabbitMQ 4) must be higher.",
  },
};

/** Options of `[DEFAULT]`, `[taskqueue]`, the section of a type and that of a group: the nearest counts. */
export const WORKER_OPTIONS: OptionTable<WorkerOptions> = {
  user: {
    key: 'user',
    kind: optional(
      line((text) => (/^[^\s:/,-][^\s:/,]*$/.test(text) ? undefined : `${shown(text)} is no name of a user`)),
    ),
    fallback: null,
    doc: "The system user that the worker processes run as, with the groups it is in. Left out: taskqueue-worker where the pool manager is root, else the pool manager's own user.",
    shown: 'taskqueue-worker',
  },
  resultsRoutingKey: {
    key: 'results_routing_key',
    kind: orEmpty(line((text) => (Buffer.byteLength(text) <= 255 ? undefined : 'a routing key has at most 255 bytes'))),
    fallback: 'results',
    doc: 'Where results go that have no reply_to: the name of a queue. Empty: they are not published.',
  },
  concurrency: {
    key: 'concurrency',
    kind: wholeNumber(1, 1000),
    fallback: 1,
    doc: 'How many workitems one process handles at the same time.',
  },
  maxAttempts: {
    key: 'max_attempts',
    kind: optional(wholeNumber(1, 1_000_000)),
    fallback: null,
    doc: 'How often a workitem whose handler throws is tried. Left out: once, unless its sender asks for more.',
    shown: '1',
  },
  retryDelayMs: {
    key: 'retry_delay',
    kind: duration(0),
    fallback: 5_000,
    doc: 'How long a workitem waits for its second attempt; the delay doubles with each further one.',
  },
  retryMaxDelayMs: {
    key: 'retry_max_delay',
    kind: duration(0),
    fallback: 3_600_000,
    doc: 'The longest such delay.',
  },
  maxCrashes: {
    key: 'max_crashes',
    kind: wholeNumber(1, 1_000_000),
    fallback: 3,
    doc: 'How many worker processes may die at one workitem, before it is parked.',
  },
  taskTimeoutMs: {
    key: 'task_timeout',
    kind: orNone(duration(1)),
    fallback: null,
    doc: 'How long a handler may run. It is asked to stop then, and killed after kill_timeout.',
  },
  killTimeoutMs: {
    key: 'kill_timeout',
    kind: duration(0),
    fallback: 10_000,
    doc: 'How long a handler whose time is up may take to stop, before its process is killed.',
  },
  stopTimeoutMs: {
    key: 'stop_timeout',
    kind: duration(0),
    fallback: 30_000,
    doc: 'How long running workitems may take to finish when the pool manager stops; then they go back to the broker.',
  },
  startTimeoutMs: {
    key: 'start_timeout',
    kind: duration(1),
    fallback: 30_000,
    doc: 'How long a worker process may take until it is ready.',
  },
  maxTasks: {
    key: 'max_tasks',
    kind: orNone(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    fallback: null,
    doc: 'After how many workitems a process is replaced by a new one.',
  },
  maxMemory: {
    key: 'max_memory',
    kind: orNone(size(1024 ** 2, 1024 ** 5)),
    fallback: null,
    doc: 'At how much memory (64M, 1G) a process is replaced by a new one, once its workitems are done.',
  },
  workdir: {
    key: 'workdir',
    kind: optional(absolutePath),
    fallback: null,
    doc: "The directory that the processes work in. Left out: /var/lib/taskqueue/<type> where that exists, else the user's home.",
    example: '/var/lib/taskqueue/simplebuilder',
  },
  environment: {
    key: 'environment',
    kind: environment,
    fallback: {},
    doc: 'Variables for the processes, NAME=value between commas or on lines of their own; "NAME=a,b" may hold commas.',
    example: 'LANG=C.UTF-8, DEB_BUILD_OPTIONS=nocheck',
  },
  mayPublish: {
    key: 'may_publish',
    kind: destinations,
    fallback: null,
    doc: 'Where a plugin that reports results itself may publish: routing keys or exchange/routing-key, with * at the end for any ending. * is anywhere, nothing is nowhere.',
  },
};

/** How many processes, and which groups: read by `level.ts`, since what `workers` means depends on its section. */
export const COUNT_KEYS = { instances: 'instances', workers: 'workers', subgroups: 'subgroups' } as const;

interface CountDoc {
  readonly key: string;
  readonly shown: string;
  readonly doc: string;
}

export const COUNT_DOCS: readonly [CountDoc, CountDoc] = [
  {
    key: COUNT_KEYS.instances,
    shown: '1',
    doc: 'How many worker processes run for a type, or for each of its groups; 0 = none. May be written workers, too, except in [taskqueue].',
  },
  {
    key: COUNT_KEYS.subgroups,
    shown: 'group1, group2',
    doc: 'Only in the section of a type: names of groups, each with processes, and a section [<type>_<group>], of its own. May be written workers, too.',
  },
];

export const DEFAULT_INSTANCES = 1;

export const keysOf = <Values>(table: OptionTable<Values>): string[] =>
  Object.values<Option<unknown>>(table as Record<string, Option<unknown>>).map((option) => option.key);
