import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FramePort, openFrames } from '../../../src/child/frames.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';

interface Frame {
  readonly head: unknown;
  readonly body: Buffer;
}

const LIMITS = { headBytes: 1024 * 1024, bodyBytes: 16 * 1024 * 1024 };

/** A pipe that nobody is at the other end of: what is pushed in is read, what is written is kept. */
class LoosePipe extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {
    // what there is to read is pushed by the test
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

function listen(pipe: Duplex, limits = LIMITS, check: (head: unknown) => unknown = (head) => head) {
  const frames: Frame[] = [];
  const ends: string[] = [];
  const errors: TaskqueueError[] = [];
  let tell: () => void = () => undefined;
  const port: FramePort<unknown> = openFrames(pipe, {
    limits,
    check,
    onFrame(head, body) {
      frames.push({ head, body });
      tell();
    },
    onBroken(error) {
      ends.push('broken');
      errors.push(error);
      tell();
    },
    onClosed() {
      ends.push('closed');
      tell();
    },
  });
  /** Resolves as soon as the condition holds; looked at whenever something was received. */
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      tell = () => {
        if (condition()) resolve();
      };
      tell();
    });
  return { frames, ends, errors, port, until };
}

function bytesOf(frames: readonly Frame[]): Buffer {
  const pipe = new LoosePipe();
  const { port } = listen(pipe);
  for (const { head, body } of frames) port.send(head, body);
  return Buffer.concat(pipe.written);
}

/** Quick to compare. */
const shown = ({ head, body }: Frame): unknown => ({ head, body: body.toString('latin1') });

const anyFrame = fc.record({
  head: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.nat(70_000).map((size) => Buffer.alloc(size, size)),
  ),
});

describe('frames', () => {
  it('are the same however the bytes are cut into chunks', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80_000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), sizes, (sent, chunkSizes) => {
        const bytes = bytesOf(sent);
        const pipe = new LoosePipe();
        const { frames, ends } = listen(pipe);
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = n < 500 ? (chunkSizes[n % chunkSizes.length] as number) : bytes.length;
          pipe.emit('data', bytes.subarray(at, at + size));
          at += size;
        }
        expect(frames.map(shown)).toEqual(sent.map(shown));
        expect(ends).toEqual([]);
      }),
    );
  });

  it('are the same byte by byte', () => {
    const sent = [
      { head: { kind: 'a' }, body: Buffer.from('body') },
      { head: null, body: Buffer.alloc(0) },
      { head: 'ü'.repeat(50), body: Buffer.alloc(20_000, 7) },
    ];
    const pipe = new LoosePipe();
    const { frames } = listen(pipe);
    for (const byte of bytesOf(sent)) pipe.emit('data', Buffer.of(byte));
    expect(frames).toEqual(sent);
  });

  it('do not keep a large chunk alive for the sake of a small body', () => {
    const pipe = new LoosePipe();
    const { frames } = listen(pipe);
    const chunk = bytesOf([
      { head: 1, body: Buffer.from('small') },
      { head: 2, body: Buffer.alloc(60_000) },
    ]);
    pipe.emit('data', chunk);
    expect(frames.map(({ body }) => body.buffer === chunk.buffer)).toEqual([false, true]);
  });
});

