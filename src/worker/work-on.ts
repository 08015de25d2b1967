// Step 5 of the path: one workitem, from its bytes to the answer for the pool. The list of steps is `workOn`; whatever
// plugin code throws in any of them becomes a value here.
import type { Logger } from '../core/logger.ts';
import { isAccepted } from '../workitem/accept.ts';
import type { Codec } from '../workitem/codec.ts';
import type { EncodedResult } from '../workitem/encoded-result.ts';
import type { Envelope, Workitem } from '../workitem/workitem.ts';
import { type Answer, answerOf, encodedResult, failedResult, reportedAnswer, withoutBody } from './answer.ts';
import type { Context } from './base-worker.ts';
import { decodeJob } from './decode-job.ts';
import { failureOf } from './failure.ts';
import type { PluginWorker } from './plugin-worker.ts';
import { openChannel, type PublishCalls } from './report-channel.ts';
import { type FailedVerdict, NOT_SUPPORTED, type Verdict, verdictOfThrown } from './verdict.ts';

/** What the work of a worker class takes. */
interface ClassWorkshop {
  readonly worker: PluginWorker;
  readonly codec: Codec;
  readonly calls: PublishCalls;
}

/** One workitem that the pool has given us. */
export interface Job {
  readonly job: number;
  readonly envelope: Envelope;
  readonly rawBody: Buffer;
  /** Should it fail now, then for good. */
  readonly isLastAttempt: boolean;
  /** Unless the pool is stopping by now: then its workitem goes back to the broker, and comes again. */
  isCalledOff(): boolean;
  /** Somebody has cancelled it: nobody wants to know how it ends. */
  isCancelled(): boolean;
  readonly context: Context;
  readonly logger: Logger;
}

export async function workOn(job: Job, workshop: ClassWorkshop): Promise<Answer> {
  const decoded = decodeJob(job.envelope, job.rawBody, workshop.codec);
  if (decoded.kind === 'unreadable') return withoutBody(decoded);
  const { workitem } = decoded;
  const verdict = accepts(job, workshop) ? await handle(workitem, job, workshop) : NOT_SUPPORTED;
  return isForPlugin(verdict, job, workshop)
    ? await report(verdict, workitem, job, workshop)
    : answerOf(verdict, workitem, workshop.codec);
}

function accepts({ envelope }: Job, { worker, codec }: ClassWorkshop): boolean {
  return isAccepted(worker.accept, envelope.contentType, codec.types);
}

async function handle(workitem: Workitem, { context }: Job, { worker }: ClassWorkshop): Promise<Verdict> {
  try {
    return { kind: 'finished', result: await worker.handleTask(workitem, context) };
  } catch (err) {
    return verdictOfThrown(err);
  }
}

type Reportable = Extract<Verdict, { kind: 'finished' }> | FailedVerdict;

/** Whether the plugin's own `reportResults` is to be called: for what is finished, or has failed for good, and is wanted. */
function isForPlugin(verdict: Verdict, job: Job, { worker }: ClassWorkshop): verdict is Reportable {
  if (!worker.reportResults || job.isCancelled()) return false;
  switch (verdict.kind) {
    case 'finished':
    case 'unsupported':
      return true;
    case 'threw':
      return job.isLastAttempt && !job.isCalledOff();
    case 'retryLater':
    case 'rejected':
      return false;
    default:
      return verdict satisfies never;
  }
}

/** Calls the plugin's `reportResults`. Where that throws, a finished one has failed; a failed one the pool reports. */
async function report(verdict: Reportable, workitem: Workitem, job: Job, workshop: ClassWorkshop): Promise<Answer> {
  const { codec, calls, worker } = workshop;
  const status = verdict.kind === 'finished' ? 'finished' : 'failed';
  const encode = (result: unknown) => encodedForReport(result, verdict, workitem, codec);
  const { channel, end } = openChannel({ job: job.job, status, calls, maxMessageSize: codec.maxMessageSize, encode });
  try {
    if (verdict.kind !== 'finished') {
      const { error, trace } = verdict.failure;
      Object.assign(workitem, { error, trace });
    }
    await worker.reportResults?.(channel, workitem, verdict.kind === 'finished' ? verdict.result : workitem);
    return reportedAnswer(verdict);
  } catch (err) {
    if (verdict.kind === 'finished') {
      return answerOf({ kind: 'threw', failure: { mishap: 'threw', ...failureOf(err) } }, workitem, codec);
    }
    job.logger.warn({ err }, 'reportResults failed: the failed result is reported in the default way');
    return answerOf(verdict, workitem, codec);
  } finally {
    await end();
  }
}

/** The failed workitem with its error in it; everything else as a result. `null`: nobody waits for an answer. */
function encodedForReport(
  result: unknown,
  verdict: Reportable,
  workitem: Workitem,
  codec: Codec,
): EncodedResult | null {
  if (verdict.kind !== 'finished' && result === workitem) return failedResult(workitem, verdict.failure, codec);
  const encoded = encodedResult(result, codec);
  if ('failure' in encoded) throw new Error(encoded.failure.error);
  return encoded;
}
