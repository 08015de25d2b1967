// How many messages there are of each type and reason.
import type { ParkedFacts } from '../../parked/facts.ts';
import { type Column, tableText } from '../table.ts';

interface Count {
  readonly type: string;
  readonly reason: string;
  count: number;
}

/** Anybody can think up types. */
const MOST_ROWS = 200;

export class Counts {
  readonly #rows = new Map<string, Count>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  clear(): void {
    this.#rows.clear();
    this.#total = 0;
  }

  add({ kind, type, reason }: ParkedFacts): void {
    this.#total++;
    const named = { type: kind === 'result' ? `result of ${type}` : type || '-', reason: reason || '-' };
    const key = JSON.stringify(named);
    const isKnown = this.#rows.has(key) || this.#rows.size < MOST_ROWS;
    const row = this.#rows.get(isKnown ? key : '') ?? { ...(isKnown ? named : OTHERS), count: 0 };
    row.count++;
    this.#rows.set(isKnown ? key : '', row);
  }

  /** The largest first. */
  text(width: number | null): string {
    const rows = [...this.#rows.values()].sort((a, b) => b.count - a.count);
    return tableText(COLUMNS, rows, width);
  }
}

const OTHERS = { type: '(other types)', reason: '-' };

const COLUMNS: readonly Column<Count>[] = [
  { title: 'COUNT', align: 'right', cell: ({ count }) => String(count) },
  { title: 'TYPE', least: 8, cell: ({ type }) => type },
  { title: 'REASON', cell: ({ reason }) => reason },
];
