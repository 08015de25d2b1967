import { connect } from 'amqplib';
import { createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { brokerContract } from './broker.contract.ts';

const { url, host, port, user, password, vhost } = await freshVhost();

brokerContract('RabbitMQ', async () => {
  const foreign = await connect(url);
  const amqp = { hosts: [{ host, port }], user, password, vhost, tls: null, heartbeatSeconds: 10 };
  return {
    user,
    async connect(name) {
      const broker = createAmqpBroker({ amqp, name, clock: systemClock, logger: silentLogger });
      await broker.start();
      return broker;
    },
    async deleteQueue(queue) {
      const channel = await foreign.createChannel();
      await channel.deleteQueue(queue);
      await channel.close();
    },
    async stop() {
      await foreign.close();
    },
  };
});
