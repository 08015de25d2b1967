// A TCP proxy between a client and its broker, in the hands of a test: it can swallow everything on the connections that it
// has, without closing them, as a firewall that has forgotten them does; and it can be cut.
import net, { type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Proxy {
  readonly port: number;
  /** On connections that are open now; later ones work. */
  swallow(): void;
  /** Ends all connections, and takes none until it is mended. */
  cut(): void;
  mend(): void;
}

export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  const server = net.createServer((near) => {
    near.on('error', () => undefined);
    if (isCut) return void near.destroy();
    const far = net.connect(target.port, target.host);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!pairs.delete(pair)) return;
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const swallowed = new Set<Socket>();
  onTestFinished(() => {
    server.close();
    for (const socket of [...swallowed, ...[...pairs].flat()]) socket.destroy();
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    cut() {
      isCut = true;
      for (const [near] of [...pairs]) near.destroy();
    },
    mend() {
      isCut = false;
    },
    swallow() {
      for (const pair of pairs) {
        pairs.delete(pair); // neither end learns of the other's end any more
        for (const socket of pair) {
          swallowed.add(socket);
          socket.unpipe();
          socket.resume();
        }
      }
    },
  };
}
