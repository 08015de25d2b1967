// BullMQ on a Redis of its own, as Debian ships it, unpacked, not installed. Durable as Redis users have it: appendonly, written
// to disk every second.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryPath, unpacked } from '../../test/support/debian.ts';
import { freePort } from '../../test/support/free-port.ts';
import { type Peer, PROCESSES, peerOf } from './peer.ts';
import { Program } from './program.ts';

const SCRIPT = fileURLToPath(new URL('../programs/bullmq.mjs', import.meta.url));

export async function startBullmq(directory: string): Promise<Peer> {
  const folder = await unpacked({
    name: 'redis',
    packages: ['redis-server'],
    always: /^(redis-server|redis-tools|libjemalloc2|liblzf1)$/,
    without: /^$/,
  });
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', dir: directory, appendonly: 'yes', appendfsync: 'everysec', save: '' };
  const redis = new Program(
    'Redis',
    join(folder, 'usr/bin/redis-check-rdb').replace('redis-check-rdb', 'redis-server'),
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { env: { LD_LIBRARY_PATH: libraryPath(folder) }, speaksOn: 'stdout' },
  );
  await redis.line(/Ready to accept connections/);
  const start = (...args: string[]): Program =>
    new Program(`BullMQ's ${args[0]}`, process.execPath, [SCRIPT, ...args], {
      env: { BENCH_REDIS_PORT: String(port) },
      speaksOn: 'stdout',
    });
  const workers = new Map(
    PROCESSES.map((processes) => [
      processes,
      Array.from({ length: processes }, () => start('worker', `bench${processes}`)),
    ]),
  );
  return peerOf('BullMQ', start('client'), workers, [redis]);
}
