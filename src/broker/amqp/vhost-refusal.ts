// Why a broker refuses our vhost. amqplib drops the words with which it closes the connection there – no such vhost, no
// permission, too many connections – so the opening is done once more, in the few frames that it takes, to read them.
import type { Duplex } from 'node:stream';

const [START, START_OK, TUNE, TUNE_OK, OPEN, CLOSE] = [0x0a000a, 0x0a000b, 0x0a001e, 0x0a001f, 0x0a0028, 0x0a0032];

/** The broker's words, or `undefined` where it did not refuse after all. Rejects where the connection breaks. */
export async function vhostRefusal(
  socket: Duplex,
  login: { readonly user: string; readonly password: string; readonly vhost: string },
): Promise<string | undefined> {
  let received = Buffer.alloc(0);
  socket.write(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    for (let frame = firstFrame(received); frame !== undefined; frame = firstFrame(received)) {
      received = received.subarray(frame.length + 8);
      const method = frame.readUInt32BE(0);
      if (method === START) socket.write(startOk(login.user, login.password));
      else if (method === TUNE) socket.write(Buffer.concat([tuneOk(frame), open(login.vhost)]));
      else return method === CLOSE ? frame.toString('utf8', 7, 7 + frame.readUInt8(6)) : undefined;
    }
  }
  return undefined;
}

/** The payload of the first frame, once it is complete: type, channel, length (4 bytes at 3), payload, end. */
function firstFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 7) return undefined;
  const length = bytes.readUInt32BE(3);
  return bytes.length < length + 8 ? undefined : bytes.subarray(7, 7 + length);
}

function startOk(user: string, password: string): Buffer {
  const response = Buffer.from(`\0${user}\0${password}`);
  return method(START_OK, uint32(0), short('PLAIN'), uint32(response.length), response, short('en_US'));
}

/** The broker's own proposal, taken as it is: channel-max, frame-max, heartbeat. */
const tuneOk = (tune: Buffer): Buffer => method(TUNE_OK, tune.subarray(4, 12));
const open = (vhost: string): Buffer => method(OPEN, short(vhost), short(''), Buffer.from([0]));

function method(id: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat([uint32(id), ...parts]);
  return Buffer.concat([Buffer.from([1, 0, 0]), uint32(payload.length), payload, Buffer.from([0xce])]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function short(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
