// A session in this process, and the pool's end of its pipe.
import { duplexPair } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { WorkerSetup } from '../../../src/child/protocol.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { BaseWorker, type Context, type ReportChannel, type WorkerInit } from '../../../src/worker/base-worker.ts';
import { Session } from '../../../src/worker/session.ts';
import type { Workitem } from '../../../src/workitem/workitem.ts';
import { openPoolEnd } from './pool-end.ts';

type Handler = (this: BaseWorker, workitem: Workitem, context: Context) => unknown;
type Reporter = (channel: ReportChannel, workitem: Workitem, result: unknown) => Promise<void>;

interface AnyWorker extends BaseWorker {
  handleTask(workitem: Workitem, context: Context): unknown;
}
type WorkerClass = new (init: WorkerInit) => AnyWorker;

export function worker(handler: Handler, accept = BaseWorker.accept): WorkerClass {
  return class extends BaseWorker {
    static override accept = accept;
    override handleTask(workitem: Workitem, context: Context): unknown {
      return handler.call(this, workitem, context);
    }
  };
}

export function reporting(handler: Handler, report: Reporter): WorkerClass {
  return class extends worker(handler) {
    override async reportResults(...args: Parameters<Reporter>): Promise<void> {
      await report(...args);
    }
  };
}

export function startSession(exported: unknown, more: Partial<WorkerSetup> = {}) {
  const [ours, theirs] = duplexPair();
  const ended = deferred<number>();
  const early: string[] = [];
  const load = async (path: string): Promise<unknown> =>
    path === SETUP.code.module ? exported : Promise.reject(new Error('no such module'));
  const turns: number[] = [];
  new Session({
    pipe: theirs,
    loaders: { load, loadExports: load },
    clock: systemClock,
    isItsTurn: (job) => turns[0] === job && turns.shift() === job,
    onNamed: () => undefined,
    printEarly: (line) => early.push(line),
    onEnd: ended.resolve,
  });
  const end = openPoolEnd(ours, { ...SETUP, ...more }, (error) => {
    throw error;
  });
  onTestFinished(() => end.port.close());

  /** Jobs with this body, of which those have their turn that are named in `turns`. */
  async function lineUp(body: string, ...jobs: readonly number[]): Promise<void> {
    for (const job of jobs) await end.give(body, { job }, 'lineUp');
  }

  return { ...end, early, ended: ended.promise, lineUp, turns };
}

const SETUP: WorkerSetup = {
  kind: 'setup',
  type: 'a',
  instance: 'a#1',
  code: { kind: 'class', module: '/worker.js' },
  formats: [],
  defaultWorkitemType: 'application/json',
  workitemTypeMap: { 'application/json': 'application/x-ruote-workitem' },
  settings: { key: 'value' },
  maxMessageSize: 100_000,
  concurrency: 1,
};
