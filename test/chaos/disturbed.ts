// Which recoveries tell how long a recovery takes: those with nothing else amiss meanwhile. A daemon that is started again
// while the broker is away has to wait for that, however quick it is. Pure.
import type { Done } from './injector.ts';
import { type Fault, partsHit } from './schedule.ts';

/** Those that had to wait for nothing but themselves. */
export function undisturbed(all: readonly Done[]): readonly Done[] {
  return all.filter((one) => !all.some((other) => other !== one && overlap(one, other) && isInTheWay(other, one)));
}

function overlap(one: Done, other: Done): boolean {
  return one.from <= other.until && other.from <= one.until;
}

/** Whether what `one` needs to recover is hit by `other`. */
function isInTheWay({ fault: other }: Done, { fault }: Done): boolean {
  const own = partsHit(fault);
  const hit = partsHit(other);
  if (own.every((part) => part === 'broker')) return hit.some((part) => !part.startsWith('dispatcher')); // all hosts shall work
  const needed = new Set([...own, ...neededBeside(fault)]);
  return hit.some((part) => needed.has(part));
}

/** A worker is there again when it is ready, a dispatcher when it consumes, all else when a pool is at work. */
function neededBeside({ kind, host }: Fault): readonly string[] {
  if (kind.startsWith('worker')) return [];
  const way = ['broker', `link ${host}`];
  return kind === 'dispatcher-kill' || kind === 'dispatcher-restart' ? way : [...way, `pool ${host}`];
}
