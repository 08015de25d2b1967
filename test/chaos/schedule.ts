// The schedule of faults: what is done to whom, when, and for how long. Pure: the same seed gives the same schedule, so
// that a run that failed can be replayed. (What happens between two faults is up to the machine.)
import { type Random, randomFrom } from './random.ts';

export type FaultKind =
  | 'worker-kill' // SIGKILL of one worker process
  | 'worker-stop' // SIGSTOP, later SIGCONT
  | 'pool-kill'
  | 'pool-stop'
  | 'pool-restart' // SIGTERM, and started again
  | 'pool-reload' // SIGHUP with another configuration
  | 'dispatcher-kill'
  | 'dispatcher-stop'
  | 'dispatcher-restart'
  | 'dispatcher-reload'
  | 'link-cut' // every connection of a host is reset
  | 'link-stall' // nothing passes for a while, nothing is closed
  | 'link-delay' // everything takes longer
  | 'link-halfopen' // the connections there are fall silent for ever; new ones work
  | 'broker-kill' // one node; in a cluster the others go on
  | 'broker-stop'
  | 'broker-restart'
  | 'broker-alarm' // it takes no messages, as when its memory is full
  | 'pool-kill-blocked' // SIGKILL while the broker takes no messages: what is done and not reported dies with it
  | 'dispatcher-kill-blocked'
  | 'pool-kill-muted' // SIGKILL while nothing arrives of what it publishes, but its acknowledgements do
  | 'dispatcher-kill-muted'
  | 'leader-kill'; // the node that leads the queue `taskqueue`

export interface Fault {
  /** ms after the first one could have been. */
  readonly at: number;
  readonly kind: FaultKind;
  readonly host: number;
  readonly node: number;
  /** How long it lasts: until it is resumed, started again, or let through again. */
  readonly ms: number;
  /** 0 … 1: which of several worker processes, which option. */
  readonly pick: number;
}

export interface Shape {
  readonly hosts: number;
  readonly nodes: number;
  /** Only these; `null`: all that there are. */
  readonly kinds: readonly FaultKind[] | null;
}

interface Rule {
  readonly kind: FaultKind;
  readonly weight: number;
  readonly ms: readonly [number, number];
  /** What it occupies, and for how long after its end: the next fault there would hit what has not come back. */
  readonly targets: readonly ('pool' | 'dispatcher' | 'link' | 'broker')[];
  readonly restMs: number;
}

