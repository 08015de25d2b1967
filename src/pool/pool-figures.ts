// What `systemctl status` says about a pool manager. Only reads.
import type { GroupConfig } from '../config/config.ts';
import type { InstanceState } from './instance-state.ts';

interface Watched {
  readonly state: InstanceState;
  readonly jobs: { readonly size: number };
  readonly isPaused: boolean;
  readonly plan: { readonly group: Pick<GroupConfig, 'type'> };
}

/** Nobody is on the way to the first start: each runs, or has a problem. */
export function isSettledIn(instances: readonly Pick<Watched, 'state'>[]): boolean {
  return instances.every(({ state }) => state.phase.name === 'running' || state.problem !== null);
}

export function figuresOf(instances: readonly Watched[]): string[] {
  const running = instances.filter(({ state }) => state.phase.name === 'running').length;
  const failing = instances.filter(({ state }) => state.phase.name !== 'running' && state.problem !== null).length;
  const inFlight = instances.reduce((sum, { jobs }) => sum + jobs.size, 0);
  const paused = new Set(instances.filter(({ isPaused }) => isPaused).map(({ plan }) => plan.group.type));
  return [
    `${running} of ${instances.length} instances running`,
    ...(failing === 0 ? [] : [`${failing} failing`]),
    ...(paused.size === 0 ? [] : [`paused: ${[...paused].join(', ')}`]),
    `${inFlight} in flight`,
  ];
}

/** For settling what has ended, and for the broker's goodbye. */
const AFTERWARDS_MS = 30_000;

/** No stop takes longer: every instance stops within the times of its group, all at once. */
export function stopWithinMs(groups: readonly GroupConfig[]): number {
  const each = groups.map(({ options }) => options.stopTimeoutMs + 2 * options.killTimeoutMs);
  return Math.max(0, ...each) + AFTERWARDS_MS;
}
