// The failed results that the pool itself writes, for workitems that no worker has answered: in the sender's format, as
// far as that is built in. Formats of plugins are not read in this process: such a workitem's error comes back as JSON.
import type { Codec } from '../workitem/codec.ts';
import { bareFailure, encodeFailure } from '../workitem/decode.ts';
import type { EncodedResult } from '../workitem/encoded-result.ts';
import type { Failure } from '../workitem/failure.ts';
import { builtInFormats } from '../workitem/registry.ts';
import type { Job } from './job.ts';
import type { GroupPlan } from './plan.ts';

/** The workitem with its error in it; `null` where nobody waits for an answer. */
export function failedResult(job: Job, failure: Failure): EncodedResult | null {
  return fitting(job, encodeFailure(job.envelope, job.message.body, failure, codecOf(job.plan)), failure);
}

/** One that has grown too large with its error comes back without the body. */
export function fitting(job: Job, result: EncodedResult | null, failure: Failure): EncodedResult | null {
  const isTooLarge = result !== null && result.body.length > job.plan.maxMessageSize;
  return isTooLarge ? errorAlone(job, { ...failure, trace: '' }) : result;
}

/** The error without the workitem. */
export function errorAlone(job: Job, failure: Failure): EncodedResult | null {
  return bareFailure(job.envelope.contentType, job.message.body, failure, codecOf(job.plan));
}

/** What this process reads and writes for a group: formats of plugins are not among it. */
export function codecOf(plan: GroupPlan): Codec {
  const types = { whenAbsent: plan.defaultWorkitemType, map: plan.workitemTypeMap };
  return { formats: builtInFormats, types, maxMessageSize: plan.maxMessageSize };
}
