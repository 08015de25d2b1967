// What a worker process says of a workitem, as an outcome of ours: the body of its frame becomes the result. Pure.
import type { WorkerOutcome } from '../child/protocol.ts';
import type { EncodedResult } from '../workitem/decode.ts';
import type { Outcome } from './settlement.ts';

/**
 * @param knowsOfStop the handler has been told that the pool stops: what it throws then is no failure, unless its plugin
 * has reported it as one already
 */
export function outcomeOf(said: WorkerOutcome, body: Buffer, knowsOfStop = false): Outcome {
  if (knowsOfStop && said.kind === 'threw' && said.contentType !== null) return { kind: 'handedBack' };
  switch (said.kind) {
    case 'finished':
      return { kind: 'finished', result: resultIn(said.contentType, body) };
    case 'threw':
    case 'unsupported':
      return { kind: said.kind, failure: said.failure, result: resultIn(said.contentType, body) };
    case 'unreadable':
    case 'retryLater':
    case 'rejected':
      return said;
    default:
      return said satisfies never;
  }
}

function resultIn(contentType: string | null, body: Buffer): EncodedResult | null {
  return contentType === null ? null : { contentType, body };
}
