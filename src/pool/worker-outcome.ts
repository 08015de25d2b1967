// What a worker process says of a workitem, as an outcome of ours: the body of its frame becomes the result. Pure.
import type { WorkerOutcome } from '../child/protocol.ts';
import type { EncodedResult } from '../workitem/decode.ts';
import type { Outcome } from './settlement.ts';

export function outcomeOf(said: WorkerOutcome, body: Buffer): Outcome {
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
