// Takes a stream of bytes apart into frames, however it was cut into chunks. The bytes come from a process that is not
// trusted: no more memory is taken than the limits allow, and a body's only after its head has been found good.
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { decodeHead } from './frame-head.ts';

interface FrameLimits {
  readonly headBytes: number;
  readonly bodyBytes: number;
}

export interface FrameReaderOptions<In> {
  readonly limits: FrameLimits;
  /** Makes a typed head of a value from outside. @throws TaskqueueError `PROTOCOL` */
  check(head: unknown, bodyLength: number): In;
  /** May throw a `PROTOCOL` error for a frame that is well-formed but not allowed now. */
  onFrame(head: In, body: Buffer): void;
}

/** Two lengths, big endian: the head's and the body's. */
export const PREFIX_BYTES = 8;
const NOTHING: Buffer = Buffer.alloc(0);

/** What is being read: always one part of known length. `size` bytes are wanted, `filled` of them are in `bytes`. */
interface Part {
  readonly size: number;
  filled: number;
  /** Only there while the part is spread over several chunks. */
  bytes: Buffer | undefined;
}

export class FrameReader<In> {
  readonly #options: FrameReaderOptions<In>;
  #part: Part = partOf(PREFIX_BYTES);
  #step: 'prefix' | 'head' | 'body' = 'prefix';
  #bodyLength = 0;
  #head: { readonly value: In } | undefined;
  #isStopped = false;

  constructor(options: FrameReaderOptions<In>) {
    this.#options = options;
  }

  /** No frame is delivered from now on, not even one that is in the chunk at hand. */
  stop(): void {
    this.#isStopped = true;
  }

  /** @throws TaskqueueError `PROTOCOL`; the reader is of no use then */
  push(chunk: Buffer): void {
    let at = 0;
    while (!this.#isStopped) {
      const part = this.#part;
      const available = Math.min(part.size - part.filled, chunk.length - at);
      if (part.filled + available < part.size) {
        keep(part, chunk.subarray(at, at + available));
        return;
      }
      const whole = completed(part, this.#step === 'body', chunk, at, available);
      at += available;
      this.#take(whole);
    }
  }

  #take(bytes: Buffer): void {
    switch (this.#step) {
      case 'prefix':
        this.#takePrefix(bytes);
        break;
      case 'head':
        this.#takeHead(bytes);
        break;
      case 'body':
        this.#takeBody(bytes);
        break;
      default:
        this.#step satisfies never;
    }
  }

  #takePrefix(bytes: Buffer): void {
    const headLength = bytes.readUInt32BE(0);
    this.#bodyLength = bytes.readUInt32BE(4);
    const { headBytes, bodyBytes } = this.#options.limits;
    if (headLength > headBytes) throw tooLarge('head', headLength, headBytes);
    if (this.#bodyLength > bodyBytes) throw tooLarge('body', this.#bodyLength, bodyBytes);
    this.#expect('head', headLength);
  }

  #takeHead(bytes: Buffer): void {
    this.#head = { value: checked(() => this.#options.check(parsed(bytes), this.#bodyLength)) };
    this.#expect('body', this.#bodyLength);
  }

  #takeBody(bytes: Buffer): void {
    const head = this.#head as { readonly value: In };
    this.#head = undefined;
    this.#expect('prefix', PREFIX_BYTES);
    this.#options.onFrame(head.value, bytes);
  }

  #expect(step: 'prefix' | 'head' | 'body', size: number): void {
    this.#step = step;
    this.#part = partOf(size);
  }
}

function partOf(size: number): Part {
  return { size, filled: 0, bytes: undefined };
}

/** Puts aside the beginning of a part whose rest is still to come. */
function keep(part: Part, bytes: Buffer): void {
  if (bytes.length === 0) return;
  part.bytes ??= Buffer.allocUnsafe(part.size);
  bytes.copy(part.bytes, part.filled);
  part.filled += bytes.length;
}

/**
 * The whole part. One that lies in a single chunk is not copied, unless that would keep alive a chunk more than twice
 * its size for as long as somebody holds it; prefix and head are used up at once.
 */
function completed(part: Part, isHeld: boolean, chunk: Buffer, at: number, available: number): Buffer {
  if (part.size === 0) return NOTHING;
  const last = chunk.subarray(at, at + available);
  if (part.bytes) {
    last.copy(part.bytes, part.filled);
    return part.bytes;
  }
  return isHeld && part.size * 2 < chunk.length ? Buffer.from(last) : last;
}

/** Whatever goes wrong over a head from outside is the fault of the one who sent it. */
function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (err) {
    if (err instanceof TaskqueueError) throw err;
    throw new TaskqueueError('PROTOCOL', `a frame's head cannot be read: ${messageOf(err)}`, { cause: err });
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return decodeHead(bytes.toString('utf8'));
  } catch (err) {
    throw new TaskqueueError('PROTOCOL', `a frame's head is no JSON: ${messageOf(err).slice(0, 200)}`, { cause: err });
  }
}

function tooLarge(what: string, length: number, limit: number): TaskqueueError {
  return new TaskqueueError('PROTOCOL', `a frame announces a ${what} of ${length} bytes; the limit is ${limit}`);
}
