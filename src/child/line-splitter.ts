// Bytes into lines of bounded length, however the bytes were cut into chunks.

const NEWLINE = 10;
const NO_ROOM: Buffer = Buffer.alloc(0);

export class LineSplitter {
  readonly #maxBytes: number;
  readonly #onLine: (bytes: Buffer, isCut: boolean) => void;
  /** The line that has begun, and room for more of it; no longer than `#maxBytes`. */
  #room: Buffer = NO_ROOM;
  #length = 0;
  /** The line was too long and has been told already: the rest of it is passed over. */
  #isSkipping = false;

  /** `onLine` gets each line without its newline; `isCut` where it was longer than `maxBytes`. */
  constructor(maxBytes: number, onLine: (bytes: Buffer, isCut: boolean) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  /** @returns how many lines ended in this chunk */
  push(chunk: Buffer): number {
    let start = 0;
    let count = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#whole(chunk.subarray(start, end));
      start = end + 1;
      count++;
    }
    this.#add(chunk.subarray(start));
    return count;
  }

  /** The last line need not end in a newline. */
  end(): void {
    if (this.#length > 0) this.#finish();
  }

  /** A line, or the end of one. Most lines come in one piece and need not be put together. */
  #whole(bytes: Buffer): void {
    if (this.#length === 0 && !this.#isSkipping && bytes.length <= this.#maxBytes) this.#onLine(bytes, false);
    else {
      this.#add(bytes);
      this.#finish();
    }
  }

  #add(bytes: Buffer): void {
    if (this.#isSkipping || bytes.length === 0) return;
    const fits = Math.min(bytes.length, this.#maxBytes - this.#length);
    this.#makeRoom(this.#length + fits);
    bytes.copy(this.#room, this.#length, 0, fits); // a copy: the chunk is not kept for the sake of one line
    this.#length += fits;
    if (fits === bytes.length) return;
    this.#tell(true);
    this.#isSkipping = true;
  }

  /** A line may come byte by byte: kept as they come, its parts would take a hundred times its size. */
  #makeRoom(size: number): void {
    if (size <= this.#room.length) return;
    const room = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(size, 2 * this.#room.length)));
    this.#room.copy(room, 0, 0, this.#length);
    this.#room = room;
  }

  #finish(): void {
    if (!this.#isSkipping) this.#tell(false);
    this.#isSkipping = false;
  }

  #tell(isCut: boolean): void {
    const line = this.#room.subarray(0, this.#length);
    this.#room = NO_ROOM;
    this.#length = 0;
    this.#onLine(isCut ? line.subarray(0, endOfLastCharacter(line)) : line, isCut);
  }
}

/** A cut may have gone through a character of UTF-8: its beginning is not shown. */
function endOfLastCharacter(bytes: Buffer): number {
  let start = bytes.length - 1;
  while (start > 0 && bytes.length - start < 4 && ((bytes[start] as number) & 0xc0) === 0x80) start--;
  const lead = bytes[start] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + wanted > bytes.length ? start : bytes.length;
}
