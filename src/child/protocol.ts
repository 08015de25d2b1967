// What a daemon and its child processes say to each other over fd 3. Each frame is a head (one of these values, as
// JSON) and a raw body. The daemon trusts nothing that a child says: `check-head.ts` checks every head that comes in.
import type { Properties } from '../workitem/message.ts';
import type { Envelope, WorkitemError } from '../workitem/workitem.ts';

/** Grows whenever a head changes its meaning. A child with another version is given no work. */
export const PROTOCOL_VERSION = 3;

/** A module of a plugin that brings a workitem format. */
export interface FormatModule {
  /** Content type, as the plugin's package.json names it. */
  readonly format: string;
  /** Absolute path. */
  readonly module: string;
}

/** What the process is to run. */
export interface WorkerModule {
  /** `class`: the default export is a worker class; `rpc`: the exported functions are methods for JSON-RPC. */
  readonly kind: 'class' | 'rpc';
  /** Absolute path. */
  readonly module: string;
}

/** First frame to a worker process. */
export interface WorkerSetup {
  readonly kind: 'setup';
  readonly type: string;
  readonly instance: string;
  readonly code: WorkerModule;
  readonly formats: readonly FormatModule[];
  readonly defaultWorkitemType: string;
  readonly workitemTypeMap: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly maxMessageSize: number;
  /** How many workitems at once. */
  readonly concurrency: number;
}

export interface Work {
  /** Names it from now on, in both directions. */
  readonly job: number;
  readonly envelope: Envelope;
  readonly attempt: number;
  /** Should it fail now, then for good: the plugin's `reportResults` is to be called. */
  readonly isLastAttempt: boolean;
}

export type ToWorker =
  | WorkerSetup
  /** Body: the workitem's. It begins at once. */
  | ({ readonly kind: 'work' } & Work)
  /** The same, but it begins when one before it has ended, and when it is its turn: see `turns.ts`. */
  | ({ readonly kind: 'lineUp' } & Work)
  /** Aborts the signal of the handler's context. */
  | { readonly kind: 'abort'; readonly job: number; readonly reason: 'timeout' | 'shutdown' | 'cancel' }
  /** The end of a `publish` call of the worker's; `error` where it did not work. */
  | { readonly kind: 'published'; readonly call: number; readonly error: string | null }
  /** Give no more: end when the running ones are done. */
  | { readonly kind: 'stop' };

/** How the handler ended. Where there is a result, it is the body of the frame. */
export type WorkerOutcome =
  /** `contentType` of the result in the body; `null` where the plugin's own `reportResults` has seen to it. */
  | { readonly kind: 'finished'; readonly contentType: string | null }
  /** The body holds the failed result, unless `contentType` is `null`: then it has been reported by the plugin. */
  | { readonly kind: 'threw'; readonly failure: WorkitemError; readonly contentType: string | null }
  /** As `threw`, but no repetition could help: the worker does not accept this format, or its result is too large. */
  | { readonly kind: 'unsupported'; readonly failure: WorkitemError; readonly contentType: string | null }
  /** As `threw`, but part of it has been done: it must not run again. */
  | { readonly kind: 'partly'; readonly failure: WorkitemError; readonly contentType: string | null }
  /** The body is not what its content type says. */
  | { readonly kind: 'unreadable'; readonly error: string }
  | { readonly kind: 'retryLater'; readonly delayMs: number; readonly error: string }
  | { readonly kind: 'rejected'; readonly error: string };

/** First frame of any child process. */
interface Hello {
  readonly kind: 'hello';
  readonly version: number;
  readonly release: string;
}

export type FromWorker =
  | Hello
  /** The plugin is loaded and takes work. */
  | { readonly kind: 'ready' }
  /** The plugin can't be loaded; the process ends. */
  | { readonly kind: 'unloadable'; readonly failure: WorkitemError }
  | { readonly kind: 'outcome'; readonly job: number; readonly outcome: WorkerOutcome }
  /** `channel.publish`, or `channel.report`, of the plugin's `reportResults`. */
  | {
      readonly kind: 'publish';
      readonly job: number;
      readonly call: number;
      /** `null`: as the pool would report it – the routing key and the correlation are the pool's business. */
      readonly target: { readonly exchange: string; readonly routingKey: string } | null;
      /** What a default report says the workitem did. */
      readonly status: 'finished' | 'failed';
      readonly properties: Properties;
      readonly headers: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'progress'; readonly job: number; readonly fraction: number; readonly note: string }
  | {
      readonly kind: 'log';
      /** `null`: not about a workitem. */
      readonly job: number | null;
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

/** To the process that reads plugins' formats for the dispatcher. */
export type ToFormatReader =
  | { readonly kind: 'setup'; readonly formats: readonly FormatModule[] }
  /** Which worker type does the body (the frame's) name? */
  | { readonly kind: 'route'; readonly job: number; readonly format: string };

export type FromFormatReader =
  | Hello
  | { readonly kind: 'ready' }
  | { readonly kind: 'routed'; readonly job: number; readonly type: string }
  | { readonly kind: 'unreadable'; readonly job: number; readonly error: string };
