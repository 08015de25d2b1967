// Step 5 of the path, for a worker whose functions are called by JSON-RPC: one workitem, from its bytes to the answer for
// the pool. A single request is retried like any workitem; batches are in a file of their own.
import { isAccepted } from '../../workitem/accept.ts';
import type { Codec } from '../../workitem/codec.ts';
import { demandPlainEncoding } from '../../workitem/decode.ts';
import { typeOfCalls } from '../../workitem/json-rpc/address.ts';
import { JSON_RPC } from '../../workitem/json-rpc/answer.ts';
import { callsIn } from '../../workitem/json-rpc/format.ts';
import type { Call, Calls } from '../../workitem/json-rpc/read.ts';
import { Workitem } from '../../workitem/workitem.ts';
import { type Answer, answerOf, answerWith, withoutBody } from '../answer.ts';
import { decodeJob, type Unreadable, unreadable } from '../decode-job.ts';
import { NOT_SUPPORTED } from '../verdict.ts';
import type { Job } from '../work-on.ts';
import { answerBatch } from './batch.ts';
import type { Methods } from './methods.ts';
import { errorReply, resultReply } from './reply.ts';
import { type CallSite, runCall } from './run-call.ts';

export async function workOnCalls(job: Job, methods: Methods, codec: Codec): Promise<Answer> {
  const { envelope, rawBody, context } = job;
  if (!isAccepted([JSON_RPC], envelope.contentType, codec.types)) return notAccepted(job, codec);
  const calls = readCalls(job);
  if (calls.kind === 'unreadable') return withoutBody(calls);
  const workitem = new Workitem(envelope, rawBody, calls.body);
  const { workerType } = envelope;
  const { maxMessageSize } = codec;
  const site: CallSite = { methods, workerType, context: { ...context, workitem }, maxMessageSize };
  return calls.isBatch ? answerBatch(calls, job, site) : answerSingle(calls.entries[0] as Call, site);
}

/** Its sender is told so in its own format. */
function notAccepted({ envelope, rawBody }: Job, codec: Codec): Answer {
  const decoded = decodeJob(envelope, rawBody, codec);
  return decoded.kind === 'unreadable' ? withoutBody(decoded) : answerOf(NOT_SUPPORTED, decoded.workitem, codec);
}

function readCalls({ envelope, rawBody }: Job): ({ readonly kind: 'calls' } & Calls) | Unreadable {
  try {
    demandPlainEncoding(envelope.properties);
    const calls = callsIn(rawBody);
    typeOfCalls(calls, envelope.workerType);
    return { kind: 'calls', ...calls };
  } catch (err) {
    return unreadable(err);
  }
}

async function answerSingle(call: Call, site: CallSite): Promise<Answer> {
  const end = await runCall(call, site);
  switch (end.kind) {
    case 'returned':
      return answerWith({ kind: 'finished' }, resultReply(call, end.json));
    case 'failed': {
      const reply = errorReply(call, end.error, site.maxMessageSize);
      return answerWith({ kind: end.mayRepeat ? 'threw' : 'unsupported', failure: end.failure }, reply);
    }
    case 'retryLater':
    case 'rejected':
      return withoutBody(end);
    default:
      return end satisfies never;
  }
}
