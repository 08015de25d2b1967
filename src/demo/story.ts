// What happens, in words: events → lines. Pure.
import type { TaskqueueEvent } from '../events/event.ts';

interface Line {
  /** The letter of a workitem, or the name of an instance. */
  readonly who: string;
  readonly what: string;
}

/** `undefined` for what a newcomer need not see. */
export function lineFor(event: TaskqueueEvent): Line | undefined {
  const what = whatHappens(event);
  return what === undefined ? undefined : { who: 'id' in event ? event.id : event.instance, what };
}

function whatHappens(event: TaskqueueEvent): string | undefined {
  switch (event.kind) {
    case 'routed':
      return `the dispatcher moves it to the queue ${event.queue}`;
    case 'unroutable':
      return `there is no queue ${event.queue}: kept in taskqueue.unroutable until there is one`;
    case 'started':
      return `${event.instance} works on it${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'finished':
      return 'finished: its result is in the queue results';
    case 'failed':
      return `failed: the result says "${event.error}"`;
    case 'delayed':
      return `${event.why}; it waits in the broker, ${secondsUntil(event)}, and is tried again`;
    case 'parked':
      return `kept in taskqueue.dead: ${event.error}`;
    case 'died':
      return `the process ${event.how}; ${restart(event.restartInMs)}`;
    case 'expired':
      return 'expired';
    case 'cancelled':
      return event.error;
    case 'queued':
      return `back in the queue ${event.queue}: ${event.why}`;
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
