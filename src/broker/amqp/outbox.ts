// Frames on their way to the socket: all that is said within one turn of the event loop leaves together, in the order in
// which it was said, whatever the channel. (amqplib hands each frame to the system by itself: a system call of ours and a
// packet for the broker to take apart, for each message and each acknowledgement.)
//
// Reaches into amqplib, which has no door for this: each channel writes its frames to the `buffer` that `freshChannel` has
// given it, the connection to that of channel 0; `ch` is the number of a channel. `test/contract` notices when that changes.
import type { Duplex } from 'node:stream';
import type { Channel, ChannelModel } from 'amqplib';

interface Internals {
  readonly stream: Duplex;
  readonly frameMax: number;
  readonly channels: ({ buffer: Lane } | null)[];
  freshChannel(...args: readonly unknown[]): number;
}

/** What amqplib asks of the stream that a channel writes to. */
interface Lane {
  write(frame: Buffer): boolean;
  end(): void;
}

/** What is gathered before it leaves, at most. */
const CHUNK_BYTES = 64 * 1024;

export class Outbox {
  /** The largest frame that the broker takes, all in all. */
  readonly frameMax: number;
  readonly #stream: Duplex;
  /** Filled anew for each chunk, and never given away. */
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #filled = 0;
  #isFlushDue = false;

  constructor(model: ChannelModel) {
    const connection = internalsOf(model);
    this.frameMax = connection.frameMax;
    this.#stream = connection.stream;
    const lane: Lane = { write: (frame) => this.#write(frame), end: () => undefined };
    const freshChannel = connection.freshChannel.bind(connection);
    connection.freshChannel = (...args) => {
      const number = freshChannel(...args);
      laneOf(connection, number).buffer = lane;
      return number;
    };
    laneOf(connection, 0).buffer = { write: (frame) => this.#writeLast(frame), end: () => undefined };
  }

  /** False once the connection has ended: nothing leaves any more. */
  get isOpen(): boolean {
    return this.#stream.writable;
  }

  /**
   * Adds what `write` writes from `start` on: no more than `mostBytes`. It returns where that ends; where it throws, nothing
   * is added. What may be on its way at once is bounded elsewhere: see `flight-window.ts`.
   */
  add(mostBytes: number, write: (target: Buffer, start: number) => number): void {
    if (mostBytes > CHUNK_BYTES) {
      const large = Buffer.allocUnsafeSlow(mostBytes);
      return this.pass(large.subarray(0, write(large, 0)));
    }
    if (this.#filled + mostBytes > CHUNK_BYTES) this.#flush();
    this.#filled = write(this.#chunk, this.#filled);
    this.#flushSoon();
  }

  /** Adds bytes that are too many to be copied. Nobody may change them afterwards. */
  pass(bytes: Buffer): void {
    this.#flush();
    if (this.isOpen) this.#stream.write(bytes); // else the connection has ended, and all know it
  }

  #write(frame: Buffer): true {
    if (frame.length > CHUNK_BYTES) this.pass(frame);
    else this.add(frame.length, (target, start) => start + frame.copy(target, start));
    return true;
  }

  /** What concerns the whole connection, such as its end, waits for nothing. */
  #writeLast(frame: Buffer): true {
    this.pass(frame);
    return true;
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#filled === 0) return;
    const bytes = Buffer.from(this.#chunk.subarray(0, this.#filled));
    this.#filled = 0;
    if (this.isOpen) this.#stream.write(bytes);
  }
}

/** AMQP's number of a channel. */
export function numberOf(channel: Channel): number {
  return (channel as unknown as { readonly ch: number }).ch;
}

function laneOf(connection: Internals, channel: number): { buffer: Lane } {
  return connection.channels[channel] as { buffer: Lane };
}

function internalsOf(model: ChannelModel): Internals {
  const connection: unknown = model.connection;
  if (hasInternals(connection)) return connection;
  throw new Error('this version of amqplib has no freshChannel: see outbox.ts');
}

function hasInternals(connection: unknown): connection is Internals {
  return (
    typeof connection === 'object' &&
    connection !== null &&
    'stream' in connection &&
    'frameMax' in connection &&
    'channels' in connection &&
    Array.isArray(connection.channels) &&
    'freshChannel' in connection &&
    typeof connection.freshChannel === 'function'
  );
}
