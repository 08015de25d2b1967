// A batch: its calls one after the other, each answered for itself. The batch is one workitem, and is never run again for
// a call that failed, since the others have been done: errors are answered, not retried. Only where the process ends in
// the midst of it, or hands it back, does all of it run again, as with any workitem.
import { setImmediate } from 'node:timers/promises';
import { formatSize } from '../../core/size.ts';
import { RPC_CODE } from '../../workitem/json-rpc/codes.ts';
import { failedCalls } from '../../workitem/json-rpc/failed-calls.ts';
import type { Calls, Entry } from '../../workitem/json-rpc/read.ts';
import { type Answer, answerWith } from '../answer.ts';
import type { Job } from '../work-on.ts';
import { BatchAnswers } from './batch-answers.ts';
import { type CallEnd, type CallSite, isTimeUp, refused, runCall } from './run-call.ts';

export async function answerBatch({ entries }: Calls, job: Job, site: CallSite): Promise<Answer> {
  const answers = new BatchAnswers(entries.length, site.maxMessageSize);
  for (const [at, entry] of entries.entries()) {
    await setImmediate(); // so that the pool's word to stop is heard between two functions that never wait
    if (isGivenUp(job)) return givenUp();
    const end = await endOf(entry, { ...site, context: shareOf(site.context, at, entries.length) });
    if (end.kind !== 'returned' && isGivenUp(job)) return givenUp();
    answers.add(entry, end);
    if (answers.areTooLarge) return tooLarge(at + 1, entries.length, job, site.maxMessageSize);
  }
  return answers.settled();
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

/** Nobody would get what the other functions return, and it would have to be held until then: they are not begun. */
function tooLarge(done: number, count: number, { rawBody }: Job, maxBytes: number): Answer {
  const rest = done < count ? `; calls after number ${done} of ${count} were not begun` : '';
  const error = `the answers to this batch are too large: max_message_size = ${formatSize(maxBytes)}${rest}`;
  const failure = { error, trace: '' };
  return answerWith(
    { kind: 'unsupported', failure },
    failedCalls(rawBody, { mishap: 'result-too-large', ...failure }, maxBytes),
  );
}
