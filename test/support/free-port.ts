// Ports for servers that tests start.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range that the kernel takes the ports of outgoing connections from: nothing else grabs it meanwhile. */
const LOWEST = 12_000;
const HIGHEST = 31_999;

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found on 127.0.0.1');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    server.close();
  }
}
