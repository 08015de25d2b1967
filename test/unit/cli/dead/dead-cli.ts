// `taskqueue dead …` on an embedded broker that holds what the test has parked.
import { createMemoryBroker } from '../../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../../src/broker/memory/server.ts';
import { DEAD, internalDeclarations } from '../../../../src/broker/topology.ts';
import type { Io } from '../../../../src/cli/io.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import type { Message } from '../../../../src/workitem/message.ts';
import { queues } from '../../broker/memory/embedded.ts';
import { type Example, isParked, parked, toDead } from '../../parked/parked.ts';
import { cli, directoryWith, type Ran } from '../run-cli.ts';

const config = directoryWith({ 'c.ini': '' });

export class DeadBench {
  readonly server: MemoryServer = createMemoryServer({ clock: systemClock });

  async fill(...examples: readonly (Example | Message)[]): Promise<void> {
    const broker = await this.#connect();
    await broker.declare(internalDeclarations());
    await broker.declare(queues('worker_resize'));
    for (const one of examples) await broker.publish(toDead(isParked(one) ? one : parked(one)));
    await broker.stop();
  }

  depth(queue = DEAD): number | undefined {
    return this.server.queueInfo(queue)?.messages;
  }

  run(args: readonly string[], io: Partial<Io> = {}): Promise<Ran> {
    const [command = '', ...rest] = args;
    const openBroker = async () => createMemoryBroker(this.server, { name: 'test' });
    return cli(['dead', command, '-c', `${config}/c.ini`, ...rest], { openBroker, ...io });
  }

  async #connect() {
    const broker = createMemoryBroker(this.server, { name: 'sender' });
    await broker.start();
    return broker;
  }
}

export function lines(text: string): Record<string, unknown>[] {
  const all = text.split('\n').filter((line) => line !== '');
  return all.map((line) => JSON.parse(line) as Record<string, unknown>);
}
