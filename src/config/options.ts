// Every option of the configuration file, here and, for workers, in `worker-options.ts`: its name, what it may be, its
// default, and what the manual says about it. The only place where options are spelled; reading, `taskqueue check` and
// etc/config.ini all follow this table.
import type { AmqpConfig, GeneralConfig } from './config.ts';
import { absolutePath, duration, line, oneOf, optional, seconds, size, wholeNumber, yesNo } from './kinds.ts';
import type { OptionTable } from './option.ts';
import { contentType, contentTypeMap, type HostPort, hosts, paths, pluginNames } from './structured-kinds.ts';

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
  readonly queueType: AmqpConfig['queueType'];
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
export const GENERAL_OPTIONS: OptionTable<Omit<GeneralConfig, 'resultsRoutingKey'>> = {
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
