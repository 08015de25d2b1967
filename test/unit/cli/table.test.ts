import { describe, expect, it } from 'vitest';
import { type Column, tableText } from '../../../src/cli/table.ts';
import { cutToWidth, padded, widthOf } from '../../../src/cli/text-width.ts';
import { ageText, isoText, shortDuration } from '../../../src/cli/time-text.ts';

interface Row {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', least: 6, cell: ({ name }) => name },
  { title: 'COUNT', align: 'right', cell: ({ count }) => String(count) },
  { title: 'NOTE', least: 8, cell: ({ note }) => note },
];
const ROWS: Row[] = [
  { name: 'resize', count: 7, note: 'cannot read the picture' },
  { name: 'a-rather-long-name', count: 1234, note: 'x' },
];

describe('a table', () => {
  it('is aligned, and whole where there is no terminal', () => {
    expect(tableText(COLUMNS, ROWS, null)).toBe(
      [
        'NAME                COUNT  NOTE',
        'resize                  7  cannot read the picture',
        'a-rather-long-name   1234  x',
        '',
      ].join('\n'),
    );
  });

  it('fits the terminal: the widest of those that may shrink gives way', () => {
    const text = tableText(COLUMNS, ROWS, 40);
    expect(text).toBe(
      [
        'NAME             COUNT  NOTE',
        'resize               7  cannot read the…',
        'a-rather-long-…   1234  x',
        '',
      ].join('\n'),
    );
    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(40);
  });

  it('lets nothing become narrower than it may', () => {
    const lines = tableText(COLUMNS, ROWS, 10).split('\n');
    expect(lines[1]).toBe('resize      7  cannot …');
  });

  it('shows nothing that a terminal would act on, and no tabs', () => {
    const evil = [{ name: '\x1b[31mred\x1b[0m', count: 1, note: 'two\nlines\tand a tab\u202e' }];
    const text = tableText(COLUMNS, evil, null);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('\\x1b[31mred');
  });
});

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['日本', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['ä—ß', 3],
  ])('of %j is %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 4, 'abc…'],
    ['abcdef', 1, '…'],
    ['abcdef', 0, ''],
    ['日本語', 4, '日…'],
    ['日本語', 5, '日本…'],
    ['日本', 4, '日本'],
  ])('%j is cut to %i columns as %j', (text, width, expected) => {
    expect(cutToWidth(text, width)).toBe(expected);
  });

  it('is filled up on either side', () => {
    expect([padded('日', 4, 'left'), padded('日', 4, 'right'), padded('abc', 2, 'left')]).toEqual([
      '日  ',
      '  日',
      'abc',
    ]);
  });
});

describe('times', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [1_999, '1s'],
    [99_999, '99s'],
    [100_000, '1m'],
    [99 * 60_000, '99m'],
    [100 * 60_000, '1h'],
    [47 * 3_600_000, '47h'],
    [48 * 3_600_000, '2d'],
    [400 * 86_400_000, '400d'],
  ])('%i ms are %s', (ms, text) => {
    expect(shortDuration(ms)).toBe(text);
  });

  it('that nobody knows are -, or nothing', () => {
    expect([ageText(null, 5), ageText(1_000, 4_000), isoText(null), isoText(0)]).toEqual([
      '-',
      '3s',
      '',
      '1970-01-01T00:00:00.000Z',
    ]);
  });
});
