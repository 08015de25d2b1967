// A session in this process, and the pool's end of its pipe. What the session sends goes through the pool's own check.
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { onTestFinished } from 'vitest';
import { checkFromWorker } from '../../../src/child/check-head.ts';
import { openFrames } from '../../../src/child/frames.ts';
import type { FromWorker, ToWorker, WorkerSetup } from '../../../src/child/protocol.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { BaseWorker, type Context, type ReportChannel, type WorkerInit } from '../../../src/worker/base-worker.ts';
import { Session } from '../../../src/worker/session.ts';
import type { Workitem } from '../../../src/workitem/workitem.ts';

type Handler = (this: BaseWorker, workitem: Workitem, context: Context) => unknown;
type Reporter = (channel: ReportChannel, workitem: Workitem, result: unknown) => Promise<void>;

type WorkerClass = new (init: WorkerInit) => BaseWorker;

export function worker(handler: Handler, accept = BaseWorker.accept): WorkerClass {
  return class extends BaseWorker {
    static override accept = accept;
    override handleTask(workitem: Workitem, context: Context): unknown {
      return handler.call(this, workitem, context);
    }
  };
}

export function reporting(handler: Handler, report: Reporter): WorkerClass {
  return class extends BaseWorker {
    override handleTask(workitem: Workitem, context: Context): unknown {
      return handler.call(this, workitem, context);
    }
    override async reportResults(...args: Parameters<Reporter>): Promise<void> {
      await report(...args);
    }
  };
}

export interface Sent {
  readonly job: number;
  readonly contentType: string;
  readonly headers: Record<string, unknown>;
  readonly attempt: number;
  readonly isLastAttempt: boolean;
}

export function startSession(exported: unknown, setup: Partial<WorkerSetup> = {}) {
  const [ours, theirs] = duplexPair();
  const ended = deferred<number>();
  const early: string[] = [];
  const sent: (FromWorker & { body: string })[] = [];
  const arrivals = new EventTarget();
  const load = async (path: string): Promise<unknown> =>
    path === SETUP.code.module ? exported : Promise.reject(new Error('no such module'));
  const port = openFrames<FromWorker, ToWorker>(ours, {
    limits: { headBytes: 1024 * 1024, bodyBytes: 1024 * 1024 },
    check: checkFromWorker,
    onFrame(head, body) {
      sent.push({ ...head, body: body.toString() });
      arrivals.dispatchEvent(new Event('frame'));
    },
    onBroken: (error) => {
      throw error;
    },
    onClosed: () => undefined,
  });
  onTestFinished(() => port.close());
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
  port.send({ ...SETUP, ...setup });

  type Arrived<K> = Extract<FromWorker, { kind: K }> & { body: string };
  /** The oldest frame of this kind that nobody has taken yet. */
  async function frame<K extends FromWorker['kind']>(kind: K): Promise<Arrived<K>> {
    for (;;) {
      const at = sent.findIndex((one) => one.kind === kind);
      if (at >= 0) return sent.splice(at, 1)[0] as Arrived<K>;
      await once(arrivals as never, 'frame');
    }
  }

  let ready: Promise<unknown> | undefined;
  function isReady(): Promise<unknown> {
    ready ??= frame('ready');
    return ready;
  }

  async function give(body: string, given: Partial<Sent> = {}): Promise<void> {
    const { job = 1, contentType = 'application/json', headers = {}, attempt = 1, isLastAttempt = true } = given;
    await isReady();
    const envelope = { id: `id-${job}`, workerType: 'a', contentType, properties: {}, headers };
    port.send({ kind: 'work', job, envelope, attempt, isLastAttempt }, Buffer.from(body));
  }

  /** Jobs with this body, of which those have their turn that are named in `turns`. */
  async function lineUp(body: string, ...jobs: readonly number[]): Promise<void> {
    await isReady();
    for (const job of jobs) {
      const contentType = 'application/json';
      const envelope = { id: `id-${job}`, workerType: 'a', contentType, properties: {}, headers: {} };
      port.send({ kind: 'lineUp', job, envelope, attempt: 1, isLastAttempt: true }, Buffer.from(body));
    }
  }

  async function run(body: string, given: Partial<Sent> = {}) {
    await give(body, given);
    return frame('outcome');
  }

  return { port, sent, early, ended: ended.promise, isReady, frame, give, run, lineUp, turns };
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
