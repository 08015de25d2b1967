import { onTestFinished } from 'vitest';
import { createMemoryBroker, type MemoryBroker } from '../../src/broker/memory/broker.ts';
import type { MemoryServer } from '../../src/broker/memory/server.ts';

/** Another connection to that server, until the test is over. */
export async function connectTo(server: MemoryServer, name: string, user = 'guest'): Promise<MemoryBroker> {
  const broker = createMemoryBroker(server, { name, user });
  await broker.start();
  onTestFinished(() => broker.stop());
  return broker;
}
