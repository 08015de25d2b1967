// A batch: its calls one after the other, each answered for itself. The batch is one workitem, and is never run again for
// a call that failed, since the others have been done: errors are answered, not retried. Only where the process ends in
// the midst of it, or hands it back, does all of it run again, as with any workitem.
import { setImmediate } from 'node:timers/promises';
import { formatSize } from '../../core/size.ts';
import { cutToBytes } from '../../core/text.ts';
import type { EncodedResult } from '../../workitem/decode.ts';
import { answering, errorAnswer, type RpcError, resultAnswer } from '../../workitem/json-rpc/answer.ts';
import { RPC_CODE } from '../../workitem/json-rpc/codes.ts';
import { failedCalls, invalidAnswer } from '../../workitem/json-rpc/failed-calls.ts';
import type { Calls, Entry } from '../../workitem/json-rpc/read.ts';
import type { WorkitemError } from '../../workitem/workitem.ts';
import { type Answer, answerWith } from '../answer.ts';
import type { Job } from '../work-on.ts';
import { type CallEnd, type CallSite, isTimeUp, refused, runCall } from './run-call.ts';

export async function answerBatch({ entries }: Calls, job: Job, site: CallSite): Promise<Answer> {
  const ends: CallEnd[] = [];
  for (const [at, entry] of entries.entries()) {
    await setImmediate(); // so that the pool's word to stop is heard between two functions that never wait
    if (isGivenUp(job)) return givenUp();
    const end = await endOf(entry, { ...site, context: shareOf(site.context, at, entries.length) });
    if (end.kind !== 'returned' && isGivenUp(job)) return givenUp();
    ends.push(end);
  }
  return settledBatch(entries, ends, job, site.maxMessageSize);
}

/** Nobody waits for the outcome any more, or somebody else will have it. */
function isGivenUp(job: Job): boolean {
  return job.isCalledOff() || job.isCancelled();
}

function givenUp(): Answer {
  return answerWith({ kind: 'threw', failure: { error: 'the batch was not finished', trace: '' } }, null);
}

async function endOf(entry: Entry, site: CallSite): Promise<CallEnd> {
  if (entry.kind === 'invalid') return refused(RPC_CODE.invalidRequest, entry.error);
  if (isTimeUp(site.context.signal)) return refused(RPC_CODE.timeout, 'the time of its batch was up before it began');
  return runCall(entry, site);
}

/** What one call tells of its progress, as the progress of the whole. */
function shareOf(context: CallSite['context'], at: number, count: number): CallSite['context'] {
  const within = (fraction: number): number => (at + Math.min(1, Math.max(0, fraction))) / count;
  return { ...context, progress: (fraction, note) => context.progress(within(fraction), note) };
}

function settledBatch(entries: readonly Entry[], ends: readonly CallEnd[], job: Job, maxBytes: number): Answer {
  const failures = ends.flatMap((end) => (end.kind === 'returned' ? [] : [failureOfEnd(end)]));
  const result = answersTo(entries, ends);
  if (result !== null && result.body.length > maxBytes) return tooLarge(result.body.length, job, maxBytes);
  const [first] = failures;
  if (!first) return answerWith({ kind: 'finished' }, result);
  const failure = {
    error: `${failures.length} of ${entries.length} calls failed, the first with: ${first.error}`,
    trace: first.trace,
  };
  // Where the calls were wrong, another attempt would be in vain; where functions threw, it may only not be made.
  const hasThrown = ends.some((end) => end.kind !== 'returned' && (end.kind !== 'failed' || end.mayRepeat));
  return answerWith({ kind: hasThrown ? 'partly' : 'unsupported', failure }, result);
}

function failureOfEnd(end: Exclude<CallEnd, { kind: 'returned' }>): WorkitemError {
  return end.kind === 'failed' ? end.failure : { error: end.error, trace: '' };
}

/** All traces of one batch together. */
const MAX_TRACE_BYTES = 64 * 1024;

function answersTo(entries: readonly Entry[], ends: readonly CallEnd[]): EncodedResult | null {
  const traceBytes = Math.floor(MAX_TRACE_BYTES / entries.length);
  return answering(
    entries.flatMap((entry, at) => {
      if (entry.kind === 'invalid') return [invalidAnswer(entry)];
      return entry.id === null ? [] : [answerTo(entry.id, ends[at] as CallEnd, traceBytes)];
    }),
    true,
  );
}

function answerTo(id: string, end: CallEnd, traceBytes: number): string {
  switch (end.kind) {
    case 'returned':
      return resultAnswer(id, end.json);
    case 'failed':
      return errorAnswer(id, withTraceCut(end.error, traceBytes));
    case 'rejected':
      return errorAnswer(id, { code: RPC_CODE.rejected, message: end.error });
    case 'retryLater': {
      const data = { retry_after_ms: end.delayMs };
      return errorAnswer(id, { code: RPC_CODE.retryLater, message: end.error, data });
    }
    default:
      return end satisfies never;
  }
}

function withTraceCut(error: RpcError, traceBytes: number): RpcError {
  const trace = error.data?.trace;
  return typeof trace === 'string'
    ? { ...error, data: { ...error.data, trace: cutToBytes(trace, traceBytes) } }
    : error;
}

function tooLarge(bytes: number, { rawBody }: Job, maxBytes: number): Answer {
  const error = `the answers to this batch are too large: ${bytes} bytes, max_message_size = ${formatSize(maxBytes)}`;
  const failure = { error, trace: '' };
  return answerWith(
    { kind: 'unsupported', failure },
    failedCalls(rawBody, { mishap: 'result-too-large', ...failure }, maxBytes),
  );
}
