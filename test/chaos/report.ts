// The verdict as a table that people read.
import { undisturbed } from './disturbed.ts';
import type { Done } from './injector.ts';
import type { Verdict } from './ledger.ts';
import type { FaultKind } from './schedule.ts';

export interface Report {
  readonly setup: string;
  readonly seed: number;
  readonly minutes: number;
  readonly verdict: Verdict;
  readonly faults: readonly Done[];
  /** Daemons that ended by themselves. */
  readonly accidents: readonly string[];
  /** Queues that hold messages in the end. */
  readonly left: ReadonlyMap<string, number>;
}

export function reportText({ setup, seed, minutes, verdict, faults, accidents, left }: Report): string {
  const { ended } = verdict;
  const wrong = [
    row('LOST', verdict.lost),
    row('failed without its copy in taskqueue.dead', verdict.withoutCopy),
    row('two different outcomes', verdict.different),
    row('innocents parked or failed', verdict.innocents),
    row('another outcome than expected', verdict.unexpected),
    row('outcomes of what nobody sent', verdict.strangers),
    row('daemons that ended by themselves', accidents),
  ];
  return [
    `== ${setup}, seed ${seed}, ${minutes} min, ${faults.length} faults`,
    `   sent ${verdict.sent}, confirmed ${verdict.confirmed}: finished ${ended.finished}, failed ${ended.failed}, ` +
      `parked ${ended.parked}, expired ${ended.expired}`,
    ...wrong.map((line) => `   ${line}`),
    `   duplicates: ${verdict.duplicates} outcomes, ${verdict.extraRuns} runs of handlers`,
    ...(left.size === 0 ? [] : [`   left in queues: ${[...left].map(([name, n]) => `${name} ${n}`).join(', ')}`]),
    '   work goes on again after (ms)          n   median      max   undisturbed: n   median      max',
    ...recoveryRows(faults).map((line) => `     ${line}`),
  ].join('\n');
}

function row(what: string, ids: readonly string[]): string {
  const shown = ids.slice(0, 20).join(' ');
  return `${what}: ${ids.length}${ids.length === 0 ? '' : `  ${shown}${ids.length > 20 ? ' …' : ''}`}`;
}

function recoveryRows(faults: readonly Done[]): string[] {
  const kinds = [...new Set(faults.map(({ fault }) => fault.kind))].sort();
  const alone = undisturbed(faults);
  return kinds.map((kind) => `${kind.padEnd(34)} ${figuresOf(faults, kind)}   ${figuresOf(alone, kind, 14)}`);
}

/** How many, the median and the worst. */
function figuresOf(faults: readonly Done[], kind: FaultKind, width = 3): string {
  const times = faults.filter(({ fault }) => fault.kind === kind).map(({ recoveryMs }) => recoveryMs);
  const known = times.filter((time) => time !== null).sort((a, b) => a - b);
  const at = (index: number): string => (known.length === 0 ? '-' : String(Math.round(known[index] as number)));
  const median = at(Math.floor((known.length - 1) / 2));
  return `${String(times.length).padStart(width)} ${median.padStart(8)} ${at(known.length - 1).padStart(8)}`;
}
