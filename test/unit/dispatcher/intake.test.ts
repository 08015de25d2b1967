import { describe, expect, it } from 'vitest';
import { CAREFUL_PREFETCH, isWorrying, prefetchFor, USUAL_PREFETCH } from '../../../src/dispatcher/intake.ts';
import { FakeBroker } from '../../support/fake-broker.ts';
import { message } from '../../support/fake-tools.ts';

const broker = new FakeBroker();

describe('the prefetch', () => {
  it('is 500 where nothing worries, and 10 for half a minute after something did', () => {
    expect([USUAL_PREFETCH, CAREFUL_PREFETCH]).toEqual([500, 10]);
    expect(prefetchFor(undefined, 100_000)).toBe(500);
    expect(prefetchFor(100_000, 100_000)).toBe(10);
    expect(prefetchFor(100_000, 129_999)).toBe(10);
    expect(prefetchFor(100_000, 130_000)).toBe(500);
  });

  it('is not 10 for hours where the clock has been set back by hours', () => {
    expect(prefetchFor(10_000_000, 100_000)).toBe(500);
  });
});

describe('a delivery worries', () => {
  it('that was delivered before, or has a big body', () => {
    expect(isWorrying(broker.delivery('q', message('small')))).toBe(false);
    expect(isWorrying(broker.delivery('q', message('small'), true))).toBe(true);
    expect(isWorrying(broker.delivery('q', message(Buffer.alloc(256 * 1024))))).toBe(false);
    expect(isWorrying(broker.delivery('q', message(Buffer.alloc(256 * 1024 + 1))))).toBe(true);
  });
});
