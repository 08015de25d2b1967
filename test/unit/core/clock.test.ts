import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pause, systemClock } from '../../../src/core/clock.ts';
import { manualClock } from '../../support/manual-clock.ts';

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits longer than any single timer of Node can: 17 years', () => {
    const done = vi.fn();
    const delayMs = (2 ** 29 - 1) * 1000;
    systemClock.after(delayMs, done);
    vi.advanceTimersByTime(delayMs - 1);
    expect(done).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(done).toHaveBeenCalledOnce();
  });

  it('can be called off at any time, in the middle of such a wait, too', () => {
    const done = vi.fn();
    const cancel = systemClock.after(2 ** 33, done);
    vi.advanceTimersByTime(2 ** 32);
    cancel();
    vi.advanceTimersByTime(2 ** 34);
    cancel();
    expect(done).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does what is due already at the next opportunity, and not at once', () => {
    const done = vi.fn();
    systemClock.after(-5, done);
    expect(done).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(done).toHaveBeenCalledOnce();
  });
});

describe('a pause', () => {
  it('ends when its time is over', async () => {
    const clock = manualClock();
    let isOver = false;
    const pausing = pause(clock, 1_000).then(() => (isOver = true));
    await clock.advance(999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await pausing;
    expect(isOver).toBe(true);
  });

  it('ends with its signal, and leaves neither timer nor listener behind', async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const remove = vi.spyOn(stop.signal, 'removeEventListener');
    const pausing = pause(clock, 1_000, stop.signal);
    stop.abort();
    await pausing;
    expect(clock.pending).toBe(0);
    const other = pause(clock, 10, new AbortController().signal);
    await clock.advance(10);
    await other;
    expect(remove).toHaveBeenCalledWith('abort', expect.any(Function));
  });

  it('is none where its signal has been given before', async () => {
    const clock = manualClock();
    await pause(clock, 1_000, AbortSignal.abort());
    expect(clock.pending).toBe(0);
  });
});
