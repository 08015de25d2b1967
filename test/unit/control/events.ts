// Events for tests, each with only what matters there.
import type { InstanceEvent, WorkitemEvent } from '../../../src/events/event.ts';

const ABOUT = { v: 1, at: 1, id: 'w', type: 't', run: 'r', replyTo: null } as const;

const WORKITEM: { readonly [K in WorkitemEvent['kind']]: Extract<WorkitemEvent, { kind: K }> } = {
  routed: { ...ABOUT, kind: 'routed', queue: 'worker_t' },
  unroutable: { ...ABOUT, kind: 'unroutable', queue: 'worker_t' },
  queued: { ...ABOUT, kind: 'queued', queue: 'worker_t', why: 'handed back' },
  started: { ...ABOUT, kind: 'started', instance: 't#1', attempt: 1 },
  progress: { ...ABOUT, kind: 'progress', fraction: 0.5, note: '' },
  finished: { ...ABOUT, kind: 'finished', instance: 't#1', tookMs: 1 },
  failed: { ...ABOUT, kind: 'failed', instance: 't#1', error: 'broken' },
  expired: { ...ABOUT, kind: 'expired' },
  cancelled: { ...ABOUT, kind: 'cancelled', error: 'by op' },
  delayed: { ...ABOUT, kind: 'delayed', untilMs: 100, why: 'broken', attempt: 2 },
  parked: { ...ABOUT, kind: 'parked', reason: 'failed', error: 'broken', isReported: true },
};

export function event<K extends WorkitemEvent['kind']>(
  kind: K,
  more: Partial<Extract<WorkitemEvent, { kind: K }>> = {},
): Extract<WorkitemEvent, { kind: K }> {
  return { ...WORKITEM[kind], ...more };
}

export const GONE: InstanceEvent = { v: 1, kind: 'gone', at: 1, type: 't', instance: 't#1' };
export const EVERY_EVENT = [
  ...Object.values(WORKITEM),
  GONE,
  { ...GONE, kind: 'ready', pid: 7 },
  { ...GONE, kind: 'died', how: 'exited', restartInMs: 0 },
  { ...GONE, kind: 'failing', why: 'exited' },
] as const;
