// What a child process writes to its stdout or stderr, as lines for the log. It is foreign text and may be a flood: lines
// are cut, made harmless and counted; a stream that floods is read slowly, so that it cannot keep us busy.
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { cutToBytes, printable } from '../core/text.ts';
import { type LineLimit, lineLimit } from './line-limit.ts';
import { LineSplitter } from './line-splitter.ts';
import { tailOf } from './tail.ts';

interface OutputOptions {
  readonly clock: Clock;
  /** Shared by the streams of one instance; without it, this stream has a limit of its own. */
  readonly limit?: LineLimit;
  /** Gets single lines of at most 8 KiB, fit to be logged. */
  onLine(line: string): void;
}

export interface FollowedOutput {
  /** The last 4 KiB that were written, as lines that can be shown. */
  tail(): string;
}

export const MAX_LINE_BYTES = 8 * 1024;
const TAIL_BYTES = 4 * 1024;
const CUT_MARK = ' (cut)';

/** Above this many bytes in one turn of `FLOOD_MS`, the stream waits for the next. A line counts for some more. */
const FLOOD_BYTES = 1024 * 1024;
const LINE_COST_BYTES = 64;
const FLOOD_MS = 100;

/** Follows a stream until its end. */
export function followOutput(stream: Readable, options: OutputOptions): FollowedOutput {
  const { clock, onLine } = options;
  const limit = options.limit ?? lineLimit(clock);
  const tail = tailOf(TAIL_BYTES);
  const splitter = new LineSplitter(MAX_LINE_BYTES, (bytes, isCut) => {
    if (bytes.length > 0) limit.pass(() => onLine(readableLine(bytes, isCut)), onLine);
  });
  const brake = brakeOf(stream, clock);

  stream.on('data', (chunk: Buffer) => {
    tail.add(chunk);
    const lines = splitter.push(chunk);
    brake(chunk.length + lines * LINE_COST_BYTES);
  });
  stream.once('end', () => splitter.end());
  stream.on('error', () => splitter.end()); // a pipe that breaks has ended; how the child did is told by its exit
  return { tail: () => tail.text() };
}

function readableLine(bytes: Buffer, isCut: boolean): string {
  const text = escapeJournalPrefix(printable(withoutCarriageReturn(bytes.toString('utf8'))));
  if (!isCut && Buffer.byteLength(text) <= MAX_LINE_BYTES) return text;
  return cutToBytes(text, MAX_LINE_BYTES - CUT_MARK.length) + CUT_MARK; // escapes may have made it longer than it was
}

function withoutCarriageReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/** `<3>` at the start of a line tells systemd's journal how severe it is: that is not for a plugin to say. */
function escapeJournalPrefix(line: string): string {
  return /^<\d+>/.test(line) ? `\\x3c${line.slice(1)}` : line;
}

/** Counts the bytes, and pauses a stream that is too quick: then its writer has to wait, not we. */
function brakeOf(stream: Readable, clock: Clock): (bytes: number) => void {
  let readSince = clock.now();
  let read = 0;
  return (bytes) => {
    if (clock.now() - readSince >= FLOOD_MS) {
      readSince = clock.now();
      read = 0;
    }
    read += bytes;
    if (read < FLOOD_BYTES || stream.isPaused()) return;
    stream.pause();
    clock.after(FLOOD_MS, () => stream.resume());
  };
}
