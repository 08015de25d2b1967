// Goes through a whole queue of ours, and leaves everything there: what is visited stays, unless the visit takes it out. Two
// who look at the same time share the messages between them, and neither sees all; so one waits for the other, and where
// something is missing in the end, it says so.
import { type Broker, type Delivery, isConnected, type QueueInfo } from '../broker/broker.ts';
import { isDenied } from '../broker/denied.ts';
import { backoffMs } from '../core/backoff.ts';
import { type Clock, pause } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import { type Walked, walk } from '../handling/walk.ts';

export interface LookTools {
  readonly broker: Broker;
  readonly clock: Clock;
}

interface LookOptions {
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
/** How often in a row nothing comes, although something is there, before it is given up. */
const MOST_STALLS = 8;
/** What comes in while we look is seen, too; but it may come in faster than anybody could look. */
const MOST_MORE = 1_000;

/**
 * @throws TaskqueueError `UNAVAILABLE` where the connection is lost: then nobody knows what was seen twice; `PERMISSION`
 *   where this user may not consume there
 */
export async function lookThrough(tools: LookTools, options: LookOptions): Promise<Looked> {
  const { broker, clock } = tools;
  const lost = new AbortController();
  const forget = broker.onStatus((status) => !isConnected(status) && lost.abort());
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

/**
 * Holds all that there is, until the broker says that nothing is left but that. Its word from beforehand would not do: for a
 * quorum queue that does not answer within 250 ms it says that there is nothing, and nobody.
 * @param isLate whoever else walks there is not waited for any longer
 */
async function lookOnce(
  tools: LookTools,
  options: LookOptions,
  signal: AbortSignal,
  isLate: boolean,
): Promise<boolean> {
  const { queue, begin, visit } = options;
  const info = await tools.broker.queueInfo(queue);
  if (info !== undefined && info.consumers > 0 && !isLate) return false;
  begin();
  if (info === undefined) return true;
  const most = 2 * info.messages + MOST_MORE;
  let [isWhole, stalls, visitedBefore] = [false, 0, -1];
  let refusal: string | null = null;
  async function more({ visited, consumers, problem }: Walked): Promise<number> {
    refusal = problem !== null && isDenied(problem) ? problem : null;
    if (refusal !== null) return 0;
    stalls = visited === visitedBefore ? stalls + 1 : 0;
    visitedBefore = visited;
    const now = await knownInfo(tools, queue, consumers, signal);
    if (now === undefined) return 0;
    const [isAlone, isEnough] = [now.consumers === consumers, visited >= most || stalls >= MOST_STALLS];
    isWhole = isAlone && (now.messages === 0 || visited >= most);
    return isEnough || (!isAlone && !isLate) ? 0 : now.messages;
  }
  await walk(tools, { queue, count: Math.max(1, info.messages), signal, visit, more });
  if (refusal !== null) throw mayNotRead(queue, refusal);
  return isWhole;
}

function mayNotRead(queue: string, reason: string): TaskqueueError {
  const message = `this user may not read the queue ${queue} (rabbitmqctl set_permissions; the broker says: ${reason})`;
  return new TaskqueueError('PERMISSION', message);
}

/** What is said with our own consumers left out is asked again. */
async function knownInfo(
  { broker, clock }: LookTools,
  queue: string,
  consumers: number,
  signal: AbortSignal,
): Promise<QueueInfo | undefined> {
  for (let attempt = 1; attempt <= MOST_STALLS && !signal.aborted; attempt++) {
    const info = await broker.queueInfo(queue).catch(() => undefined); // `signal` tells of a lost connection
    if (info !== undefined && info.consumers >= consumers) return info;
    await pause(clock, backoffMs(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), signal);
  }
  return undefined;
}

function connectionLost({ status }: Broker): TaskqueueError {
  return new TaskqueueError('UNAVAILABLE', status.problem ?? 'the connection to the broker was lost');
}
