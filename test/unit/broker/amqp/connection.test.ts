// The first moments of a connection, with a broker that says goodbye as soon as it has said hello.
import net from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { openConnection } from '../../../../src/broker/amqp/connection.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { until } from '../../../support/until.ts';

const [START, TUNE, OPEN_OK, CLOSE] = [0x0a000a, 0x0a001e, 0x0a0029, 0x0a0032];
const [START_OK, OPEN, CLOSE_OK] = [0x0a000b, 0x0a0028, 0x0a0033];

const short = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const uint32 = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const long = (text: string): Buffer => Buffer.concat([uint32(text.length), Buffer.from(text)]);

function method(id: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat([uint32(id), ...parts]);
  return Buffer.concat([Buffer.from([1, 0, 0]), uint32(payload.length), payload, Buffer.from([0xce])]);
}

const GOODBYE = method(CLOSE, Buffer.from([320 >> 8, 320 & 0xff]), short('CONNECTION_FORCED - shutdown'), uint32(0));

/** Answers what a client says, by the method that it names. `said`: those that were said; `open`: how many sockets are. */
async function startBroker(): Promise<{ port: number; said: number[]; open: () => number }> {
  const said: number[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (chunk.toString('latin1', 0, 4) === 'AMQP') {
        socket.write(method(START, Buffer.from([0, 9]), uint32(0), long('PLAIN'), long('en_US')));
        return;
      }
      for (let at = 0; at + 11 <= chunk.length; at += chunk.readUInt32BE(at + 3) + 8) {
        const id = chunk.readUInt32BE(at + 7);
        said.push(id);
        if (id === START_OK) socket.write(method(TUNE, Buffer.from([7, 255]), uint32(131_072), Buffer.from([0, 10])));
        if (id === OPEN) socket.write(Buffer.concat([method(OPEN_OK, short('')), GOODBYE]));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as net.AddressInfo).port, said, open: () => sockets.size };
}

it('one that is over in the moment in which it is open is none', async () => {
  const { port, said, open } = await startBroker();
  const login = { user: 'guest', password: 'guest', vhost: '/', tls: null, heartbeatSeconds: 10 };
  const opening = openConnection({ host: '127.0.0.1', port }, login, 'x', systemClock, new AbortController().signal);
  await expect(opening).rejects.toThrow('the broker closed the connection as soon as it was open');
  await until(() => said.includes(CLOSE_OK) && open() === 0, 'it has said goodbye, and hung up');
});
