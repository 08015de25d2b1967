// What the events about a workitem say about where it is now. Pure.
import type { WorkitemEvent } from '../events/event.ts';
import type { Whereabouts } from './answer.ts';
import type { Cancellation } from './standing.ts';

/** @param id a workitem's id, or the name of one of its lives */
export function isAbout(event: Pick<WorkitemEvent, 'id' | 'run'>, id: string): boolean {
  return id !== '' && (event.id === id || event.run === id);
}

/** For each life the last that is known of it – and that it is parked, which its failed result does not change. */
export function whereaboutsOf(events: readonly WorkitemEvent[]): readonly Whereabouts[] {
  const lives = new Map<string, WorkitemEvent[]>();
  for (const event of events) lives.set(event.run, [...(lives.get(event.run) ?? []), event]);
  return [...lives.values()].flatMap(whereaboutsOfLife).toSorted((a, b) => b.at - a.at);
}

function whereaboutsOfLife(events: readonly WorkitemEvent[]): readonly Whereabouts[] {
  const last = events.reduce((latest, event) => (event.at >= latest.at ? event : latest));
  const parked = events.filter(({ kind }) => kind === 'parked' || kind === 'failed');
  const told = parked.some(({ kind }) => kind === 'parked') ? parked : [last];
  return told.map(whereaboutOf).filter((one) => one !== undefined);
}

function whereaboutOf(event: WorkitemEvent): Whereabouts | undefined {
  const { id, run, type, at } = event;
  const about = { id, run, type, at };
  switch (event.kind) {
    case 'finished':
    case 'expired':
      return { ...about, state: 'ended', status: event.kind, error: null };
    case 'failed':
    case 'cancelled':
      return { ...about, state: 'ended', status: event.kind, error: event.error };
    case 'delayed':
      return { ...about, state: 'delayed', untilMs: event.untilMs, why: event.why, attempt: event.attempt };
    case 'parked':
      return { ...about, state: 'parked', reason: event.reason, error: event.error };
    case 'unroutable':
      return { ...about, state: 'unroutable', queue: event.queue };
    case 'routed':
    case 'queued':
      return { ...about, state: 'routed', queue: event.queue };
    case 'started':
    case 'progress':
      return undefined; // who works on it says so itself
    default:
      return event satisfies never;
  }
}

/** What is in hand is known better than it is remembered. */
export function withOrdersAndHands(
  remembered: readonly Whereabouts[],
  inHand: readonly Whereabouts[],
  cancellation: Cancellation | undefined,
): readonly Whereabouts[] {
  const held = new Set(inHand.map(({ run }) => run));
  const others = remembered.filter(({ run }) => !held.has(run));
  return [...inHand, ...others, ...(cancellation ? [cancelled(cancellation)] : [])];
}

function cancelled({ id, at, by, reason }: Cancellation): Whereabouts {
  return { id, run: '', type: '', at, state: 'cancelled', by, reason };
}
