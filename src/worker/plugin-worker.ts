// A plugin's worker class, from its module to an instance that takes work. What a plugin's author may get wrong is said
// in one sentence each.
import { TaskqueueError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Workitem } from '../workitem/workitem.ts';
import { BaseWorker, type Context, type ReportChannel, type WorkerInit } from './base-worker.ts';

export interface PluginWorker {
  readonly accept: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  handleTask(workitem: Workitem, context: Context): unknown;
  /** `undefined` where results are reported in the default way: then the pool does it. */
  readonly reportResults: ((channel: ReportChannel, workitem: Workitem, result: unknown) => unknown) | undefined;
}

/** @throws TaskqueueError `PLUGIN` where the module is no worker; or whatever the plugin's constructor throws */
export function makeWorker(
  exported: unknown,
  settings: Readonly<Record<string, string>>,
  logger: Logger,
): PluginWorker {
  const WorkerClass = classIn(exported);
  const accept = acceptOf(WorkerClass);
  const instance = new WorkerClass({ settings, logger });
  if (typeof instance.handleTask !== 'function') {
    throw new TaskqueueError('PLUGIN', `the worker class ${WorkerClass.name} has no method handleTask`);
  }
  const reports = instance.reportResults;
  const isOwn = typeof reports === 'function' && reports !== BaseWorker.prototype.reportResults;
  return {
    accept,
    settings,
    handleTask: (workitem, context) => instance.handleTask(workitem, context),
    reportResults: isOwn ? (channel, workitem, result) => reports.call(instance, channel, workitem, result) : undefined,
  };
}

/** What a worker class has to have: it need not extend our `BaseWorker`. */
interface WorkerLike {
  handleTask(workitem: Workitem, context: Context): unknown;
  reportResults?: (channel: ReportChannel, workitem: Workitem, result: unknown) => unknown;
}

type WorkerClass = (new (init: WorkerInit) => WorkerLike) & { readonly accept?: unknown };

function classIn(exported: unknown): WorkerClass {
  if (typeof exported === 'function' && exported.prototype !== undefined) return exported as WorkerClass;
  throw new TaskqueueError('PLUGIN', 'the default export is no class: one that extends BaseWorker is wanted');
}

function acceptOf({ name, accept = BaseWorker.accept }: WorkerClass): readonly string[] {
  const patterns: unknown = typeof accept === 'string' ? [accept] : accept;
  if (Array.isArray(patterns) && patterns.every((pattern) => typeof pattern === 'string')) return patterns;
  throw new TaskqueueError('PLUGIN', `${name}.accept is no list of content types such as ['text/*']`);
}
