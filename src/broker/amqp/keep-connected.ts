// Keeps one session with one of several hosts: tries them in turn, waits longer and longer between the rounds, and begins
// again when a session is lost. Each problem is said once, and then only in the debug log, until we are connected again.
import { backoffMs } from '../../core/backoff.ts';
import { type Clock, pause } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { whenAborted } from '../../core/when-aborted.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/**
 * A broker that restarts is back within seconds, and work shall go on at once then: as long as the outage is short, so are the
 * pauses. While nothing listens, an attempt costs the broker nothing; once it listens, each daemon waits for its answer before
 * it tries again; and the jitter spreads hundreds of them over half a second. The longer it lasts, the less a pause matters: it
 * is a small part of the outage then, 3 s after a minute, half a minute from ten minutes on.
 */
const SHORT_PAUSE_MS = 1_000;
const SHARE_OF_OUTAGE = 0.05;
/** A session that lasted less was no success: the next attempt does not follow at once. */
const STEADY_MS = 10_000;

/** What a session must have to be kept. */
export interface Keepable {
  readonly host: string;
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export type LinkState<S> =
  | { readonly kind: 'connecting'; readonly host: string }
  | { readonly kind: 'connected'; readonly host: string; readonly session: S }
  /** Until the next round. */
  | { readonly kind: 'waiting'; readonly host: string; readonly problem: string };

interface KeepOptions<H, S extends Keepable> {
  readonly hosts: readonly H[];
  nameOf(host: H): string;
  /** Rejects where there is no session to be had now. */
  open(host: H): Promise<S>;
  /** One sentence that says what to do. */
  problemOf(error: unknown, host: H): string;
  onState(state: LinkState<S>): void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Resolves after `signal` aborted. The session that is open then stays open: it is the caller's to end. */
export async function keepConnected<H, S extends Keepable>(
  options: KeepOptions<H, S>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, onState } = options;
  const said = new Map<string, string>();
  const stopped = whenAborted(signal);
  let turn = 0;
  let lostAt = clock.now();
  for (let failures = 0; !signal.aborted; ) {
    const found = await oneRound(options, turn, said, signal);
    const since = clock.now();
    if (found.kind === 'none') {
      onState({ kind: 'waiting', host: found.host, problem: found.problem });
      failures++;
    } else {
      turn = found.turn + 1;
      if (signal.aborted) return found.session.close();
      said.clear();
      await untilLost(options, found.session, stopped);
      if (signal.aborted) return;
      const isSteady = clock.now() - since >= STEADY_MS;
      failures = isSteady ? 0 : failures + 1;
      if (isSteady) lostAt = clock.now();
    }
    const longestMs = longestPauseMs(clock.now() - lostAt);
    if (failures > 0) await pause(clock, backoffMs(failures, FIRST_PAUSE_MS, longestMs), signal);
  }
}

function longestPauseMs(outageMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORT_PAUSE_MS, outageMs * SHARE_OF_OUTAGE));
}

type Found<S> =
  | { readonly kind: 'session'; readonly session: S; readonly turn: number }
  | { readonly kind: 'none'; readonly host: string; readonly problem: string };

/** Each host once, from `turn` on. */
async function oneRound<H, S extends Keepable>(
  { hosts, nameOf, open, problemOf, onState, logger }: KeepOptions<H, S>,
  turn: number,
  said: Map<string, string>,
  signal: AbortSignal,
): Promise<Found<S>> {
  let last = { host: '', problem: 'no host is configured' };
  for (let step = 0; step < hosts.length && !signal.aborted; step++) {
    const host = hosts[(turn + step) % hosts.length] as H;
    const name = nameOf(host);
    onState({ kind: 'connecting', host: name });
    try {
      return { kind: 'session', session: await open(host), turn: turn + step };
    } catch (err) {
      last = { host: name, problem: problemOf(err, host) };
      if (signal.aborted) break;
      const isNew = said.get(name) !== last.problem;
      said.set(name, last.problem);
      logger[isNew ? 'warn' : 'debug'](
        { host: name },
        isNew ? `${last.problem} (trying until it works)` : last.problem,
      );
    }
  }
  return { kind: 'none', ...last };
}

async function untilLost<H, S extends Keepable>(
  { logger, onState }: KeepOptions<H, S>,
  session: S,
  stopped: Promise<void>,
): Promise<void> {
  const { host } = session;
  logger.info({ host }, `connected to the broker at ${host}`);
  onState({ kind: 'connected', host, session });
  const why = await Promise.race([session.ended, stopped]);
  if (why === undefined) return;
  const problem = `the connection to the broker at ${host} was lost: ${why}`;
  logger.warn({ host }, problem);
  onState({ kind: 'waiting', host, problem });
  await session.close();
}
