// The broker set-ups that a run can have: one node with classic or with quorum queues, or a cluster of three.
import { CONTROL_LOG } from '../../src/broker/topology.ts';
import { TRIXIE } from '../support/other-release.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';

export const SETUPS = ['classic', 'quorum', 'cluster'] as const;
export type Setup = (typeof SETUPS)[number];

/** In the order of their start. The cluster is RabbitMQ 4, of Debian 13. */
export async function startNodes(setup: Setup): Promise<readonly Rabbitmq[]> {
  if (setup !== 'cluster') return [await startRabbitmq()];
  const first = await startRabbitmq({ release: TRIXIE });
  const nodes = [first];
  while (nodes.length < 3) nodes.push(await startRabbitmq({ release: TRIXIE, joins: first }));
  return nodes;
}

/** The first one last: the others use its epmd. */
export async function stopNodes(nodes: readonly Rabbitmq[]): Promise<void> {
  for (const node of [...nodes].reverse()) await node.stop();
}

/** Index of the node that leads this queue; 0 where it has no leader now. */
export async function leaderOf(nodes: readonly Rabbitmq[], queue: string): Promise<number> {
  const asked = nodes[0] as Rabbitmq;
  const name = `rabbit_misc:r(<<"/">>, queue, <<"${queue}">>)`;
  const answer = await asked.evaluate(`{ok, Q} = rabbit_amqqueue:lookup(${name}), element(2, amqqueue:get_pid(Q))`);
  return Math.max(
    0,
    nodes.findIndex(({ node }) => answer.includes(node.nodename)),
  );
}

/** How many messages each queue holds, lent ones included; only queues that hold some. A log keeps what it holds. */
export async function depths(nodes: readonly Rabbitmq[]): Promise<ReadonlyMap<string, number>> {
  const text = await (nodes[0] as Rabbitmq).rabbitmqctl(
    '--quiet',
    '--no-table-headers',
    'list_queues',
    'name',
    'messages',
  );
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  const counts = lines.map(([name = '', count]) => [name, Number(count)] as const);
  return new Map(counts.filter(([name, count]) => count > 0 && name !== CONTROL_LOG));
}
