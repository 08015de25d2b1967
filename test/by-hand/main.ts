// A private RabbitMQ for trying taskqueue by hand, and a configuration for it with the example plugins that need nothing.
// Both are gone when it ends.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { temporaryDirectory, writeIn } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Resolves with the exit code, when somebody has had enough of it. */
export async function main(): Promise<number> {
  const enough = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve());
  });
  console.log('Starting a private RabbitMQ (at the first time, it is fetched from Debian, and unpacked into .cache/).');
  const rabbitmq = await startRabbitmq();
  console.log(guideTo(rabbitmq, writeIn(temporaryDirectory('by-hand'), 'config.ini', configFor(rabbitmq))));
  await enough;
  await rabbitmq.stop();
  return 0;
}

function configFor({ host, amqpPort }: Rabbitmq): string {
  return `[amqp]
host = ${host}:${amqpPort}

[taskqueue]
plugin_path = ${join(ROOT, 'plugins')}
${process.getuid?.() === 0 ? '\n[DEFAULT]\nuser = root\n' : ''}
[math]

[checksum]

[shout]

[failing]
max_attempts = 2
retry_delay = 1s

[crashing]
retry_delay = 1s
`;
}

function guideTo({ url }: Rabbitmq, configFile: string): string {
  return `
It listens at ${url} until you press Ctrl-C, and forgets everything then. In other terminals, in this clone:

    export TASKQUEUE_CONFIG=${configFile}
    npx taskqueue dispatcher
    npx taskqueue workerpool
    npx taskqueue send first hello --wait
    npx taskqueue status
`;
}
