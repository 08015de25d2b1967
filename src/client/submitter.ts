// From a wish to a task that is on its way: the queue for its result is there, the daemons know that its events are wanted,
// and the broker has confirmed it – in this order, so that nothing about it can be missed.
import type { Outgoing } from '../broker/broker.ts';
import { TaskqueueError } from '../core/errors.ts';
import type { ClientLimits } from './connect-options.ts';
import type { Deadlines } from './deadlines.ts';
import type { Inbox } from './inbox.ts';
import type { News } from './news.ts';
import { type OutboxTools, publishWorkitem, unconfirmed } from './outbox.ts';
import { Task } from './task.ts';
import type { Tasks } from './tasks.ts';
import { isAnsweredHere, type SubmitOptions, workitemMessage } from './workitem-message.ts';

export interface SubmitterParts extends OutboxTools {
  readonly limits: ClientLimits;
  readonly deadlines: Deadlines;
  readonly tasks: Tasks;
  readonly inbox: Inbox;
  /** `null`: events are not wanted at all. */
  readonly news: News | null;
}

export interface Wish {
  readonly id: string;
  readonly type: string;
  readonly body: unknown;
  readonly options: SubmitOptions;
  /** Whether it waits until its events are told: for whoever asks for the result alone, they are not worth that. */
  readonly isWatched: boolean;
}

/** Resolves with the task once the broker has it. */
export async function submitTask(parts: SubmitterParts, wish: Wish): Promise<Task> {
  const { id, type, body, options } = wish;
  const { broker, clock, limits, deadlines, inbox } = parts;
  const facts = { id, replyQueue: inbox.queue, now: clock.now(), maxMessageSize: limits.maxMessageSize };
  const outgoing = workitemMessage(type, body, options, facts);
  const ms = limits.confirmWithinMs;
  const work = (enough: AbortSignal): Promise<Task> =>
    isAnsweredHere(options) ? answered(parts, outgoing, wish, enough) : unanswered(parts, outgoing, type, enough);
  return deadlines.within(ms, work, () => unconfirmed(broker, id, ms));
}

async function answered(parts: SubmitterParts, outgoing: Outgoing, wish: Wish, enough: AbortSignal): Promise<Task> {
  const { inbox, news, tasks } = parts;
  await Promise.all([inbox.open(), wish.isWatched ? news?.open() : undefined]);
  const task = taskOf(parts, outgoing, wish.type, news?.epoch ?? 0);
  if (enough.aborted) return task; // nobody waits for it any more
  tasks.add(task); // the result may be here before the confirm
  const forget = (): void => tasks.remove(task);
  enough.addEventListener('abort', forget, { once: true });
  try {
    await publishWorkitem(parts, outgoing, enough);
  } catch (err) {
    forget();
    throw err;
  }
  enough.removeEventListener('abort', forget);
  return task;
}

async function unanswered(parts: SubmitterParts, outgoing: Outgoing, type: string, enough: AbortSignal): Promise<Task> {
  const task = taskOf(parts, outgoing, type, 0);
  const { replyTo } = outgoing.properties;
  const place = replyTo === undefined ? 'where the configuration of its type says' : `to the queue ${replyTo}`;
  task.giveUp(new TaskqueueError('USAGE', `this client gets no result of ${task.id}: it goes ${place}`));
  await publishWorkitem(parts, outgoing, enough);
  return task;
}

function taskOf({ clock }: SubmitterParts, { properties }: Outgoing, type: string, epoch: number): Task {
  return new Task({ id: properties.messageId as string, type, now: clock.now(), epoch });
}
