import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GivenOrder, Order } from '../../../src/control/order.ts';
import { OrderBook } from '../../../src/control/order-book.ts';
import { message } from '../../support/fake-tools.ts';
import { given } from './orders.ts';

const NOW = 10_000;
const pause = (operation: string, type = 'w', untilMs: number | null = null): GivenOrder =>
  given('pause', { operation, type, untilMs });
const resume = (operation: string, type = 'w'): GivenOrder => given('resume', { operation, type });
const repeat = (operation: string, upTo: number, type = 'w'): GivenOrder => given('repeat', { operation, upTo, type });
const cancel = (operation: string, id: string, at = 1_000): GivenOrder => given('cancel', { operation, id, at });

/** A book that has read these, from offset 0 on. */
function bookOf(log: readonly GivenOrder[], book = new OrderBook(), from = 0): OrderBook {
  book.begin();
  log.forEach((one, at) => void book.apply(one, from + at, NOW));
  return book;
}
const pausedTypes = (book: OrderBook): string[] => book.pauses(NOW).map(({ type }) => type);
const workitem = (id: string, headers: Record<string, unknown> = {}) =>
  message('', { properties: { messageId: id }, headers });

describe('a pause', () => {
  it('stands until it is resumed, and says who gave it, why and since when', () => {
    const book = bookOf([pause('1')]);
    expect(book.pauseOf('w', NOW)).toMatchObject({
      type: 'w',
      by: 'alice',
      reason: 'because',
      since: 1_000,
      untilMs: null,
    });
    expect(book.pauseOf('v', NOW)).toBeUndefined();
    expect(book.apply(resume('2'), 1, NOW)).toEqual({ kind: 'new', change: { kind: 'paused', type: 'w' } });
    expect(book.pauseOf('w', NOW)).toBeUndefined();
  });

  it('takes the place of the one before it', () => {
    const book = bookOf([pause('1'), given('pause', { operation: '2', reason: 'another' }, 'bob')]);
    expect(book.pauses(NOW)).toMatchObject([{ by: 'bob', reason: 'another' }]);
  });

  it('is over at its time, and one that was over before it was read ends the one before it', () => {
    const book = bookOf([pause('1', 'w', NOW + 5), pause('2', 'v')]);
    expect(book.nextEndAt()).toBe(NOW + 5);
    expect([book.pauseOf('w', NOW + 4)?.type, book.pauseOf('w', NOW + 5)]).toEqual(['w', undefined]);
    expect(book.end(NOW + 4)).toEqual([]);
    expect(book.end(NOW + 5)).toEqual(['w']);
    expect(book.nextEndAt()).toBeNull();
    expect(book.apply(pause('3', 'v', NOW), 2, NOW)).toEqual({ kind: 'new', change: { kind: 'paused', type: 'v' } });
    expect(pausedTypes(book)).toEqual([]);
  });

  it('counts once, however often it is read: one that has been resumed does not come back', () => {
    const log = [pause('1'), resume('2')];
    const book = bookOf(log, bookOf(log));
    expect(pausedTypes(book)).toEqual([]);
    expect(book.apply(pause('1'), 9, NOW)).toEqual({ kind: 'known' });
  });

  it('is not taken where too many types are paused, but one of those may be paused anew', () => {
    const book = bookOf(
      [pause('1', 'a'), pause('2', 'b')],
      new OrderBook({ cancellations: 9, pauses: 2, operations: 9 }),
    );
    expect(book.apply(pause('3', 'c'), 2, NOW)).toEqual({ kind: 'full' });
    expect(book.apply(pause('4', 'a'), 3, NOW)).toMatchObject({ kind: 'new' });
    expect(pausedTypes(book).toSorted()).toEqual(['a', 'b']);
  });

  it('that a daemon has repeated is known by its operation, and stands for who reads the repetition alone', () => {
    expect(bookOf([pause('1')]).apply(repeat('1', 0), 1, NOW)).toEqual({ kind: 'known' });
    const [newcomer] = bookOf([repeat('1', 0)]).pauses(NOW);
    expect(newcomer).toMatchObject({
      type: 'w',
      by: 'bob (repeated by alice)',
      givenBy: 'bob',
      operation: '1',
      since: 1_000,
    });
  });

  it('that a daemon repeats while it is resumed does not come back for who reads both', () => {
    expect(pausedTypes(bookOf([resume('2'), repeat('1', 99)], new OrderBook(), 100))).toEqual([]);
    expect(pausedTypes(bookOf([resume('2'), repeat('1', 100)], new OrderBook(), 100))).toEqual(['w']);
  });

  it('of a repetition counts in a new log, whatever stood where in the one before', () => {
    const before = bookOf([resume('2')], new OrderBook(), 5_000);
    expect(pausedTypes(bookOf([repeat('1', 0)], before))).toEqual(['w']);
  });

  it('that was over when it was repeated changes nothing', () => {
    const book = bookOf([pause('2')]);
    const over = given('repeat', { operation: '1', upTo: 99, untilMs: NOW - 1 });
    expect(book.apply(over, 1, NOW)).toEqual({ kind: 'known' });
    expect(pausedTypes(book)).toEqual(['w']);
  });
});

describe('a mark', () => {
  it('is no order', () => {
    expect(new OrderBook().apply(given('mark'), 0, NOW)).toEqual({ kind: 'known' });
  });
});

