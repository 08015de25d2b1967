import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ring } from '../../../src/core/ring.ts';

it('keeps the last so many, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (values, size) => {
      const ring = new Ring<number>(size);
      for (const value of values) ring.push(value);
      expect([...ring]).toEqual(values.slice(-size));
    }),
  );
});
