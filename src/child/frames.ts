// Frames over a two-way pipe (fd 3 of a child process): four bytes length of the head, four bytes length of the body
// (big endian), the head as JSON, the body raw. Both ends use this file. It knows no kinds of frames, and it never
// lets what the other end does become an exception here: a bad frame, a dead peer and a full pipe are callbacks.
import type { Duplex } from 'node:stream';
import { TaskqueueError } from '../core/errors.ts';
import { encodeHead } from './frame-head.ts';
import { FrameReader, type FrameReaderOptions, PREFIX_BYTES } from './frame-reader.ts';

/**
 * How the other end ceases to speak: exactly one of `onBroken` and `onClosed` is called, once, unless we have closed
 * the port before. No frame comes after it.
 */
interface FramesOptions<In> extends FrameReaderOptions<In> {
  /** The other end does not keep to the protocol (`PROTOCOL`). The pipe is destroyed already. */
  onBroken(error: TaskqueueError): void;
  /** The other end is gone, perhaps in the middle of a frame. */
  onClosed(): void;
  /**
   * Once, where nothing can be written to the other end any more: what it has said before that is still read. Left out: then
   * the port is closed by that.
   */
  onDeaf?(): void;
}

export interface FramePort<Out> {
  /**
   * Sends a frame; false where the pipe is closed. The body is not copied: nobody may change it afterwards.
   * @throws TypeError where the head has no JSON (a cycle, a BigInt)
   */
  send(head: Out, body?: Buffer): boolean;
  /** What has been sent but not yet taken by the system: grows when the other end does not read. */
  readonly bufferedBytes: number;
  /** Delivers nothing from now on, and closes the pipe once everything that was sent is on its way. */
  close(): void;
}

export function openFrames<In, Out>(pipe: Duplex, options: FramesOptions<In>): FramePort<Out> {
  const reader = new FrameReader<In>(options);
  let isOpen = true;
  let isDeaf = false;
  const end = (tell: () => void): void => {
    if (!isOpen) return;
    isOpen = false;
    reader.stop();
    pipe.destroy();
    tell();
  };
  const deaf = (): void => {
    if (isOpen && !isDeaf) options.onDeaf?.();
    isDeaf = true;
  };
  if (options.onDeaf) hearOut(pipe, deaf);
  pipe.on('data', (chunk: Buffer) => {
    if (!isOpen) return;
    const error = brokenBy(() => reader.push(chunk));
    if (error) end(() => options.onBroken(error));
  });
  onGone(pipe, () => end(() => options.onClosed()));

  return {
    send(head, body = NOTHING) {
      if (!isOpen || isDeaf || !pipe.writable) return false;
      writeFrame(pipe, encodeHead(head), body);
      return true;
    },
    get bufferedBytes() {
      return pipe.writableLength;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      reader.stop();
      pipe.end(() => pipe.destroy());
    },
  };
}

/** EPIPE and ECONNRESET are ways, too, in which a dead peer shows. */
function onGone(pipe: Duplex, closed: () => void): void {
  for (const event of ['end', 'close', 'error']) pipe.on(event, closed);
}

/** A write that fails destroys a pipe: with it went what somebody had said before he died, where that was not read yet. */
function hearOut(pipe: Duplex, onDeaf: () => void): void {
  type Done = (err?: Error | null) => void;
  const calmed =
    (done: Done): Done =>
    (err) => {
      if (err) onDeaf();
      done();
    };
  const write = pipe._write.bind(pipe);
  const writev = pipe._writev?.bind(pipe);
  pipe._write = (chunk, encoding, done) => write(chunk, encoding, calmed(done));
  if (writev) pipe._writev = (chunks, done) => writev(chunks, calmed(done));
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Bodies up to this size are copied behind their head: one write of one buffer is cheaper than two of two. */
const COPIED_BODY_BYTES = 16 * 1024;

function writeFrame(pipe: Duplex, head: string, body: Buffer): void {
  const headLength = Buffer.byteLength(head);
  const isCopied = body.length <= COPIED_BODY_BYTES;
  const start = Buffer.allocUnsafe(PREFIX_BYTES + headLength + (isCopied ? body.length : 0));
  start.writeUInt32BE(headLength, 0);
  start.writeUInt32BE(body.length, 4);
  start.write(head, PREFIX_BYTES, 'utf8');
  if (isCopied) {
    body.copy(start, PREFIX_BYTES + headLength);
    pipe.write(start);
    return;
  }
  pipe.cork(); // so that both parts leave with one system call
  pipe.write(start);
  pipe.write(body);
  pipe.uncork();
}

/** What the other end did wrong. An exception of the frame's receiver is no fault of the sender's: it goes on up. */
function brokenBy(push: () => void): TaskqueueError | undefined {
  try {
    push();
    return undefined;
  } catch (err) {
    if (err instanceof TaskqueueError && err.code === 'PROTOCOL') return err;
    throw err;
  }
}