describe('the book', () => {
  const TYPES = ['a', 'b', 'c'];
  const order: fc.Arbitrary<GivenOrder> = fc.oneof(
    fc.constantFrom(...TYPES).chain((type) => fc.uuid().map((operation) => pause(operation, type))),
    fc.constantFrom(...TYPES).chain((type) => fc.uuid().map((operation) => resume(operation, type))),
    fc.tuple(fc.uuid(), fc.constantFrom('x', 'y'), fc.nat(50)).map(([operation, id, at]) => cancel(operation, id, at)),
  );
  const log = fc.array(order, { maxLength: 40 });
  const stateOf = (book: OrderBook): unknown => [
    book.pauses(NOW).toSorted((a, b) => a.type.localeCompare(b.type)),
    ['x', 'y'].map((id) => book.cancellationOf(workitem(id))),
  ];

  it('says of each type what was ordered last', () => {
    fc.assert(
      fc.property(log, (orders) => {
        const book = bookOf(orders);
        for (const type of TYPES) {
          const last = orders.findLast((one) => 'type' in one.order && one.order.type === type);
          expect(book.pauseOf(type, NOW)?.operation).toBe(
            last?.order.kind === 'pause' ? last.order.operation : undefined,
          );
        }
      }),
    );
  });

  it('is the same after any part of the log was read again, from any beginning', () => {
    fc.assert(
      fc.property(log, fc.nat(), fc.nat(), (orders, from, to) => {
        const book = bookOf(orders);
        const before = stateOf(book);
        const changes = orders.slice(from % 41, to % 41).map((one, at) => book.apply(one, at, NOW).kind);
        expect(stateOf(book)).toEqual(before);
        expect(changes.every((kind) => kind === 'known')).toBe(true);
      }),
    );
  });

  it('is the same for who came late and has not read what the log forgot, as long as pauses were repeated', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: order },
      { weight: 1, arbitrary: fc.record({ type: fc.constantFrom(...TYPES), lag: fc.nat(3) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, cut) => {
        const entries: GivenOrder[] = [];
        const old = new OrderBook();
        /** Where the log may begin so that each pause that stands is in it, and what overtook a repetition. */
        const needed = new Map<string, number>();
        for (const step of steps) {
          const at = entries.length;
          const next = 'order' in step ? step : repetitionOf(entries, step, at);
          if (!next) continue;
          entries.push(next);
          old.apply(next, at, NOW);
          const { order } = next;
          if (
            order.kind === 'pause' ||
            (order.kind === 'repeat' && old.pauseOf(order.type, NOW)?.operation === order.operation)
          ) {
            needed.set(order.type, at);
          } else if (order.kind === 'repeat') {
            needed.set(`stale ${at}`, order.upTo + 1);
          } else if (order.kind === 'resume') needed.delete(order.type);
        }
        const from = cut % (Math.min(...needed.values(), entries.length) + 1);
        const late = bookOf(entries.slice(from), new OrderBook(), from);
        const what = (book: OrderBook): unknown =>
          book
            .pauses(NOW)
            .map(({ type, operation }) => `${type} ${operation}`)
            .toSorted();
        expect(what(late)).toEqual(what(old));
      }),
      { numRuns: 500 },
    );
  });

  /** What a daemon appends that has read all but the last entries: the pause that stands for it. */
  function repetitionOf(
    entries: readonly GivenOrder[],
    { type, lag }: { readonly type: string; readonly lag: number },
    at: number,
  ): GivenOrder | undefined {
    const read = entries.slice(0, Math.max(0, at - lag));
    const standing = bookOf(read).pauseOf(type, NOW);
    return (
      standing && given('repeat', { operation: standing.operation, type, upTo: read.length - 1, by: standing.givenBy })
    );
  }

  it('keeps so many cancellations and operations, and no more', () => {
    const book = new OrderBook({ cancellations: 3, pauses: 9, operations: 5 });
    for (let n = 0; n < 10; n++) book.apply(cancel(`op${n}`, `id${n}`), n, NOW);
    expect([book.cancellations.size, book.cancellations.forgotten]).toEqual([3, 7]);
    const hit = Array.from({ length: 10 }, (_, n) => book.cancellationOf(workitem(`id${n}`)) !== undefined);
    expect(hit.indexOf(true)).toBe(7);
    expect([book.apply(cancel('op5', 'id5'), 11, NOW), book.apply(cancel('op0', 'id0'), 11, NOW)]).toMatchObject([
      { kind: 'known' },
      { kind: 'new' },
    ]);
  });

  it('gives a cancel out as the change that it makes', () => {
    const applied = new OrderBook().apply(cancel('1', 'one'), 0, NOW);
    const cancellation = { id: 'one', by: 'alice', reason: 'because', at: 1_000 };
    expect(applied).toEqual({ kind: 'new', change: { kind: 'cancelled', cancellation } });
  });

  it('is asked about by orders of every kind', () => {
    const kinds = (['cancel', 'pause', 'resume', 'repeat', 'mark'] as const satisfies readonly Order['kind'][]).map(
      (kind) => new OrderBook().apply(given(kind), 0, NOW).kind,
    );
    expect(kinds).toEqual(['new', 'new', 'new', 'new', 'known']);
  });
});
