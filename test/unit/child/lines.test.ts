import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineLimit } from '../../../src/child/line-limit.ts';
import { LineSplitter } from '../../../src/child/line-splitter.ts';
import { followOutput, MAX_LINE_BYTES } from '../../../src/child/lines.ts';
import { tailOf } from '../../../src/child/tail.ts';
import { manualClock } from '../../support/manual-clock.ts';

function follow() {
  const clock = manualClock();
  const stream = new PassThrough();
  const lines: string[] = [];
  const output = followOutput(stream, { clock, onLine: (line) => lines.push(line) });
  return { clock, stream, lines, output, write: (bytes: string | Buffer) => stream.emit('data', Buffer.from(bytes)) };
}

function split(chunks: readonly Buffer[], maxBytes: number): [string, boolean][] {
  const lines: [string, boolean][] = [];
  const splitter = new LineSplitter(maxBytes, (bytes, isCut) => lines.push([bytes.toString('utf8'), isCut]));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe('lines', () => {
  it('are the same however the bytes are cut into chunks', () => {
    const text = fc
      .array(fc.constantFrom('a', 'ä', '😀', '\n', 'bcdefghij'), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (written, sizes) => {
        const bytes = Buffer.from(written);
        const chunks: Buffer[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = sizes[n % sizes.length] as number;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const whole = split([bytes], 20);
        expect(split(chunks, 20)).toEqual(whole);
        for (const [line, isCut] of whole) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(20);
          expect(line).not.toContain('\ufffd');
          expect(isCut || written.split('\n').includes(line)).toBe(true);
        }
        expect(whole).toHaveLength(written.replace(/\n$/, '').split('\n').length - (written === '' ? 1 : 0));
      }),
    );
  });

  it('that come byte by byte take no more room than they have bytes, or twice that', () => {
    const lines: number[] = [];
    const splitter = new LineSplitter(1_000_000, (bytes) => lines.push(bytes.length));
    const [byte, before] = [Buffer.from('x'), process.memoryUsage()];
    for (let count = 0; count < 500_000; count++) splitter.push(byte);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    expect(heapUsed - before.heapUsed).toBeLessThan(20_000_000); // as parts, they would take more than 50 MB
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(5_000_000);
    splitter.push(Buffer.from('\n'));
    expect(lines).toEqual([500_000]);
  });

  it('are told without those that are empty', () => {
    const { lines, write } = follow();
    write('one\n\ntwo\r\nthr');
    expect(lines).toEqual(['one', 'two']);
  });

  it('end with the stream, newline or not', () => {
    const { lines, write, stream } = follow();
    write('last words');
    stream.emit('end');
    expect(lines).toEqual(['last words']);
  });

  it('are cut at 8 KiB with a mark, an endless one as soon as that', () => {
    const { lines, write } = follow();
    for (let n = 0; n < 100; n++) write('x'.repeat(1000));
    write('\nnext\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^x+… \(cut\)$/);
    expect(lines[1]).toBe('next');
  });

  it('stay within 8 KiB when escapes make them longer', () => {
    const { lines, write } = follow();
    write(Buffer.alloc(MAX_LINE_BYTES, 1));
    write('\n');
    expect(lines).toHaveLength(1);
    expect(Buffer.byteLength(lines[0] as string)).toBeLessThanOrEqual(MAX_LINE_BYTES);
  });

  it('can neither colour a terminal, nor forge a line, nor raise their level in the journal', () => {
    const { lines, write } = follow();
    write('\x1b[31mred\n<0>panic\n<12>x\n<b>bold</b>\na\rb\u2028c\n');
    expect(lines).toEqual(['\\x1b[31mred', '\\x3c0>panic', '\\x3c12>x', '<b>bold</b>', 'a\\rb\\u2028c']);
  });
});

describe('a flood of lines', () => {
  it('is cut down to a burst, then to so many each second, and what was dropped is counted', async () => {
    const clock = manualClock();
    const limit = lineLimit(clock, 10, 50);
    const lines: string[] = [];
    const write = (count: number): void => {
      for (let n = 0; n < count; n++) {
        limit.pass(
          () => lines.push('line'),
          (line) => lines.push(line),
        );
      }
    };
    write(80);
    expect(lines).toHaveLength(50);
    await clock.advance(500); // room for five: the count, and four lines
    write(10);
    expect(lines.slice(50)).toEqual([expect.stringContaining('30 lines dropped'), ...Array(4).fill('line')]);
    await clock.advance(1000);
    expect(lines.slice(55)).toEqual([expect.stringContaining('6 lines dropped')]);
    await clock.advance(60_000);
    write(50);
    expect(lines.slice(56)).toEqual(Array(50).fill('line'));
  });

  it('is read slowly, so that its writer has to wait', async () => {
    const { clock, stream, write } = follow();
    for (let n = 0; n < 10; n++) write(Buffer.alloc(64 * 1024, 'y\n'));
    expect(stream.isPaused()).toBe(true);
    await clock.advance(100);
    expect(stream.isPaused()).toBe(false);
    write('quiet\n');
    expect(stream.isPaused()).toBe(false);
  });
});

describe('the tail', () => {
  it('is the last bytes, however they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 })), (chunks) => {
        const tail = tailOf(16);
        for (const chunk of chunks) tail.add(Buffer.from(chunk));
        expect(tail.text()).toBe(chunks.join('').slice(-16));
      }),
    );
  });

  it('holds 4 KiB of lines that can be shown, the unfinished one included', () => {
    const { output, write } = follow();
    for (let n = 0; n < 1000; n++) write(`line ${n}\n`);
    write('\x07Segmentation fau');
    const lines = output.tail().split('\n');
    expect(lines.at(-1)).toBe('\\x07Segmentation fau');
    expect(lines.at(-2)).toBe('line 999');
    expect(Buffer.byteLength(output.tail())).toBeGreaterThan(4000);
    expect(Buffer.byteLength(output.tail())).toBeLessThan(4200);
  });

  it('does not begin in the middle of a character', () => {
    const tail = tailOf(4);
    tail.add(Buffer.from('ää€a'));
    expect(tail.text()).toBe('€a');
  });
});
