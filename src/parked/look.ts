// Goes through a whole queue of ours, and leaves everything there: what is visited stays, unless the visit takes it out. Two
// who look at the same time share the messages between them, and neither sees all; so one waits for the other, and where
// something is missing in the end, it says so.
import type { Broker, Delivery } from '../broker/broker.ts';
import { backoffMs } from '../core/backoff.ts';
import { type Clock, pause } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import { walk } from '../handling/walk.ts';

export interface LookTools {
  readonly broker: Broker;
  readonly clock: Clock;
}

export interface LookOptions {
  readonly queue: string;
  /** How long to wait for others who look, or walk, too. */
  readonly patienceMs: number;
  /** A walk begins: what the one before has seen, it will see again. */
  begin(): void;
  /** As in a walk: settles the delivery, or leaves it where it is. */
  visit(delivery: Delivery): void | Promise<void>;
}

export interface Looked {
  /** Everything that was there has been seen in the last walk. */
  readonly isWhole: boolean;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** @throws TaskqueueError `UNAVAILABLE` where the connection is lost: then nobody knows what was seen twice */
export async function lookThrough(tools: LookTools, options: LookOptions): Promise<Looked> {
  const { broker, clock } = tools;
  const lost = new AbortController();
  const forget = broker.onStatus(({ state }) => state !== 'connected' && state !== 'blocked' && lost.abort());
  const until = clock.now() + options.patienceMs;
  try {
    for (let attempt = 1; ; attempt++) {
      const isLate = clock.now() >= until;
      const isWhole = await lookOnce(tools, options, lost.signal, isLate);
      if (lost.signal.aborted) throw connectionLost(broker);
      if (isWhole || isLate) return { isWhole };
      await pause(clock, backoffMs(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), lost.signal);
    }
  } finally {
    forget();
  }
}

/** @param isLate whoever else walks there is not waited for any longer */
async function lookOnce(
  tools: LookTools,
  { queue, begin, visit }: LookOptions,
  signal: AbortSignal,
  isLate: boolean,
): Promise<boolean> {
  const info = await tools.broker.queueInfo(queue);
  if (info === undefined) {
    begin();
    return true;
  }
  if (info.consumers > 0 && !isLate) return false;
  begin();
  return (await walk(tools, { queue, count: info.messages, signal, visit })) && info.consumers === 0;
}

function connectionLost({ status }: Broker): TaskqueueError {
  return new TaskqueueError('UNAVAILABLE', status.problem ?? 'the connection to the broker was lost');
}
