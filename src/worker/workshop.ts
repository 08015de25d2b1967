// What a worker process is made of: the plugin's code, and how bodies are read and written for it. Plugin code is loaded
// here, once.
import type { WorkerModule, WorkerSetup } from '../child/protocol.ts';
import type { Logger } from '../core/logger.ts';
import { type LoadModule, loadFormats } from '../plugin/load-formats.ts';
import type { Codec } from '../workitem/codec.ts';
import type { Answer } from './answer.ts';
import { makeWorker } from './plugin-worker.ts';
import type { PublishCalls } from './report-channel.ts';
import { methodsOf } from './rpc/methods.ts';
import { workOnCalls } from './rpc/work-on-calls.ts';
import { type Job, workOn } from './work-on.ts';

export interface Workshop {
  readonly settings: Readonly<Record<string, string>>;
  workOn(job: Job): Promise<Answer>;
}

/** How modules of plugins are loaded. */
export interface Loaders {
  /** The default export. */
  readonly load: LoadModule;
  /** All exports. */
  readonly loadExports: LoadModule;
}

/** Rejects where the plugin cannot be loaded, with whatever its code threw, or a `PLUGIN` error. */
export async function openWorkshop(
  setup: WorkerSetup,
  loaders: Loaders,
  logger: Logger,
  calls: PublishCalls,
): Promise<Workshop> {
  const settings = Object.freeze({ ...setup.settings });
  const { formats, problems } = await loadFormats(setup.formats, loaders.load);
  for (const problem of problems) logger.error({}, problem);
  const types = { whenAbsent: setup.defaultWorkitemType, map: setup.workitemTypeMap };
  const codec: Codec = { formats, types, maxMessageSize: setup.maxMessageSize };
  return { settings, workOn: await workerFor(setup.code) };

  async function workerFor(code: WorkerModule): Promise<Workshop['workOn']> {
    switch (code.kind) {
      case 'class': {
        const worker = makeWorker(await loaders.load(code.module), settings, logger);
        return (job) => workOn(job, { worker, codec, calls });
      }
      case 'rpc': {
        const methods = methodsOf(await loaders.loadExports(code.module), setup.type);
        return (job) => workOnCalls(job, methods, codec);
      }
      default:
        return code.kind satisfies never;
    }
  }
}
