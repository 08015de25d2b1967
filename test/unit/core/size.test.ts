import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, parseSize } from '../../../src/core/size.ts';

describe('a size', () => {
  it('that is written comes back the same', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes),
      {
        examples: [[0], [1], [1023], [1024], [1025], [2 ** 50], [Number.MAX_SAFE_INTEGER]],
      },
    );
  });

  it('that is read is a whole number of bytes, or nothing, whatever the text', () => {
    const almost = fc.stringMatching(/^[-+]?\d{0,20}[.,]?\d{0,20} ?([kKmMgGtT]?)[bB]?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        const bytes = parseSize(text);
        return bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['0', 0],
    ['1024', 1024],
    ['64K', 65_536],
    ['64k', 65_536],
    ['64KB', 65_536],
    ['128M', 134_217_728],
    ['1G', 2 ** 30],
    ['1.5K', 1536],
    ['2T', 2 ** 41],
    ['7B', 7],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'K', '-1K', '1 K', '1K\n', '1KiB', '1.5', '.5K', '1e3', '9999999T', '1P'])('"%s" is none', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it.each([
    [0, '0'],
    [1023, '1023'],
    [12 * 2 ** 20, '12M'],
    [1536, '1536'],
    [2 ** 40, '1T'],
  ])('of %d bytes is written %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
