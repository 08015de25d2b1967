// What all measurements stand on: a private RabbitMQ, a copy of the build, and the peers, started when the first measurement asks
// for them.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { releaseDirectory } from '../../test/support/guard.ts';
import { copyInstalled } from '../../test/support/installed-copy.ts';
import { type Rabbitmq, startRabbitmq } from '../../test/support/rabbitmq/rabbitmq.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { startBullmq } from './bullmq.ts';
import { startCelery } from './celery.ts';
import type { Peer } from './peer.ts';

export class Stage {
  /** Counted repetitions of everything; there is one more before, to warm up. */
  readonly repetitions: number;
  readonly rabbitmq: Rabbitmq;
  readonly directory: string;
  /** The copy of dist/. */
  readonly dist: string;
  readonly isQuick: boolean;
  #celery: Promise<Peer> | undefined;
  #bullmq: Promise<Peer> | undefined;
  #vhosts = 0;

  static async set(isQuick: boolean): Promise<Stage> {
    return new Stage(await startRabbitmq({ plugins: ['rabbitmq_shovel'] }), isQuick);
  }

  constructor(rabbitmq: Rabbitmq, isQuick: boolean) {
    this.rabbitmq = rabbitmq;
    this.isQuick = isQuick;
    this.repetitions = isQuick ? 2 : 5;
    this.directory = temporaryDirectory('bench');
    this.dist = join(this.directory, 'dist');
    mkdirSync(join(this.directory, 'plugins'));
    copyInstalled(this.directory);
  }

  /** So many in a full run, fewer where nobody needs exact figures. */
  count(full: number): number {
    return this.isQuick ? Math.ceil(full / 4) : full;
  }

  /** An empty vhost for as long as `use` takes; it gets the vhost's address. */
  async inVhost<T>(use: (url: string) => Promise<T>): Promise<T> {
    const name = `bench-${++this.#vhosts}`;
    const all = '<<".*">>';
    const permit = `rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"${name}">>, ${all}, ${all}, ${all}, <<"bench">>)`;
    await this.rabbitmq.evaluate(`ok = rabbit_vhost:add(<<"${name}">>, <<"bench">>), ok = ${permit}`);
    try {
      return await use(`${this.rabbitmq.url}/${name}`);
    } finally {
      await this.rabbitmq.evaluate(`rabbit_vhost:delete(<<"${name}">>, <<"bench">>), ok`);
    }
  }

  get brokerVersion(): string {
    return `RabbitMQ ${/rabbitmq_server-([^/]+)/.exec(this.rabbitmq.node.installation.sbin)?.[1]}`;
  }

  async brokerPid(): Promise<number> {
    return Number((await this.rabbitmq.evaluate('os:getpid()')).replaceAll('"', ''));
  }

  celery(): Promise<Peer> {
    this.#celery ??= startCelery(this.rabbitmq.url, this.directory);
    return this.#celery;
  }

  bullmq(): Promise<Peer> {
    this.#bullmq ??= startBullmq(this.directory);
    return this.#bullmq;
  }

  async clear(): Promise<void> {
    for (const peer of [this.#celery, this.#bullmq]) await (await peer)?.end();
    await this.rabbitmq.stop();
    rmSync(this.directory, { recursive: true, force: true });
    releaseDirectory(this.directory);
  }
}
