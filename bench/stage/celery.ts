// Celery as Debian ships it, unpacked, not installed: prefork workers on the same RabbitMQ.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryPath, unpacked } from '../../test/support/debian.ts';
import { type Peer, PROCESSES, peerOf } from './peer.ts';
import { Program } from './program.ts';

const PROGRAMS = fileURLToPath(new URL('../programs', import.meta.url));
const QUIET = ['-l', 'WARNING', '--without-gossip', '--without-mingle', '--without-heartbeat'];

export async function startCelery(amqp: string, directory: string): Promise<Peer> {
  const folder = await unpacked({
    name: 'celery',
    packages: ['python3-celery'],
    always:
      /^python3-(celery|kombu|amqp|vine|billiard|anyjson|click.*|prompt-toolkit|wcwidth|colorama|dateutil|ephem|memcache|tz)$/,
    without: /^$/,
  });
  const env = {
    PYTHONPATH: `${PROGRAMS}:${join(folder, 'usr/lib/python3/dist-packages')}`,
    PYTHONPYCACHEPREFIX: join(directory, 'pycache'),
    LD_LIBRARY_PATH: libraryPath(folder),
    BENCH_AMQP: `${amqp}//`,
    HOME: directory,
  };
  const start = (name: string, args: readonly string[]): Program =>
    new Program(name, '/usr/bin/python3', args, { env, cwd: directory, speaksOn: 'stdout' });
  const workers = new Map(
    PROCESSES.map((processes) => {
      const args = [
        '-A',
        'celery_app',
        'worker',
        '-c',
        String(processes),
        '-Q',
        `bench${processes}`,
        '-n',
        `w${processes}@bench`,
      ];
      return [processes, [start(`Celery's worker`, ['-m', 'celery', ...args, ...QUIET])]];
    }),
  );
  return peerOf('Celery', start(`Celery's client`, [join(PROGRAMS, 'celery_client.py')]), workers);
}
