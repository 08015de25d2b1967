// The door for batches of events: whoever knows the name of a queue of news can publish to it. An event that is not
// understood – a later version may know more kinds – is left out; the others count.
import { TaskqueueError } from '../core/errors.ts';
import type { InstanceEvent, TaskqueueEvent, WorkitemEvent } from '../events/event.ts';
import {
  type Check,
  finiteNumber,
  list,
  name,
  orNull,
  prose,
  record,
  refuse,
  truth,
  union,
  wholeNumber,
} from '../workitem/check.ts';
import { parseJson } from '../workitem/json.ts';
import { daemon, version } from './check-answer.ts';
import { LIMITS } from './limits.ts';
import type { EventBatch } from './news.ts';

/** @throws TaskqueueError `PROTOCOL` or `UNREADABLE`: it is no batch, or one that is too large */
export function checkEventBatch(body: Buffer): EventBatch {
  if (body.length > LIMITS.newsBytes) refuse('the batch of events', `at most ${LIMITS.newsBytes} bytes`, body.length);
  const { events, ...about } = batch(parseJson(body), 'the batch of events');
  return { ...about, events: events.filter((event) => event !== undefined) };
}

const text = prose(LIMITS.text);
const id = name(LIMITS.text);

const workitem = { v: version, at: wholeNumber, id, type: id, run: id, replyTo: orNull(id) };
const instance = { v: version, at: wholeNumber, type: id, instance: id };

const event: Check<TaskqueueEvent> = union<WorkitemEvent | InstanceEvent>({
  routed: record({ ...workitem, queue: id }),
  unroutable: record({ ...workitem, queue: id }),
  started: record({ ...workitem, instance: id, attempt: wholeNumber }),
  progress: record({ ...workitem, fraction: finiteNumber, note: text }),
  finished: record({ ...workitem, instance: id, tookMs: finiteNumber }),
  failed: record({ ...workitem, instance: id, error: text }),
  expired: record(workitem),
  cancelled: record({ ...workitem, error: text }),
  delayed: record({ ...workitem, untilMs: wholeNumber, why: text, attempt: wholeNumber }),
  queued: record({ ...workitem, queue: id, why: text }),
  parked: record({ ...workitem, reason: id, error: text, isReported: truth }),
  ready: record({ ...instance, pid: wholeNumber }),
  died: record({ ...instance, how: text, restartInMs: finiteNumber }),
  failing: record({ ...instance, why: text }),
  gone: record(instance),
});

const eventOrNothing: Check<TaskqueueEvent | undefined> = (value, where) => {
  try {
    return event(value, where);
  } catch (err) {
    if (err instanceof TaskqueueError) return undefined;
    throw err;
  }
};

const batch = record({
  v: version,
  host: id,
  daemon,
  name: id,
  events: list(eventOrNothing, LIMITS.events),
  dropped: wholeNumber,
});
