// What the state of the connection to the broker says about a daemon: to people, and to the watchdog.
import type { BrokerStatus } from '../broker/broker.ts';

/** Longer than any attempt to connect takes, and longer than the longest pause between two. */
const STUCK_AFTER_MS = 150_000;

/**
 * Whether the session has stopped getting anywhere, so that only a restart helps. A broker that is away keeps it moving
 * from `connecting` to `waiting` and back; one that is there, or a daemon that stops, may stay as it is for ever.
 */
export function isStuck({ state }: BrokerStatus, unchangedForMs: number): boolean {
  return (state === 'connecting' || state === 'waiting') && unchangedForMs > STUCK_AFTER_MS;
}

export function brokerText({ state, host, problem }: BrokerStatus): string {
  switch (state) {
    case 'connected':
      return `broker ${host} connected`;
    case 'blocked':
      return `broker ${host} takes no messages now: ${problem ?? 'it does not say why'}`;
    case 'connecting':
    case 'waiting':
      return problem === null ? `connecting to broker ${host}` : `broker away, trying until it works: ${problem}`;
    case 'stopped':
      return `broker ${host} not connected`;
    default:
      return state satisfies never;
  }
}
