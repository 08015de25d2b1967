// What the senders send: the n-th workitem of a seed, what its handler shall do, and the one outcome it must have. Pure.
import { type Random, randomFrom } from './random.ts';

export type Expected = 'finished' | 'failed' | 'expired' | 'parked';

export interface Order {
  readonly id: string;
  readonly type: string;
  /** What the handler does: a `case` of test/fixtures/plugins-chaos. */
  readonly what: string;
  readonly queue: string;
  readonly body: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly replyTo: string | null;
  readonly expected: Expected;
  /** A failed one that is kept in `taskqueue.dead` as well. */
  readonly isKept: boolean;
  /** Its handler begins exactly once, as long as nothing dies. */
  readonly runsOnce: boolean;
}

export const REPLIES = 'chaos.replies';
/** No pool runs it; `unroutable_ttl` parks it. */
const NOBODY = 'nobody';

interface Kind {
  readonly type: string;
  readonly weight: number;
  readonly ms?: readonly [number, number];
  readonly expected?: Expected;
  readonly isKept?: boolean;
  readonly runsOnce?: boolean;
  /** Takes its time to come to an end: not sent near the end of a run. */
  readonly isSlow?: boolean;
}

const KINDS: Readonly<Record<string, Kind>> = {
  quick: { type: 'quick', weight: 600 },
  sleep: { type: 'sleeper', weight: 150, ms: [20, 400] },
  due: { type: 'quick', weight: 40, ms: [1_000, 6_000] },
  'throw-once': { type: 'flaky', weight: 35, runsOnce: false },
  throw: { type: 'flaky', weight: 12, expected: 'failed', isKept: true, runsOnce: false },
  later: { type: 'flaky', weight: 20, runsOnce: false },
  reject: { type: 'flaky', weight: 10, expected: 'parked' },
  block: { type: 'blocker', weight: 8, ms: [200, 2_500] },
  exit: { type: 'crasher', weight: 1, expected: 'failed', isKept: true, runsOnce: false, isSlow: true },
  segfault: { type: 'crasher', weight: 1, expected: 'failed', isKept: true, runsOnce: false, isSlow: true },
  eat: { type: 'crasher', weight: 0.5, expected: 'failed', isKept: true, runsOnce: false, isSlow: true },
  'crash-once': { type: 'crasher', weight: 2, runsOnce: false, isSlow: true },
  // Several at a time in one process, some of which bring it down: the others are suspects, and innocent.
  crowd: { type: 'crowd', weight: 60, ms: [50, 600], runsOnce: false },
  'crowd-exit': { type: 'crowd', weight: 1, expected: 'failed', isKept: true, runsOnce: false, isSlow: true },
  peaceful: { type: 'crasher', weight: 10 },
  loop: { type: 'looper', weight: 4, expected: 'failed', runsOnce: false, isSlow: true },
  long: { type: 'long', weight: 3, ms: [3_000, 9_000], isSlow: true },
  unreadable: { type: '', weight: 10, expected: 'parked' },
  nobody: { type: NOBODY, weight: 4, expected: 'parked', isSlow: true },
  expired: { type: 'quick', weight: 10, expected: 'expired' },
};

/** Those that pools run. */
export const TYPES: readonly string[] = [...new Set(Object.values(KINDS).map(({ type }) => type))].filter(
  (type) => type !== '' && type !== NOBODY,
);

/** `now`: for the times in headers. `isLate`: the run is about to end. */
export function orderOf(seed: number, n: number, now: number, isLate: boolean): Order {
  const random = randomFrom(seed, 1_000 + n);
  const names = Object.entries(KINDS).filter(([, kind]) => !(isLate && kind.isSlow));
  const what = random.weighted(names.map(([name, kind]) => [name, kind.weight] as const));
  const kind = KINDS[what] as Kind;
  const ms = kind.ms === undefined ? 0 : random.between(...kind.ms);
  const expected = kind.expected ?? 'finished';
  return {
    id: `${seed}-${n}`,
    type: kind.type,
    what,
    ...wayOf(what, kind.type, ms, now, random),
    replyTo: expected === 'finished' && random.fraction() < 0.2 ? REPLIES : null,
    expected,
    isKept: kind.isKept ?? false,
    runsOnce: kind.runsOnce ?? true,
  };
}

type Way = Pick<Order, 'queue' | 'body' | 'contentType' | 'headers'>;

/** Through the dispatcher in the ways there are, or past it. */
function wayOf(what: string, type: string, ms: number, now: number, random: Random): Way {
  if (what === 'unreadable') return { queue: 'taskqueue', body: '{"wor', contentType: 'application/json', headers: {} };
  const timing: Order['headers'] =
    what === 'due' ? { 'tq-due': now + ms } : what === 'expired' ? { 'tq-expires': now - 1 } : {};
  const body = JSON.stringify({ worker_type: type, do: what, ms });
  const json = { body, contentType: 'application/json', headers: timing };
  const ways: readonly (readonly [Way, number])[] = [
    [{ queue: 'taskqueue', ...json }, 5],
    [{ queue: 'taskqueue', ...json, body: `${type} ${body}`, contentType: 'text/plain' }, 1],
    [{ queue: 'taskqueue', ...json, contentType: 'x/raw', headers: { ...timing, 'tq-type': type } }, 1],
    [{ queue: `worker_${type}`, ...json }, type === NOBODY ? 0 : 3],
  ];
  return random.weighted(ways);
}
