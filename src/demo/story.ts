// What happens, in words: events → lines. Pure.
import type { TaskqueueEvent } from '../events/event.ts';

/** `who`: the letter of a workitem, or the name of an instance; `undefined` for what a newcomer need not see. */
interface Line {
  readonly who: string;
  readonly what: string;
}

export function lineFor(event: TaskqueueEvent): Line | undefined {
  switch (event.kind) {
    case 'routed':
      return { who: event.id, what: `the dispatcher moves it to the queue ${event.queue}` };
    case 'unroutable':
      return {
        who: event.id,
        what: `there is no queue ${event.queue}: kept in taskqueue.unroutable until there is one`,
      };
    case 'started':
      return {
        who: event.id,
        what: `${event.instance} works on it${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`,
      };
    case 'finished':
      return { who: event.id, what: 'finished: its result is in the queue results' };
    case 'failed':
      return { who: event.id, what: `failed: the result says "${event.error}"` };
    case 'delayed':
      return {
        who: event.id,
        what: `${event.why}; it waits in the broker, ${secondsUntil(event)}, and is tried again`,
      };
    case 'parked':
      return { who: event.id, what: `kept in taskqueue.dead: ${event.error}` };
    case 'died':
      return { who: event.instance, what: `the process ${event.how}; ${restart(event.restartInMs)}` };
    case 'expired':
      return { who: event.id, what: 'expired' };
    case 'cancelled':
      return { who: event.id, what: event.error };
    case 'queued':
      return { who: event.id, what: `back in the queue ${event.queue}: ${event.why}` };
    case 'ready':
    case 'gone':
    case 'failing':
    case 'progress':
      return undefined;
    default:
      return event satisfies never;
  }
}

function secondsUntil({ at, untilMs }: { readonly at: number; readonly untilMs: number }): string {
  return `${Math.max(1, Math.ceil((untilMs - at) / 1000))} s`;
}

function restart(inMs: number): string {
  return inMs === 0 ? 'another is started at once' : `another is started in ${(inMs / 1000).toFixed(1)} s`;
}

/** How a workitem can end: the demo is over when each has. */
export function isEnd(event: TaskqueueEvent): boolean {
  return ENDS.has(event.kind);
}

const ENDS: ReadonlySet<TaskqueueEvent['kind']> = new Set([
  'finished',
  'failed',
  'parked',
  'unroutable',
  'expired',
  'cancelled',
]);
