// What a program's answer comes to: the outcome, and the bytes of the result, as Node's worker processes send them. Pure.
import type { WorkerOutcome } from '../../child/protocol.ts';
import { NOT_ACCEPTED } from '../../workitem/accept.ts';
import type { Codec } from '../../workitem/codec.ts';
import { bareFailure, encodeFailure } from '../../workitem/decode.ts';
import type { Failure } from '../../workitem/failure.ts';
import { NO_ANSWER } from '../../workitem/json-rpc/answer.ts';
import type { Envelope } from '../../workitem/workitem.ts';
import type { Answer } from './answer-line.ts';

export interface Conclusion {
  readonly outcome: WorkerOutcome;
  readonly body: Buffer;
}

export function conclusionOf(answer: Answer, envelope: Envelope, rawBody: Buffer, codec: Codec): Conclusion {
  switch (answer.kind) {
    case 'finished': {
      const { contentType, body } = answer.result;
      return { outcome: { kind: 'finished', contentType }, body };
    }
    case 'threw':
      return failed('threw', { mishap: 'threw', ...answer.failure }, envelope, rawBody, codec);
    case 'retryLater':
      return { outcome: { kind: 'retryLater', delayMs: answer.delayMs, error: answer.error }, body: NOTHING };
    case 'rejected':
      return { outcome: { kind: 'rejected', error: answer.error }, body: NOTHING };
    default:
      return answer satisfies never;
  }
}

/** The body is not what its content type says. */
export function unreadable(error: string): Conclusion {
  return { outcome: { kind: 'unreadable', error }, body: NOTHING };
}

/** The program does not take its content type. */
export function unsupported(envelope: Envelope, rawBody: Buffer, codec: Codec): Conclusion {
  return failed('unsupported', { mishap: 'not-accepted', error: NOT_ACCEPTED, trace: '' }, envelope, rawBody, codec);
}

/** The result is the workitem with the error in it, as far as its format and its size allow. */
function failed(
  kind: 'threw' | 'unsupported',
  failure: Failure,
  envelope: Envelope,
  rawBody: Buffer,
  codec: Codec,
): Conclusion {
  const whole = encodeFailure(envelope, rawBody, failure, codec);
  const isTooLarge = whole !== null && whole.body.length > codec.maxMessageSize;
  const result = isTooLarge ? bareFailure(envelope.contentType, rawBody, { ...failure, trace: '' }, codec) : whole;
  const { contentType, body } = result ?? NO_ANSWER;
  return { outcome: { kind, failure: { error: failure.error, trace: failure.trace }, contentType }, body };
}

const NOTHING: Buffer = Buffer.alloc(0);
