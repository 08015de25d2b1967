// What a worker process says of a workitem, as an outcome of ours: the body of its frame becomes the result. Pure.
import type { WorkerOutcome } from '../child/protocol.ts';
import type { Cancellation } from '../control/standing.ts';
import type { EncodedResult } from '../workitem/encoded-result.ts';
import { JSON_RPC } from '../workitem/json-rpc/answer.ts';
import type { Outcome } from './settlement.ts';

/** What its handler has been told meanwhile. */
interface Told {
  /** The pool stops: what it throws then is no failure, unless its plugin has reported it as one already. */
  readonly knowsOfStop: boolean;
  /** It could not report that it has finished, since the broker had taken its delivery away: nor is that a failure. */
  readonly hasLostReport: boolean;
  /** It has been cancelled: that holds, whatever it returns or throws, unless its plugin has reported that already. */
  readonly cancellation: Cancellation | undefined;
}

export function outcomeOf(
  said: WorkerOutcome,
  body: Buffer,
  { knowsOfStop, hasLostReport, cancellation }: Told,
): Outcome {
  if (cancellation && !isReported(said)) return { kind: 'cancelled', cancellation };
  const isExcused = knowsOfStop || hasLostReport;
  if (isExcused && said.kind === 'threw' && !isReported(said)) return { kind: 'handedBack' };
  switch (said.kind) {
    case 'finished':
      return { kind: 'finished', result: resultIn(said.contentType, body) };
    case 'threw':
    case 'unsupported':
    case 'partly':
      return { kind: said.kind, failure: said.failure, result: resultIn(said.contentType, body) };
    case 'unreadable':
    case 'retryLater':
    case 'rejected':
      return said;
    default:
      return said satisfies never;
  }
}

function isReported(said: WorkerOutcome): boolean {
  return 'contentType' in said && said.contentType === null;
}

/** See `NO_ANSWER`. */
function resultIn(contentType: string | null, body: Buffer): EncodedResult | null {
  const isNothing = contentType === null || (contentType === JSON_RPC && body.length === 0);
  return isNothing ? null : { contentType, body };
}
