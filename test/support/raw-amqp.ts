// Publishes messages whose header table is given as bytes, for what no client library would write.
import net, { type Socket } from 'node:net';

export interface RawTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
}

const START_OK = 0x0a000b;
const TUNE_OK = 0x0a001f;
const OPEN = 0x0a0028;
const CHANNEL_OPEN = 0x14000a;
const CHANNEL_CLOSE = 0x140028;
const PUBLISH = 0x3c0028;
const CHANNEL_CLOSE_OK = 0x140029;
/** Content type and headers are there. */
const FLAGS = 0xa000;

/** Resolves when the broker has the message; rejects where it closes the channel or the connection instead. */
export async function publishRaw(target: RawTarget, queue: string, headerFields: Buffer, body: Buffer): Promise<void> {
  const socket = net.connect(target.port, target.host);
  try {
    const frames = framesOf(socket);
    socket.write(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
    await frames.next();
    const login = Buffer.from(`\0${target.user}\0${target.password}`);
    socket.write(method(0, START_OK, uint32(0), short('PLAIN'), long(login), short('en_US')));
    const tune = (await frames.next()).value as Buffer;
    socket.write(method(0, TUNE_OK, tune.subarray(4, 12)));
    socket.write(method(0, OPEN, short(target.vhost), short(''), Buffer.from([0])));
    await frames.next();
    socket.write(method(1, CHANNEL_OPEN, short('')));
    await frames.next();
    socket.write(method(1, PUBLISH, Buffer.from([0, 0]), short(''), short(queue), Buffer.from([0])));
    const size = Buffer.concat([uint32(0), uint32(body.length)]);
    const properties = Buffer.concat([
      Buffer.from([FLAGS >> 8, FLAGS & 0xff]),
      short('text/plain'),
      long(headerFields),
    ]);
    socket.write(frame(2, 1, Buffer.concat([Buffer.from([0, 60, 0, 0]), size, properties])));
    socket.write(frame(3, 1, body));
    // Answered in order: after this one, the message has been taken.
    socket.write(method(1, CHANNEL_CLOSE, Buffer.from([0, 200]), short(''), uint32(0)));
    const answer = (await frames.next()).value as Buffer | undefined;
    if (answer?.readUInt32BE(0) !== CHANNEL_CLOSE_OK)
      throw new Error(`the broker refuses: ${answer?.toString('latin1')}`);
  } finally {
    socket.destroy();
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

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function short(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

export function long(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}
