// A correspondent of a test's own on RabbitMQ.
import { onTestFinished } from 'vitest';
import { createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import { Correspondent } from '../../src/control/correspondent.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Vhost } from './rabbitmq/vhost.ts';

type Login = Pick<Vhost, 'host' | 'port' | 'user' | 'password' | 'vhost'>;

/** @param as whom it says it is; whoever logs in, where it is left out */
export async function openCorrespondent(login: Login, as = login.user): Promise<Correspondent> {
  const { host, port, user, password, vhost } = login;
  const amqp = { hosts: [{ host, port }], user, password, vhost, tls: null, heartbeatSeconds: 10 };
  const tools = { clock: systemClock, logger: silentLogger };
  const broker = createAmqpBroker({ ...tools, amqp, name: 'correspondent of a test' });
  await broker.start();
  const correspondent = new Correspondent({ ...tools, broker }, { user: as });
  await correspondent.start();
  onTestFinished(async () => {
    await correspondent.stop();
    await broker.stop();
  });
  return correspondent;
}
