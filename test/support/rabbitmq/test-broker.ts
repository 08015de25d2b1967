// The broker of a test run: one private RabbitMQ for all suites that want one, or the one that TASKQUEUE_TEST_AMQP names.
// vitest runs `setup` before such a suite, in its main process; tests get at the broker through `freshVhost`.
import type { TestProject } from 'vitest/node';
import type { RabbitmqNode } from './node.ts';
import { type Rabbitmq, startRabbitmq } from './rabbitmq.ts';

export type TestBroker =
  | { readonly kind: 'private'; readonly node: RabbitmqNode }
  | { readonly kind: 'given'; readonly url: string };

declare module 'vitest' {
  interface ProvidedContext {
    broker: TestBroker;
  }
}

/** Suites share the broker, but vitest loads this file once for each: what they share hangs on the process. */
const KEY = Symbol.for('taskqueue test broker');
interface Shared {
  users: number;
  rabbitmq: Promise<Rabbitmq> | null;
}
const shared = sharedState(globalThis as { [KEY]?: Shared });

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TASKQUEUE_TEST_AMQP;
  if (given !== undefined && given !== '') {
    project.provide('broker', { kind: 'given', url: given });
    return async () => undefined;
  }
  shared.users++;
  shared.rabbitmq ??= startAndSay();
  project.provide('broker', { kind: 'private', node: (await shared.rabbitmq).node });
  return async () => {
    shared.users--;
    if (shared.users === 0) await (await shared.rabbitmq)?.stop();
  };
}

async function startAndSay(): Promise<Rabbitmq> {
  const rabbitmq = await startRabbitmq();
  const version = /rabbitmq_server-([^/]+)/.exec(rabbitmq.node.installation.sbin)?.[1];
  console.log(`A private RabbitMQ ${version} (unpacked, not installed) listens on 127.0.0.1:${rabbitmq.amqpPort}.`);
  return rabbitmq;
}

function sharedState(holder: { [KEY]?: Shared }): Shared {
  holder[KEY] ??= { users: 0, rabbitmq: null };
  return holder[KEY];
}
