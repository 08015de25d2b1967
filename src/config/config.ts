// The configuration as the rest of the product sees it: checked, complete, frozen. How it is written stands in
// `options.ts`; how it comes about, in `parse.ts`, `resolve-*.ts` and `load.ts`.
import type { LogLevel } from '../core/logger.ts';

export interface AmqpConfig {
  /** Tried in turn. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
  /** `null`: not encrypted. Files are read when connecting. */
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null } | null;
  readonly heartbeatSeconds: number;
  /** `null` leaves it to the vhost's default queue type. */
  readonly queueType: 'classic' | 'quorum' | null;
}

/** Section `[taskqueue]`, without the worker options that it may hold for all types. */
export interface GeneralConfig {
  /** Names of the plugins that may run; `null` = all that are installed. */
  readonly plugins: readonly string[] | null;
  /** For results of types that have no section of their own; '' = results are not published. */
  readonly resultsRoutingKey: string;
  readonly defaultWorkitemType: string;
  /** Content type → format. */
  readonly workitemTypeMap: Readonly<Record<string, string>>;
  readonly pluginPath: readonly string[];
  readonly logLevel: LogLevel;
  /** `auto`: readable lines on a terminal, prefixed ones for the journal. */
  readonly logFormat: 'auto' | 'json';
  readonly unroutableTtlMs: number;
  /** bytes, of a body that we publish */
  readonly maxMessageSize: number;
}

/** What every group of every type has. Durations in ms, sizes in bytes, `null` = none. */
export interface WorkerOptions {
  /** `null`: `taskqueue-worker` where the pool manager is root, else the pool manager's own user. */
  readonly user: string | null;
  readonly resultsRoutingKey: string;
  readonly concurrency: number;
  /** `null`: not configured – 1, unless the sender asks for more. */
  readonly maxAttempts: number | null;
  readonly retryDelayMs: number;
  readonly retryMaxDelayMs: number;
  readonly maxCrashes: number;
  readonly taskTimeoutMs: number | null;
  readonly killTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly maxTasks: number | null;
  readonly maxMemory: number | null;
  readonly workdir: string | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Where `channel.publish` may publish: routing keys, or `exchange/routing key`; `*` at the end. `null` = anywhere allowed. */
  readonly mayPublish: readonly string[] | null;
}

/** The instances of one type that share their settings: `[T]`, or `[T_G]` for a type with groups. */
export interface GroupConfig {
  readonly type: string;
  /** `null` where the type is not divided into groups. */
  readonly group: string | null;
  /** `worker1`, `worker2_bifh1`: instances are called `<name>#<n>`. */
  readonly name: string;
  readonly instances: number;
  readonly options: WorkerOptions;
  /** All other keys: for the plugin. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether the file has a section of its own for this group or its type. */
  readonly isConfigured: boolean;
}

export interface Config {
  /** The files that it was read from, in order; those that do not exist are not among them. */
  readonly files: readonly string[];
  readonly amqp: AmqpConfig;
  readonly general: GeneralConfig;
  /** One for each group of each installed type, in the order of the types' names. */
  readonly groups: readonly GroupConfig[];
}

/** A mistake stops a daemon from starting; a warning or a note does not. */
export interface Finding {
  readonly severity: 'mistake' | 'warning' | 'note';
  /** `file:line`, as far as known. */
  readonly place: string;
  readonly section: string | null;
  readonly key: string | null;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}
