// The pool's end of a worker's pipe. What the worker sends goes through the pool's own check.
import { EventEmitter, once } from 'node:events';
import type { Duplex } from 'node:stream';
import { checkFromWorker } from '../../../src/child/check-head.ts';
import { openFrames } from '../../../src/child/frames.ts';
import type { FromWorker, ToWorker, WorkerSetup } from '../../../src/child/protocol.ts';
import type { TaskqueueError } from '../../../src/core/errors.ts';

export interface Given {
  readonly job: number;
  readonly contentType: string;
  readonly headers: Record<string, unknown>;
  readonly attempt: number;
  readonly isLastAttempt: boolean;
}

type Arrived<K> = Extract<FromWorker, { kind: K }> & { body: string };

export function openPoolEnd(pipe: Duplex, setup: WorkerSetup, onBroken: (error: TaskqueueError) => void) {
  const sent: (FromWorker & { body: string })[] = [];
  const arrivals = new EventEmitter();
  const port = openFrames<FromWorker, ToWorker>(pipe, {
    limits: { headBytes: 1024 * 1024, bodyBytes: 1024 * 1024 },
    check: checkFromWorker,
    onFrame(head, body) {
      sent.push({ ...head, body: body.toString() });
      arrivals.emit('frame');
    },
    onBroken,
    onClosed: () => undefined,
  });
  port.send(setup);

  /** The oldest frame of this kind that nobody has taken yet. */
  async function frame<K extends FromWorker['kind']>(kind: K): Promise<Arrived<K>> {
    for (;;) {
      const at = sent.findIndex((one) => one.kind === kind);
      if (at >= 0) return sent.splice(at, 1)[0] as Arrived<K>;
      await once(arrivals, 'frame');
    }
  }

  let ready: Promise<unknown> | undefined;
  const isReady = (): Promise<unknown> => (ready ??= frame('ready'));

  async function give(body: unknown, given: Partial<Given> = {}, kind: 'work' | 'lineUp' = 'work'): Promise<void> {
    const { job = 1, contentType = 'application/json', headers = {}, attempt = 1, isLastAttempt = true } = given;
    await isReady();
    const envelope = { id: `id-${job}`, workerType: setup.type, contentType, properties: {}, headers };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    port.send({ kind, job, envelope, attempt, isLastAttempt }, Buffer.from(text));
  }

  const run = (body: unknown, given: Partial<Given> = {}): Promise<Arrived<'outcome'>> =>
    give(body, given).then(() => frame('outcome'));

  return { port, sent, isReady, frame, give, run };
}
