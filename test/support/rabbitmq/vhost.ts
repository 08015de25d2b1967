// A place of its own for each test file on the broker that all of them share.
import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { afterAll, inject, onTestFinished, TestRunner } from 'vitest';
import { evaluate, type RabbitmqNode } from './node.ts';

export interface Vhost {
  /** For amqplib. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
  /** The node, for what goes beyond AMQP; `null` where the broker is not ours. */
  readonly node: RabbitmqNode | null;
}

/**
 * An empty vhost. Called at the top level of a test file or of a `describe`, it is removed after the last test there; called
 * in a test, after that test: `const broker = await freshVhost();`
 * A broker that is not ours has no more than the vhost in TASKQUEUE_TEST_AMQP: there, the shared queues are deleted.
 */
export async function freshVhost(): Promise<Vhost> {
  const broker = inject('broker');
  if (broker.kind === 'given') {
    await deleteSharedQueues(broker.url);
    return vhostOf(broker.url, null);
  }
  const name = `test-${randomUUID()}`;
  await createVhost(broker.node, name);
  const remove = (): Promise<void> => removeVhost(broker.node, name);
  if (TestRunner.getCurrentTest() === undefined) afterAll(remove);
  else onTestFinished(remove);
  return vhostOf(`${broker.node.url}/${name}`, broker.node);
}

export async function createVhost(node: RabbitmqNode, name: string): Promise<void> {
  const vhost = `<<"${name}">>`;
  const all = '<<".*">>';
  const add = `rabbit_vhost:add(${vhost}, <<"test">>)`;
  const permit = `rabbit_auth_backend_internal:set_permissions(<<"guest">>, ${vhost}, ${all}, ${all}, ${all}, <<"test">>)`;
  await evaluate(node, `ok = ${add}, ok = ${permit}`);
}

export async function removeVhost(node: RabbitmqNode, name: string): Promise<void> {
  await evaluate(node, `rabbit_vhost:delete(<<"${name}">>, <<"test">>), ok`);
}

function vhostOf(url: string, node: RabbitmqNode | null): Vhost {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    url,
    host: hostname,
    port: Number(port || '5672'),
    user: decodeURIComponent(username || 'guest'),
    password: decodeURIComponent(password || 'guest'),
    vhost: pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : '/',
    node,
  };
}

async function deleteSharedQueues(url: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const queue of ['taskqueue', 'results', 'worker_actor', 'taskqueue.dead', 'taskqueue.unroutable']) {
    await channel.deleteQueue(queue);
  }
  await connection.close();
}
