// What is aimed at, as ratios within one run; and how far a run has come. Pure: whatever was not measured has no value.
import { type Figure, medianOf, shown } from './figures.ts';

export interface Goal {
  readonly title: string;
  readonly aim: 'at least' | 'at most';
  readonly bound: number;
  readonly unit: string;
  valueIn(figures: readonly Figure[]): number;
}

const DISPATCHER = 'through the dispatcher';
const TWO = '2 processes';
const RELAY = 'dispatcher, tq-type';

function ratio(what: string, one: readonly [string, string], other: readonly [string, string]): Goal['valueIn'] {
  return (figures) => medianOf(figures, what, ...one) / medianOf(figures, what, ...other);
}

function value(what: string, who: string, where: string): Goal['valueIn'] {
  return (figures) => medianOf(figures, what, who, where);
}

const atLeast = (title: string, bound: number, valueIn: Goal['valueIn']): Goal => ({
  title,
  aim: 'at least',
  bound,
  unit: '×',
  valueIn,
});
const atMost = (title: string, bound: number, unit: string, valueIn: Goal['valueIn']): Goal => ({
  title,
  aim: 'at most',
  bound,
  unit,
  valueIn,
});

export const GOALS: readonly Goal[] = [
  atLeast('relay, classic: dispatcher / bare loop', 0.95, ratio('rate', [RELAY, 'classic'], ['bare loop', 'classic'])),
  atLeast('relay, quorum: dispatcher / bare loop', 0.95, ratio('rate', [RELAY, 'quorum'], ['bare loop', 'quorum'])),
  atLeast('relay, classic: dispatcher / shovel', 0.8, ratio('rate', [RELAY, 'classic'], ['shovel', 'classic'])),
  atLeast('relay, quorum: dispatcher / shovel', 0.65, ratio('rate', [RELAY, 'quorum'], ['shovel', 'quorum'])),
  atLeast(
    'backlog, 2 processes: through the dispatcher / Celery',
    6,
    ratio('rate', [DISPATCHER, TWO], ['Celery', TWO]),
  ),
  atLeast(
    'backlog, 2 processes: through the dispatcher / BullMQ',
    0.8,
    ratio('rate', [DISPATCHER, TWO], ['BullMQ', TWO]),
  ),
  atLeast('backlog, 2 processes: straight / BullMQ', 1.2, ratio('rate', ['straight', TWO], ['BullMQ', TWO])),
  atLeast(
    'backlog through the dispatcher: 8 / 2 processes',
    1,
    ratio('rate', [DISPATCHER, '8 processes'], [DISPATCHER, TWO]),
  ),
  atMost(
    'round trip p50: through the dispatcher / Celery',
    0.75,
    '×',
    ratio('p50', [DISPATCHER, 'classic'], ['Celery', 'classic']),
  ),
  atMost('round trip p50: straight / Celery', 0.5, '×', ratio('p50', ['straight', 'classic'], ['Celery', 'classic'])),
  atMost(
    'round trip p99: through the dispatcher / Celery',
    1,
    '×',
    ratio('p99', [DISPATCHER, 'classic'], ['Celery', 'classic']),
  ),
  atMost('killed worker process → replacement ready', 150, 'ms', value('killed → ready', 'worker process', 'idle')),
  atMost('PSS of an idle worker process, of 10', 40, 'MB', value('PSS', 'each worker process', '10 worker processes')),
  atLeast(
    'rate with 1,000,000 waiting / with 1,000',
    0.9,
    ratio('rate', [DISPATCHER, '1,000,000 waiting'], [DISPATCHER, '1,000 waiting']),
  ),
  atMost(
    'PSS of the pool, 1,000,000 waiting / 1,000',
    1.2,
    '×',
    ratio('PSS', ['pool', '1,000,000 waiting'], ['pool', '1,000 waiting']),
  ),
  atMost(
    'PSS of the dispatcher, 1,000,000 waiting / 1,000',
    1.2,
    '×',
    ratio('PSS', ['dispatcher', '1,000,000 waiting'], ['dispatcher', '1,000 waiting']),
  ),
  atMost('CPU of an idle dispatcher', 0.1, '%', value('CPU', 'dispatcher', 'idle')),
  atMost('CPU of an idle pool', 0.1, '%', value('CPU', 'pool', 'idle')),
];

/** Rows of a table: what was measured, the aim, and whether it is met. */
export function goalRows(figures: readonly Figure[]): string[][] {
  return GOALS.map((goal) => ({ goal, measured: goal.valueIn(figures) }))
    .filter(({ measured }) => Number.isFinite(measured))
    .map(({ goal: { title, aim, bound, unit }, measured }) => {
      const isMet = aim === 'at least' ? measured >= bound : measured <= bound;
      return [title, `${shown(measured)} ${unit}`, `${aim} ${bound} ${unit}`, isMet ? 'met' : 'missed'];
    });
}
