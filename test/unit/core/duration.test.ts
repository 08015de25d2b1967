import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from '../../../src/core/duration.ts';

describe('a duration', () => {
  it('that is written comes back the same', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ms) => parseDurationMs(formatDuration(ms)) === ms),
      {
        examples: [[0], [1], [999], [1_000], [59_999], [86_400_000], [Number.MAX_SAFE_INTEGER]],
      },
    );
  });

  it('that is read is a whole number of ms, or nothing, whatever the text', () => {
    const almost = fc.stringMatching(/^[-+]?\d{0,20}[.,]?\d{0,20} ?(ms|s|m|h|d|)$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        const ms = parseDurationMs(text);
        return ms === undefined || (Number.isSafeInteger(ms) && ms >= 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5s', 1_500],
    ['0.25d', 21_600_000],
    ['0', 0],
    ['0s', 0],
    ['007s', 7_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each([
    '',
    '5',
    '-5s',
    '+5s',
    '5 s',
    ' 5s',
    '5s\n',
    '5S',
    's',
    '.5s',
    '5.s',
    '1e3s',
    '1,5s',
    '5sec',
    '1h30m',
    '0.1ms',
    'Infinitys',
    '999999999999d',
    '५s',
  ])('"%s" is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it.each([
    [0, '0'],
    [1, '1ms'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
  ])('of %d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
