// Publishes messages whose properties and header tables are given as bytes, for what no client library would write.
import net, { type Socket } from 'node:net';

export interface RawTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
}

/** Texts are written as UTF-8, Buffers as they are: with those a sender may write any other encoding. */
export interface RawProperties {
  readonly contentType?: string | Buffer;
  readonly contentEncoding?: string | Buffer;
  /** The fields of the table, as `field` makes them. */
  readonly headers?: Buffer;
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string | Buffer;
  readonly replyTo?: string | Buffer;
  readonly expiration?: string | Buffer;
  readonly messageId?: string | Buffer;
  /** Seconds since 1970. */
  readonly timestamp?: bigint;
  readonly type?: string | Buffer;
  readonly userId?: string | Buffer;
  readonly appId?: string | Buffer;
}

export interface RawMessage {
  readonly properties: RawProperties;
  readonly body: Buffer;
}

const START_OK = 0x0a000b;
const TUNE_OK = 0x0a001f;
const OPEN = 0x0a0028;
const CHANNEL_OPEN = 0x14000a;
const CHANNEL_CLOSE = 0x140028;
const PUBLISH = 0x3c0028;
const CHANNEL_CLOSE_OK = 0x140029;
/** What the broker allows by default, without the frame's own 8 bytes. */
const FRAME_BYTES = 131_072 - 8;

/** In the order in which the protocol writes them. */
const PROPERTIES = [
  'contentType',
  'contentEncoding',
  'headers',
  'deliveryMode',
  'priority',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'timestamp',
  'type',
  'userId',
  'appId',
] as const satisfies readonly (keyof RawProperties)[];

/** Resolves when the broker has the message; rejects where it closes the channel or the connection instead. */
export async function publishRaw(target: RawTarget, queue: string, headerFields: Buffer, body: Buffer): Promise<void> {
  const client = await openRaw(target);
  try {
    await client.publish(queue, { properties: { contentType: 'text/plain', headers: headerFields }, body });
  } finally {
    client.close();
  }
}

export async function openRaw(target: RawTarget): Promise<RawClient> {
  const socket = net.connect(target.port, target.host);
  socket.setNoDelay(); // small frames, each answered: they must not wait for more
  const frames = framesOf(socket);
  socket.write(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
  await frames.next();
  const login = Buffer.from(`\0${target.user}\0${target.password}`);
  socket.write(method(0, START_OK, uint32(0), short('PLAIN'), long(login), short('en_US')));
  const tune = (await frames.next()).value as Buffer;
  // No heartbeat: nobody here would send one.
  socket.write(method(0, TUNE_OK, tune.subarray(4, 10), Buffer.from([0, 0])));
  socket.write(method(0, OPEN, short(target.vhost), short(''), Buffer.from([0])));
  await frames.next();
  return new RawClient(socket, frames);
}

export class RawClient {
  readonly #socket: Socket;
  readonly #frames: AsyncGenerator<Buffer>;

  constructor(socket: Socket, frames: AsyncGenerator<Buffer>) {
    this.#socket = socket;
    this.#frames = frames;
  }

  /**
   * Resolves when the broker has taken them all; rejects where it closes the channel over one of them, or the connection
   * (then this client is of no use any more). Unroutable ones vanish.
   */
  async publish(queue: string, ...messages: readonly RawMessage[]): Promise<void> {
    this.#socket.write(method(1, CHANNEL_OPEN, short('')));
    await this.#frames.next();
    for (const { properties, body } of messages) {
      this.#socket.write(method(1, PUBLISH, Buffer.from([0, 0]), short(''), short(queue), Buffer.from([0])));
      const head = Buffer.concat([
        Buffer.from([0, 60, 0, 0]),
        uint32(0),
        uint32(body.length),
        propertyList(properties),
      ]);
      this.#socket.write(frame(2, 1, head));
      for (let at = 0; at < body.length; at += FRAME_BYTES) {
        this.#socket.write(frame(3, 1, body.subarray(at, at + FRAME_BYTES)));
      }
    }
    // Answered in order: after this one, the messages have been taken.
    this.#socket.write(method(1, CHANNEL_CLOSE, Buffer.from([0, 200]), short(''), uint32(0)));
    const answer = (await this.#frames.next()).value as Buffer | undefined;
    if (answer?.readUInt32BE(0) === CHANNEL_CLOSE_OK) return;
    if (answer?.readUInt32BE(0) === CHANNEL_CLOSE) {
      this.#socket.write(method(1, CHANNEL_CLOSE_OK));
      await this.#frames.next(); // both have closed it: the answer to ours comes too
    }
    throw new Error(`the broker refuses: ${answer?.toString('latin1')}`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The payloads of the frames that come. */
async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received = Buffer.concat([received, chunk as Buffer]);
    while (received.length >= 7 && received.length >= received.readUInt32BE(3) + 8) {
      const length = received.readUInt32BE(3);
      yield received.subarray(7, 7 + length);
      received = received.subarray(length + 8);
    }
  }
}

function method(channel: number, id: number, ...parts: Buffer[]): Buffer {
  return frame(1, channel, Buffer.concat([uint32(id), ...parts]));
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0, channel]), uint32(payload.length), payload, Buffer.from([0xce])]);
}

/** A bit for each property that is there, from the highest on; then their values. */
function propertyList(properties: RawProperties): Buffer {
  const present = PROPERTIES.filter((name) => properties[name] !== undefined);
  const flags = present.reduce((bits, name) => bits | (0x8000 >> PROPERTIES.indexOf(name)), 0);
  const values = present.map((name) => propertyBytes(name, properties[name] as string | Buffer | number | bigint));
  return Buffer.concat([Buffer.from([flags >> 8, flags & 0xff]), ...values]);
}

function propertyBytes(name: keyof RawProperties, value: string | Buffer | number | bigint): Buffer {
  if (typeof value === 'number') return Buffer.from([value]);
  if (typeof value === 'bigint') return uint64(value);
  return name === 'headers' ? long(value as Buffer) : short(value);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

/** At most 255 bytes. */
export function short(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

export function long(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** One field of a table; `value` without the tag of its type. */
export function field(name: string | Buffer, tag: string, value: Buffer): Buffer {
  return Buffer.concat([short(name), Buffer.from(tag), value]);
}

export function textField(name: string | Buffer, text: string | Buffer): Buffer {
  return field(name, 'S', long(Buffer.from(text as string)));
}

/** A 64-bit integer. */
export function integerField(name: string, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return field(name, 'l', bytes);
}

/** One within the other: lists (tag `A`), or tables (`F`) with an empty name before each. */
export function nestedField(name: string, tag: 'A' | 'F', depth: number): Buffer {
  const bytesEach = tag === 'A' ? 5 : 6;
  const bytes = Buffer.alloc(depth * bytesEach);
  for (let end = bytesEach; end <= bytes.length; end += bytesEach) {
    bytes.write(tag, end - 5, 'latin1');
    bytes.writeUInt32BE(bytes.length - end, end - 4);
  }
  return field(name, tag, long(bytes));
}
