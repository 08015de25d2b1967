// What plugin authors extend. Public: 'taskqueue' exports everything here.
import { TaskqueueError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Headers, Properties } from '../workitem/message.ts';
import type { Workitem } from '../workitem/workitem.ts';

/** What a handler is told besides the workitem. */
export interface Context {
  /** Aborts when the handler is to end: its time is up, the pool stops, or somebody cancelled the workitem. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Writes to the pool manager's log; workitem, type and instance are in every line. */
  readonly logger: Logger;
  /** The keys of the configuration section that are not taskqueue's own. */
  readonly settings: Readonly<Record<string, string>>;
  /** Name of this process, such as `worker2_bifh1#1`. */
  readonly instance: string;
  /** The sender's W3C trace context, to be handed on; `undefined` where there is none. */
  readonly traceparent: string | undefined;
  /** Tells whoever watches how far the work is: a fraction from 0 to 1, and a short note. */
  progress(fraction: number, note?: string): void;
}

/** `this` in a function that is called by JSON-RPC. */
export interface RpcContext extends Context {
  /** Name of the method. */
  readonly method: string;
  /** The request, or the batch that it is in: headers, properties, the body as it came. */
  readonly workitem: Workitem;
}

/** What `reportResults` publishes through. */
export interface ReportChannel {
  /**
   * Publishes a persistent message; resolves once the broker has confirmed it and routed it to a queue. Rejects where
   * it did not, where the destination is not allowed (`taskqueue`, `taskqueue.*`, `worker_*`; option `may_publish`), or
   * where this workitem's delivery is gone, so that another worker will report it.
   */
  publish(exchange: string, routingKey: string, body: Buffer | string, properties?: ReportProperties): Promise<void>;
  /** Reports `result` the way it is done by default: to the sender's `reply_to`, or to `results_routing_key`. */
  report(result: unknown): Promise<void>;
}

export type ReportProperties = Properties & { readonly headers?: Headers };

/**
 * A kind of work. A plugin's worker module has a class that extends it as its default export; one instance is made in
 * each worker process, and lives as long as that process.
 */
export abstract class BaseWorker {
  /** Content types, or formats that they map to, which this worker takes: `application/json`, `text/*`. */
  static accept: readonly string[] = ['*/*'];

  /** The keys of the configuration section that are not taskqueue's own. */
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: Logger;

  constructor({ settings, logger }: WorkerInit) {
    this.settings = settings;
    this.logger = logger;
  }

  /**
   * Does the work. What it returns is the result: a workitem (in its own format), a Buffer (as it is) or any other
   * value (as JSON). What it throws is a failure, `RetryLater` and `Reject` excepted.
   */
  abstract handleTask(workitem: Workitem, context: Context): unknown;

  /**
   * Reports a finished workitem, or one that has failed for good (`workitem.error` is set, and `result` is that same
   * workitem). Override it to report elsewhere, or not at all. The workitem is settled once this has resolved.
   */
  async reportResults(channel: ReportChannel, _workitem: Workitem, result: unknown): Promise<void> {
    await channel.report(result);
  }
}

/** What a worker class is constructed with. */
export interface WorkerInit {
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

/** Thrown by a handler: try this workitem again after `delayMs` (at least 1 s, at most 17 years). */
export class RetryLater extends Error {
  readonly delayMs: number;

  constructor(delayMs: number, message = 'asked for another attempt') {
    super(message);
    this.name = 'RetryLater';
    if (!(delayMs >= 0)) throw new TaskqueueError('USAGE', `RetryLater wants a delay in ms, got ${String(delayMs)}`);
    this.delayMs = delayMs;
  }
}

/** Thrown by a function that is called by JSON-RPC: the caller's parameters are wrong, and always will be. */
export class InvalidParams extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'InvalidParams';
  }
}

/** Thrown by a handler: no repetition can help; park this workitem with `reason`. */
export class Reject extends Error {
  constructor(reason: string, options?: { cause?: unknown }) {
    super(reason, options);
    this.name = 'Reject';
  }
}
