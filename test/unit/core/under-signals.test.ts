import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { within } from '../../../src/core/clock.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { underSignals } from '../../../src/core/under-signals.ts';
import { manualClock } from '../../support/manual-clock.ts';

/** Listeners, and the signals that Node keeps with one for as long as it lives. */
function leftWith(signal: AbortSignal): number {
  const symbols = Object.getOwnPropertySymbols(signal).filter(({ description }) => description === 'kDependantSignals');
  const dependants = symbols.map((symbol) => (signal as unknown as Record<symbol, Set<unknown> | null>)[symbol]);
  return getEventListeners(signal, 'abort').length + dependants.reduce((sum, all) => sum + (all?.size ?? 0), 0);
}

const untilAborted = (signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(true);
    else signal.addEventListener('abort', () => resolve(true));
  });

it('work ends with any of the signals, also with one that has aborted before', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const work = underSignals([one.signal, other.signal], untilAborted);
  other.abort();
  expect(await work).toBe(true);
  expect(await underSignals([one.signal, other.signal], untilAborted)).toBe(true);
});

it('nothing is left behind with a signal that outlives the work, however that ends', async () => {
  const { signal } = new AbortController();
  await underSignals([signal], async () => 'done');
  await expect(underSignals([signal], () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(leftWith(signal)).toBe(0);
});

it('what the work has left to wait for its signal hears that it is over', async () => {
  let left: Promise<boolean> | undefined;
  await underSignals([new AbortController().signal], async (signal) => {
    left = untilAborted(signal);
  });
  expect(await left).toBe(true);
});

it('waiting within a time leaves neither a timer nor anything with the signal', async () => {
  const clock = manualClock();
  const over = new AbortController();
  const work = deferred<void>();
  const waiting = within(clock, 100, work.promise, over.signal);
  work.resolve();
  expect(await waiting).toBe(true);
  expect([clock.pending, leftWith(over.signal)]).toEqual([0, 0]);
  const cut = within(clock, 100, new Promise(() => undefined), over.signal);
  over.abort();
  expect(await cut).toBe(false);
  expect(clock.pending).toBe(0);
});
