import { createMemoryBroker } from '../../src/broker/memory/broker.ts';
import { createMemoryServer } from '../../src/broker/memory/server.ts';
import { systemClock } from '../../src/core/clock.ts';
import { brokerContract } from './broker.contract.ts';

brokerContract('the memory broker', async () => {
  const server = createMemoryServer({ clock: systemClock });
  return {
    user: 'contract',
    async connect(name) {
      const broker = createMemoryBroker(server, { name, user: 'contract' });
      await broker.start();
      return broker;
    },
    async deleteQueue(queue) {
      server.deleteQueue(queue);
    },
    async stop() {
      // nothing runs but its timers
    },
  };
});
