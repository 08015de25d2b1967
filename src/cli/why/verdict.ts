// From the evidence to where a workitem is. An id may have had several lives (requeues, or a sender that repeats ids): each gets
// a verdict of its own, the one that matters most first. What somebody has in hand counts more than what is kept, and that
// more than what is remembered. Pure.
import { TASKQUEUE, typeOfQueue, workerQueue } from '../../broker/topology.ts';
import type { Whereabouts } from '../../control/answer.ts';
import type { ParkedFacts } from '../../parked/facts.ts';
import type { QueueDepth } from '../fleet/fleet.ts';
import type { Evidence, Testimony } from './evidence.ts';

type Where<State> = Extract<Whereabouts, { state: State }>;

/** Where a life is. `said`: by whom. */
export type Verdict =
  | { readonly kind: 'running'; readonly where: Where<'running'>; readonly said: Said }
  | { readonly kind: 'waiting'; readonly where: Where<'waiting'>; readonly said: Said }
  | { readonly kind: 'settling'; readonly where: Where<'settling'>; readonly said: Said }
  | { readonly kind: 'passing'; readonly where: Where<'passing'>; readonly said: Said }
  | { readonly kind: 'delayed'; readonly where: Where<'delayed'>; readonly said: Said }
  | { readonly kind: 'ended'; readonly where: Where<'ended'>; readonly said: Said }
  /** In taskqueue.dead. */
  | { readonly kind: 'parked'; readonly facts: ParkedFacts }
  /** In taskqueue.unroutable. */
  | { readonly kind: 'unroutable'; readonly facts: ParkedFacts }
  /** It was parked, and is not there any more. */
  | { readonly kind: 'taken'; readonly where: Where<'parked'>; readonly said: Said }
  /** Somebody put it there, and nobody has it: it waits there, or it has ended where nobody remembers. */
  | { readonly kind: 'queued'; readonly where: Whereabouts; readonly queue: string; readonly said: Said };

type Said = Pick<Testimony, 'host' | 'daemon'>;

export interface Life {
  /** '' where it is not known. */
  readonly run: string;
  readonly id: string;
  readonly type: string;
  readonly verdict: Verdict;
}

export interface Conclusion {
  /** The one that matters most first; none: nobody knows of it. */
  readonly lives: readonly Life[];
  /** It is not to be worked on. */
  readonly cancelled: Where<'cancelled'> | null;
  /** Where it may be waiting. */
  readonly queues: readonly QueueDepth[];
}

export function conclude(evidence: Evidence, now: number): Conclusion {
  const { testimonies, parked, setAside, fleet } = evidence;
  const runs = [
    ...testimonies.filter(({ where }) => where.state !== 'cancelled').map(({ where }) => where.run),
    ...parked.map(({ run }) => run),
    ...setAside.map(({ run }) => run),
  ];
  const lives = [...new Set(runs)].map((run) => lifeOf(run, evidence, now)).filter((life) => life !== undefined);
  const sorted = lives.toSorted(
    (a, b) => rankOf(a.verdict) - rankOf(b.verdict) || timeOf(b.verdict) - timeOf(a.verdict),
  );
  const cancelled = testimonies.map(({ where }) => where).find((where) => where.state === 'cancelled');
  const waiting = new Set(sorted.map(({ verdict, type }) => queueOf(verdict, type)));
  const own = fleet.queues.filter(({ queue }) => waiting.has(queue));
  return { lives: sorted, cancelled: cancelled ?? null, queues: lives.length > 0 ? own : inputQueues(fleet.queues) };
}

/** Whether it holds also where nobody could look at what is parked and set aside: what is there might say otherwise. */
export function holdsWithoutKept({ lives }: Conclusion): boolean {
  const verdict = lives[0]?.verdict;
  if (verdict === undefined || verdict.kind === 'taken') return false;
  return !(verdict.kind === 'queued' && verdict.where.state === 'unroutable');
}

function lifeOf(run: string, evidence: Evidence, now: number): Life | undefined {
  const said = evidence.testimonies.filter(({ where }) => where.run === run && where.state !== 'cancelled');
  const verdict = inHand(said) ?? kept(run, evidence, said) ?? remembered(said, now);
  if (verdict === undefined) return undefined;
  const known = 'facts' in verdict ? verdict.facts : verdict.where;
  const type = known.type || (said.find(({ where }) => where.type !== '')?.where.type ?? '');
  return { run, id: known.id, type, verdict };
}

const HANDS = ['running', 'settling', 'waiting', 'passing'] as const;

/** Where two have it, who works on it counts. */
function inHand(said: readonly Testimony[]): Verdict | undefined {
  for (const kind of HANDS) {
    const one = said.find(({ where }) => where.state === kind);
    if (one) return { kind, where: one.where, said: one } as Verdict;
  }
  return undefined;
}

function kept(run: string, { parked, setAside }: Evidence, said: readonly Testimony[]): Verdict | undefined {
  const dead = parked.find((facts) => facts.run === run);
  const isFinished = said.some(({ where }) => where.state === 'ended' && where.status === 'finished');
  // A result that could not be delivered is of a workitem that has ended; so is a copy of one that was finished after all.
  if (dead && !(isFinished && dead.kind === 'workitem')) return { kind: 'parked', facts: dead };
  const aside = setAside.find((facts) => facts.run === run);
  return aside && { kind: 'unroutable', facts: aside };
}

function remembered(said: readonly Testimony[], now: number): Verdict | undefined {
  const [last] = said.toSorted((a, b) => b.where.at - a.where.at);
  if (!last) return undefined;
  const { where } = last;
  switch (where.state) {
    case 'ended':
      return { kind: 'ended', where, said: last };
    case 'parked':
      return { kind: 'taken', where, said: last };
    case 'delayed':
      if (where.untilMs > now) return { kind: 'delayed', where, said: last };
      return { kind: 'queued', where, queue: workerQueue(where.type), said: last };
    case 'routed':
    case 'unroutable': // and moved on by now
      return { kind: 'queued', where, queue: where.queue, said: last };
    case 'running':
    case 'waiting':
    case 'settling':
    case 'passing':
    case 'cancelled':
      return undefined; // in hand, or no life
    default:
      return where satisfies never;
  }
}

/** What somebody has in hand comes first; else the latest. */
function rankOf({ kind }: Verdict): number {
  return HANDS.some((hand) => hand === kind) ? 0 : 1;
}

function timeOf(verdict: Verdict): number {
  return 'facts' in verdict ? (verdict.facts.at ?? 0) : verdict.where.at;
}

function queueOf(verdict: Verdict, type: string): string {
  if (verdict.kind === 'queued') return verdict.queue;
  return verdict.kind === 'taken' && type !== '' ? workerQueue(type) : '';
}

/** Where something waits that nobody has taken yet, or may. */
function inputQueues(queues: readonly QueueDepth[]): readonly QueueDepth[] {
  return queues.filter(
    ({ queue, messages }) => messages !== 0 && (queue === TASKQUEUE || typeOfQueue(queue) !== undefined),
  );
}
