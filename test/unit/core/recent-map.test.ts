import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecentMap } from '../../../src/core/recent-map.ts';

const step = fc.record({ isDeleted: fc.boolean(), key: fc.nat(30), value: fc.nat() });

it('keeps what was put in last, at least so many and at most twice as many, and nothing that was taken out', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (steps, least) => {
      const recent = new RecentMap<number, string>(least);
      const all = new Map<number, string>();
      for (const { isDeleted, key, value } of steps) {
        const text = `${key}:${value}`;
        all.delete(key); // so that it stands at the end
        recent.delete(key);
        if (isDeleted) continue;
        all.set(key, text);
        recent.set(key, text);
      }
      const kept = [...recent.values()];
      expect(kept).toHaveLength(recent.size);
      expect(kept.length).toBeLessThan(2 * least + 1);
      expect([...all.values()]).toEqual(expect.arrayContaining(kept));
    }),
  );
});

it('keeps at least so many', () => {
  const recent = new RecentMap<number, number>(10);
  for (let n = 0; n < 1_000; n++) {
    recent.set(n, n);
    const kept = new Set(recent.values());
    for (let last = Math.max(0, n - 9); last <= n; last++) expect(kept.has(last)).toBe(true);
  }
});

it('keeps one value for each key, the last', () => {
  const recent = new RecentMap<string, number>(3);
  for (let n = 0; n < 20; n++) recent.set('key', n);
  expect([...recent.values()]).toEqual([19]);
});
