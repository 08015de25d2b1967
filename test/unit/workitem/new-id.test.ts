import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/workitem/new-id.ts';

describe('a new id', () => {
  it('is a UUID of version 7', () => {
    for (let n = 0; n < 1_000; n++) {
      expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('begins with the time, in ms since 1970', () => {
    const before = Date.now();
    const time = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it('is no other one, however many are made within a millisecond', () => {
    const ids = Array.from({ length: 100_000 }, newId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is random in each digit after the version, and takes every variant', () => {
    const ids = Array.from({ length: 2_000 }, newId);
    const seen = (at: number): number => new Set(ids.map((id) => id[at])).size;
    for (const at of [15, 16, 17, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35])
      expect(seen(at)).toBe(16);
    expect(seen(19)).toBe(4);
  });
});
