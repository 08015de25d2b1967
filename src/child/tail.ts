// The last bytes of a stream, for the story of a crash.
import { printable } from '../core/text.ts';

interface Tail {
  add(chunk: Buffer): void;
  /** As lines that can be shown. */
  text(): string;
}

/** Keeps `size` bytes in a ring, whatever comes. */
export function tailOf(size: number): Tail {
  const ring = Buffer.alloc(size);
  let written = 0;

  const put = (bytes: Buffer): void => {
    const at = written % size;
    const untilEnd = Math.min(bytes.length, size - at);
    bytes.copy(ring, at, 0, untilEnd);
    bytes.copy(ring, 0, untilEnd);
    written += bytes.length;
  };
  const bytes = (): Buffer => {
    const at = written % size;
    return written < size ? ring.subarray(0, written) : Buffer.concat([ring.subarray(at), ring.subarray(0, at)]);
  };

  return {
    add: (chunk) => put(chunk.subarray(Math.max(0, chunk.length - size))),
    text() {
      const kept = bytes();
      const isWhole = written <= size;
      const lines = (isWhole ? kept : kept.subarray(startOfFirstCharacter(kept))).toString('utf8').split(/\r?\n/);
      if (lines.at(-1) === '') lines.pop();
      return lines.map(printable).join('\n');
    },
  };
}

/** The ring may begin in the middle of a character of UTF-8. */
function startOfFirstCharacter(bytes: Buffer): number {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return start;
}
