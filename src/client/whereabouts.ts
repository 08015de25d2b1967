// What daemons answer when they are asked for one workitem, turned into the events that they would have told. Pure.
import type { Whereabouts } from '../control/answer.ts';
import type { AboutWorkitem, WorkitemEvent } from '../events/event.ts';

/** In the order in which it happened, as far as clocks agree. */
export function eventsOf(all: readonly Whereabouts[]): readonly WorkitemEvent[] {
  return all.toSorted((one, other) => one.at - other.at).flatMap(eventsFor);
}

function eventsFor(where: Whereabouts): readonly WorkitemEvent[] {
  const { id, run, type, at } = where;
  const about = { v: 1, id, run, type, at, replyTo: null } as const;
  switch (where.state) {
    case 'running': {
      const { instance, job } = where;
      const started = { ...about, kind: 'started', instance, attempt: job.attempt } as const;
      if (job.progress === null) return [started];
      return [started, { ...about, kind: 'progress', fraction: job.progress, note: job.note }];
    }
    case 'delayed':
      return [{ ...about, kind: 'delayed', untilMs: where.untilMs, why: where.why, attempt: where.attempt }];
    case 'parked':
      return [{ ...about, kind: 'parked', reason: where.reason, error: where.error, isReported: false }];
    case 'unroutable':
    case 'routed':
      return [{ ...about, kind: where.state, queue: where.queue }];
    case 'ended':
      return ended(about, where.status, where.error ?? '');
    case 'waiting':
    case 'passing':
    case 'settling':
    case 'cancelled': // an order to come, not an end
      return [];
    default:
      where satisfies never;
      return [];
  }
}

function ended(about: AboutWorkitem, status: string, error: string): readonly WorkitemEvent[] {
  switch (status) {
    case 'finished':
      return [{ ...about, kind: 'finished', instance: '', tookMs: 0 }];
    case 'failed':
      return [{ ...about, kind: 'failed', instance: '', error }];
    case 'cancelled':
      return [{ ...about, kind: 'cancelled', error }];
    case 'expired':
      return [{ ...about, kind: 'expired' }];
    default:
      return [];
  }
}