const RULES: readonly Rule[] = [
  { kind: 'worker-kill', weight: 20, ms: [0, 0], targets: ['pool'], restMs: 500 },
  { kind: 'worker-stop', weight: 5, ms: [1_000, 5_000], targets: ['pool'], restMs: 500 },
  { kind: 'pool-kill', weight: 9, ms: [100, 1_500], targets: ['pool'], restMs: 5_000 },
  { kind: 'pool-stop', weight: 6, ms: [500, 16_000], targets: ['pool'], restMs: 4_000 },
  { kind: 'pool-restart', weight: 5, ms: [100, 500], targets: ['pool'], restMs: 10_000 },
  { kind: 'pool-reload', weight: 6, ms: [0, 0], targets: ['pool'], restMs: 4_000 },
  { kind: 'dispatcher-kill', weight: 9, ms: [100, 1_500], targets: ['dispatcher'], restMs: 3_000 },
  { kind: 'dispatcher-stop', weight: 6, ms: [500, 16_000], targets: ['dispatcher'], restMs: 3_000 },
  { kind: 'dispatcher-restart', weight: 5, ms: [100, 500], targets: ['dispatcher'], restMs: 3_000 },
  { kind: 'dispatcher-reload', weight: 3, ms: [0, 0], targets: ['dispatcher'], restMs: 3_000 },
  { kind: 'link-cut', weight: 10, ms: [0, 0], targets: ['link'], restMs: 4_000 },
  { kind: 'link-stall', weight: 7, ms: [500, 14_000], targets: ['link'], restMs: 4_000 },
  { kind: 'link-delay', weight: 5, ms: [2_000, 8_000], targets: ['link'], restMs: 1_000 },
  { kind: 'link-halfopen', weight: 5, ms: [0, 0], targets: ['link'], restMs: 15_000 },
  { kind: 'broker-kill', weight: 8, ms: [200, 3_000], targets: ['broker'], restMs: 20_000 },
  { kind: 'broker-stop', weight: 5, ms: [500, 14_000], targets: ['broker'], restMs: 8_000 },
  { kind: 'broker-restart', weight: 4, ms: [200, 1_000], targets: ['broker'], restMs: 20_000 },
  { kind: 'broker-alarm', weight: 4, ms: [1_000, 6_000], targets: ['broker'], restMs: 3_000 },
  { kind: 'pool-kill-blocked', weight: 6, ms: [500, 2_500], targets: ['broker', 'pool'], restMs: 5_000 },
  { kind: 'dispatcher-kill-blocked', weight: 4, ms: [500, 2_500], targets: ['broker', 'dispatcher'], restMs: 5_000 },
  { kind: 'pool-kill-muted', weight: 6, ms: [500, 2_500], targets: ['link', 'pool'], restMs: 5_000 },
  { kind: 'dispatcher-kill-muted', weight: 6, ms: [500, 2_500], targets: ['link', 'dispatcher'], restMs: 5_000 },
  { kind: 'leader-kill', weight: 8, ms: [200, 3_000], targets: ['broker'], restMs: 20_000 },
];

/** @throws where there is no fault of that name */
export function faultKind(name: string): FaultKind {
  const rule = RULES.find(({ kind }) => kind === name);
  if (!rule) throw new Error(`--faults ${name}: there are ${RULES.map(({ kind }) => kind).join(', ')}`);
  return rule.kind;
}

/** Faults begin within `lengthMs`, some seconds apart; different targets are hit at the same time. */
export function scheduleFor(seed: number, lengthMs: number, shape: Shape): readonly Fault[] {
  const random = randomFrom(seed, 1);
  const freeAt = new Map<string, number>();
  const faults: Fault[] = [];
  for (let at = random.between(0, 2_000); at < lengthMs; at += random.between(800, 4_500)) {
    const host = random.between(0, shape.hosts - 1);
    const fault = faultAt(at, host, shape, freeAt, random);
    if (fault !== null) faults.push(fault);
  }
  return faults;
}

function faultAt(at: number, host: number, shape: Shape, freeAt: Map<string, number>, random: Random): Fault | null {
  const isFree = (target: string): boolean => (freeAt.get(target) ?? 0) <= at;
  const possible = RULES.filter((rule) => targetsOf(rule, host).every(isFree)).filter(
    (rule) => (rule.kind !== 'leader-kill' || shape.nodes > 1) && (shape.kinds?.includes(rule.kind) ?? true),
  );
  if (possible.length === 0) return null;
  const rule = random.weighted(possible.map((one) => [one, one.weight] as const));
  const ms = random.between(...rule.ms);
  for (const target of targetsOf(rule, host)) freeAt.set(target, at + ms + rule.restMs);
  return { at, kind: rule.kind, host, node: random.between(0, shape.nodes - 1), ms, pick: random.fraction() };
}

/** What a fault occupies: the broker, or a part of a host, with the number of that. */
export function partsHit({ kind, host }: Pick<Fault, 'kind' | 'host'>): readonly string[] {
  return RULES.filter((rule) => rule.kind === kind).flatMap((rule) => targetsOf(rule, host));
}

/** A pool takes its workers along: they are one target. One node of a cluster at a time, else it has no majority. */
function targetsOf({ targets }: Rule, host: number): readonly string[] {
  return targets.map((target) => (target === 'broker' ? target : `${target} ${host}`));
}
