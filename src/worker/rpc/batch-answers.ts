// What a batch is answered with, gathered call by call, and counted meanwhile: a thousand results, each as large as a message
// may be, must never be held at once. What is kept of a failure is its answer, and the first one's trace.
import { cutToBytes } from '../../core/text.ts';
import { answering, errorAnswer, type RpcError, resultAnswer } from '../../workitem/json-rpc/answer.ts';
import { RPC_CODE } from '../../workitem/json-rpc/codes.ts';
import { invalidAnswer } from '../../workitem/json-rpc/failed-calls.ts';
import type { Entry } from '../../workitem/json-rpc/read.ts';
import type { WorkitemError } from '../../workitem/workitem.ts';
import { type Answer, answerWith } from '../answer.ts';
import type { CallEnd } from './run-call.ts';

/** All traces of one batch together. */
const MAX_TRACE_BYTES = 64 * 1024;

export class BatchAnswers {
  readonly #count: number;
  readonly #maxBytes: number;
  readonly #answers: string[] = [];
  /** With the brackets, and a comma behind each but the last. */
  #bytes = 1;
  #failures = 0;
  #first: WorkitemError | undefined;
  #hasThrown = false;

  /** @param count of the calls @param maxBytes that all answers together may have */
  constructor(count: number, maxBytes: number) {
    this.#count = count;
    this.#maxBytes = maxBytes;
  }

  get areTooLarge(): boolean {
    return this.#answers.length > 0 && this.#bytes > this.#maxBytes;
  }

  add(entry: Entry, end: CallEnd): void {
    if (end.kind !== 'returned') this.#note(end);
    const answer = answerOf(entry, end, Math.floor(MAX_TRACE_BYTES / this.#count));
    if (answer === null) return;
    this.#bytes += Buffer.byteLength(answer) + 1;
    this.#answers.push(answer);
  }

  #note(end: Exclude<CallEnd, { kind: 'returned' }>): void {
    this.#failures++;
    this.#first ??= end.kind === 'failed' ? end.failure : { error: end.error, trace: '' };
    this.#hasThrown ||= end.kind !== 'failed' || end.mayRepeat;
  }

  /** Once all calls have been made. */
  settled(): Answer {
    const result = answering(this.#answers, true);
    if (!this.#first) return answerWith({ kind: 'finished' }, result);
    const { error, trace } = this.#first;
    const failure = { error: `${this.#failures} of ${this.#count} calls failed, the first with: ${error}`, trace };
    // Where the calls were wrong, another attempt would be in vain; where functions threw, it may only not be made.
    return answerWith({ kind: this.#hasThrown ? 'partly' : 'unsupported', failure }, result);
  }
}

/** `null` for a notification. */
function answerOf(entry: Entry, end: CallEnd, traceBytes: number): string | null {
  if (entry.kind === 'invalid') return invalidAnswer(entry);
  return entry.id === null ? null : answerTo(entry.id, end, traceBytes);
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
