// The door for answers: what comes in a queue of news may have been sent by anybody. What comes out has the type that it
// claims and is bounded; its texts are still foreign, and are to be escaped before anybody sees them.
import {
  type Check,
  finiteNumber,
  list,
  name,
  oneOf,
  orNull,
  prose,
  record,
  refuse,
  union,
  wholeNumber,
} from '../workitem/check.ts';
import { parseJson } from '../workitem/json.ts';
import type {
  Answer,
  DispatcherStatus,
  GroupStatus,
  InstanceStatus,
  JobStatus,
  PoolStatus,
  Whereabouts,
} from './answer.ts';
import { LIMITS } from './limits.ts';
import type { Pause } from './standing.ts';

/** @throws TaskqueueError `PROTOCOL` or `UNREADABLE`: it is no answer, or one that is too large */
export function checkAnswer(body: Buffer): Answer {
  if (body.length > LIMITS.newsBytes) refuse('the answer', `at most ${LIMITS.newsBytes} bytes`, body.length);
  return answer(parseJson(body), 'the answer');
}

const text = prose(LIMITS.text);
const id = name(LIMITS.text);
const maybeWhole = orNull(wholeNumber);

export const version: Check<1> = (value, where) => (value === 1 ? 1 : refuse(where, '1', value));
export const daemon = oneOf('dispatcher', 'workerpool');

const pause = record<Pause>({ type: id, by: id, reason: text, since: wholeNumber, untilMs: maybeWhole });

const job = record<JobStatus>({
  id,
  run: id,
  attempt: wholeNumber,
  startedAt: wholeNumber,
  progress: orNull(finiteNumber),
  note: text,
});

const instance = record<InstanceStatus>({
  name: id,
  pid: maybeWhole,
  phase: id,
  since: wholeNumber,
  problem: orNull(text),
  jobs: list(job, LIMITS.jobs),
});

const group = record<GroupStatus>({
  type: id,
  group: orNull(id),
  user: orNull(id),
  resultsRoutingKey: id,
  wanted: wholeNumber,
  finished: wholeNumber,
  failed: wholeNumber,
  lastFailure: orNull(record({ at: wholeNumber, error: text })),
  instances: list(instance, LIMITS.instances),
});

const aboutDaemon = {
  pid: wholeNumber,
  release: id,
  startedAt: wholeNumber,
  broker: id,
  problem: orNull(text),
  pauses: list(pause, LIMITS.pauses),
};

const status = union<DispatcherStatus | PoolStatus>({
  dispatcher: record({
    ...aboutDaemon,
    forwarded: wholeNumber,
    inFlight: wholeNumber,
    awaited: list(id, LIMITS.queues),
    queues: list(record({ queue: id, forwarded: wholeNumber }), LIMITS.queues),
  }),
  workerpool: record({ ...aboutDaemon, groups: list(group, LIMITS.groups), postponed: wholeNumber }),
});

const workitem = { id, run: id, type: id, at: wholeNumber };

const whereabouts = union<Whereabouts, 'state'>(
  {
    running: record({ ...workitem, instance: id, pid: maybeWhole, job }),
    waiting: record({ ...workitem, instance: id }),
    settling: record({ ...workitem, instance: id }),
    passing: record(workitem),
    delayed: record({ ...workitem, untilMs: wholeNumber, why: text, attempt: wholeNumber }),
    ended: record({ ...workitem, status: id, error: orNull(text) }),
    parked: record({ ...workitem, reason: id, error: text }),
    unroutable: record({ ...workitem, queue: id }),
    routed: record({ ...workitem, queue: id }),
    cancelled: record({ ...workitem, by: id, reason: text }),
  },
  'state',
);

const aboutAnswer = { v: version, host: id, daemon, name: id };

const answer: Check<Answer> = union<Answer>({
  status: record({ ...aboutAnswer, status }),
  why: record({ ...aboutAnswer, whereabouts: list(whereabouts, LIMITS.whereabouts) }),
  listening: record(aboutAnswer),
  obeyed: record({ ...aboutAnswer, done: text }),
});
