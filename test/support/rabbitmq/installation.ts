// RabbitMQ with its Erlang, unpacked into the cache of the clone.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldOfRelease, libraryPath, unpacked } from '../debian.ts';
import { ownLoader, type Release } from '../other-release.ts';

export interface Installation {
  /** Holds `usr/…`. */
  readonly folder: string;
  /** Erlang's programs. */
  readonly erlangBin: string;
  /** RabbitMQ's scripts. */
  readonly sbin: string;
  /** Goes before every command, where it has its own C library. */
  readonly enter: readonly string[];
}

/** RabbitMQ of the machine's own Debian release, or of another. */
export async function rabbitmqInstallation(wanted?: Release): Promise<Installation> {
  const release = wanted?.version === fieldOfRelease('VERSION_ID') ? undefined : wanted;
  const folder = await fetched(release);
  const libraries = join(folder, 'usr/lib/rabbitmq/lib');
  const server = readdirSync(libraries).find((name) => name.startsWith('rabbitmq_server-'));
  if (server === undefined) throw new Error(`no rabbitmq_server-* in ${libraries}: remove ${folder} and try again`);
  return {
    folder,
    erlangBin: join(folder, 'usr/lib/erlang/bin'),
    sbin: join(libraries, server, 'sbin'),
    enter: release === undefined ? [] : ownLoader(folder, libraryPath(folder)),
  };
}

async function fetched(release: Release | undefined): Promise<string> {
  try {
    return await unpacked({
      name: 'rabbitmq',
      packages: ['rabbitmq-server'],
      always: /^(rabbitmq-server|erlang-.*)$/,
      without: /^(?!rabbitmq-server$|erlang-|lib|zlib)|^libpython/,
      ...(release === undefined ? {} : { release }),
      finish: makeRelocatable,
    });
  } catch (cause: unknown) {
    const way =
      'Another broker does as well: TASKQUEUE_TEST_AMQP=amqp://user:password@host/vhost (it will be written to).';
    throw new Error(`No RabbitMQ for the tests: ${cause instanceof Error ? cause.message : String(cause)}\n${way}`, {
      cause,
    });
  }
}

/** Debian's `erl` knows only the place where it would be installed. */
function makeRelocatable(folder: string): void {
  const erl = join(folder, 'usr/lib/erlang/bin/erl');
  const script = readFileSync(erl, 'utf8');
  const relocatable = script.replaceAll('ROOTDIR=/usr/lib/erlang', 'ROOTDIR=$(cd "$(dirname "$0")/.." && pwd)');
  if (relocatable === script) throw new Error(`${erl} is not as expected: ROOTDIR=/usr/lib/erlang is not in it`);
  writeFileSync(erl, relocatable);
}