describe('a peer that breaks the rules', () => {
  const prefix = (head: number, body: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(head, 0);
    bytes.writeUInt32BE(body, 4);
    return bytes;
  };

  it.each([
    ['a head over the limit', prefix(1025, 0)],
    ['a body over the limit', prefix(2, 4097)],
    ['a head of 4 GiB', prefix(0xffffffff, 0)],
    ['no JSON', Buffer.concat([prefix(3, 0), Buffer.from('{"a')])],
    ['an empty head', prefix(0, 0)],
    ['text', Buffer.from('hello, this is no frame at all\n')],
  ])('is told once, as soon as it sends %s, and nothing is delivered afterwards', (_what, bytes) => {
    const pipe = new LoosePipe();
    const { frames, ends, errors, port } = listen(pipe, { headBytes: 1024, bodyBytes: 4096 });
    pipe.emit('data', Buffer.concat([bytesOf([{ head: 'good', body: Buffer.alloc(3) }]), bytes]));
    pipe.emit('data', bytesOf([{ head: 'late', body: Buffer.alloc(0) }]));
    expect(frames.map(({ head }) => head)).toEqual(['good']);
    expect(ends).toEqual(['broken']);
    expect(errors[0]?.code).toBe('PROTOCOL');
    expect(pipe.destroyed).toBe(true);
    expect(port.send({})).toBe(false);
  });

  it('is told before a body is read whose head is refused', () => {
    const pipe = new LoosePipe();
    const { ends } = listen(pipe, LIMITS, () => {
      throw new TaskqueueError('PROTOCOL', 'not this one');
    });
    pipe.emit('data', Buffer.concat([prefix(2, 4096), Buffer.from('{}')]));
    expect(ends).toEqual(['broken']);
  });

  it('is told where the check itself stumbles over a head', () => {
    const pipe = new LoosePipe();
    const { errors } = listen(pipe, LIMITS, (head) => (head as { a: { b: unknown } }).a.b);
    pipe.emit('data', bytesOf([{ head: {}, body: Buffer.alloc(0) }]));
    expect(errors.map(({ code }) => code)).toEqual(['PROTOCOL']);
  });

  it('is told where the receiver refuses a frame that is not allowed now', () => {
    const pipe = new LoosePipe();
    const errors: string[] = [];
    openFrames(pipe, {
      limits: LIMITS,
      check: (head) => head,
      onFrame() {
        throw new TaskqueueError('PROTOCOL', 'nobody asked');
      },
      onBroken: (error) => errors.push(error.message),
      onClosed: () => errors.push('closed'),
    });
    pipe.emit(
      'data',
      bytesOf([
        { head: {}, body: Buffer.alloc(0) },
        { head: {}, body: Buffer.alloc(0) },
      ]),
    );
    expect(errors).toEqual(['nobody asked']);
  });
});

describe('a pipe', () => {
  it('delivers nothing once it was closed, not even from the chunk at hand', () => {
    const pipe = new PassThrough();
    const seen: unknown[] = [];
    const port: FramePort<unknown> = openFrames(pipe, {
      limits: LIMITS,
      check: (head) => head,
      onFrame(head) {
        seen.push(head);
        port.close();
      },
      onBroken: (error) => seen.push(error),
      onClosed: () => seen.push('closed'),
    });
    pipe.emit(
      'data',
      bytesOf([
        { head: 1, body: Buffer.alloc(9) },
        { head: 2, body: Buffer.alloc(9) },
      ]),
    );
    expect(seen).toEqual([1]);
  });

  describe('of two sockets', () => {
    let directory: string;
    let ours: Socket;
    let theirs: Socket;

    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'frames-'));
      const server = createServer();
      server.listen(join(directory, 'pipe'));
      await once(server, 'listening');
      ours = createConnection(join(directory, 'pipe'));
      [[theirs]] = (await Promise.all([once(server, 'connection'), once(ours, 'connect')])) as [[Socket], unknown];
      server.close();
    });

    afterEach(() => {
      ours.destroy();
      theirs.destroy();
      rmSync(directory, { recursive: true });
    });

    it('carries bodies of many megabytes both ways', async () => {
      const [here, there] = [listen(ours), listen(theirs)];
      const body = Buffer.alloc(8 * 1024 * 1024, 'abc');
      here.port.send({ to: 'there' }, body);
      there.port.send({ to: 'here' }, body);
      await Promise.all([here, there].map(({ until, frames }) => until(() => frames.length === 1)));
      expect(here.frames[0]?.body.equals(body)).toBe(true);
      expect(there.frames[0]?.body.equals(body)).toBe(true);
    });

    it('says how much the other end has not taken yet', async () => {
      theirs.pause();
      const here = listen(ours);
      for (let n = 0; n < 100; n++) here.port.send({ n }, Buffer.alloc(100_000));
      expect(here.port.bufferedBytes).toBeGreaterThan(1_000_000);
      const there = listen(theirs);
      theirs.resume();
      await there.until(() => there.frames.length === 100);
    });

    it('still delivers what was sent before it was closed', async () => {
      const [here, there] = [listen(ours), listen(theirs)];
      for (let n = 0; n < 100; n++) here.port.send({ n }, Buffer.alloc(100_000));
      here.port.close();
      await there.until(() => there.ends.length > 0);
      expect(there.frames).toHaveLength(100);
      expect(there.ends).toEqual(['closed']);
      expect(here.ends).toEqual([]);
    });

    it('is closed, not broken, where the other end dies in the middle of a frame or while it is written to', async () => {
      const here = listen(ours);
      theirs.write(bytesOf([{ head: {}, body: Buffer.alloc(1000) }]).subarray(0, 500));
      here.port.send({}, Buffer.alloc(8 * 1024 * 1024));
      theirs.destroy();
      await here.until(() => here.ends.length > 0);
      expect(here.ends).toEqual(['closed']);
      expect(here.port.send({})).toBe(false);
    });
  });
});
