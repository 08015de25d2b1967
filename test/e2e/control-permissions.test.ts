// docs/control.md shows commands that set permissions. Here they are carried out, and everybody can do what they are for.
import { connect } from 'amqplib';
import { expect, it } from 'vitest';
import { orderRoute } from '../../src/broker/topology.ts';
import { checkOrder } from '../../src/control/check-order.ts';
import { openClient } from '../support/amqp-client.ts';
import { CONTROL_PAGE, loginsOn } from '../support/control-page.ts';
import { openCorrespondent } from '../support/correspondent.ts';
import { MAIN } from '../support/daemon.ts';
import { openScene, Pipeline } from '../support/pipeline.ts';
import type { Vhost } from '../support/rabbitmq/vhost.ts';
import { run } from '../support/run.ts';

const one = { forMs: 20_000, enough: (all: readonly unknown[]) => all.length > 0 };
const both = { forMs: 20_000, enough: (all: readonly unknown[]) => all.length === 2 };
const PERMISSION = { code: 'PERMISSION' };

it('the permissions on the page are enough, and not too much', async () => {
  const { broker } = await openScene('', []);
  const as = await loginsOn(broker);
  const host = new Pipeline(as('daemons'));
  host.installActor('actor');
  const dispatcher = await host.dispatcher();
  const pool = await host.pool(1);

  const operator = await openCorrespondent(as('operator'));
  await operator.ask({ kind: 'status' }, both);
  const paused = await operator.order({ kind: 'pause', type: 'actor', untilMs: null, reason: '' }, both);
  expect(paused.map(({ done }) => done)).toContain('nothing begins in 1 instance');
  await operator.order({ kind: 'resume', type: 'actor', reason: '' }, both);

  const clerk = await openCorrespondent(as('clerk'));
  await clerk.ask({ kind: 'status' }, one);
  await clerk.order({ kind: 'cancel', id: 'one', reason: '' }, both);
  await expect(clerk.order({ kind: 'pause', type: 'actor', untilMs: null, reason: '' }, one)).rejects.toMatchObject(
    PERMISSION,
  );

  const watcher = await openCorrespondent(as('watcher'));
  await watcher.ask({ kind: 'status' }, one);
  await expect(watcher.order({ kind: 'cancel', id: 'two', reason: '' }, one)).rejects.toMatchObject(PERMISSION);

  const sender = await openCorrespondent(as('sender'));
  await expect(sender.ask({ kind: 'status' }, one)).rejects.toMatchObject(PERMISSION);
  const client = await openClient(as('sender').url);
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor' }), { messageId: 'sent' });
  await host.startsWhen(1);
  await client.close();

  const why = (id: string) =>
    run(process.execPath, [MAIN, 'why', id, '--config', new Pipeline(as('watcher')).configFile]);
  expect(await why('sent')).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(/^sent (runs|has just been handled|ended)/),
    stderr: expect.stringMatching(/was not looked at: this user may not read the queue taskqueue\.dead/),
  });
  expect(await why('never-sent')).toEqual({
    exitCode: 77,
    stdout: '',
    stderr: expect.stringMatching(
      /^taskqueue: no daemon that answered has never-sent in hand, and this user may not read/,
    ),
  });

  await expect(publishAs(as('daemons'), orderRoute('cancel'))).rejects.toThrow();
  for (const { lines } of [dispatcher, pool]) expect(lines.filter((line) => /WARN|ERROR/.test(line))).toEqual([]);
  await publishAs(as('daemons'), orderRoute('mark'));
  expect(await pool.waitForLine(/is no order/)).toContain('the body is not JSON');
});

async function publishAs({ url }: Vhost, { exchange, routingKey }: ReturnType<typeof orderRoute>): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined); // the confirm says so
  channel.publish(exchange, routingKey, Buffer.from('anything'));
  await channel.waitForConfirms().finally(() => connection.close());
}

it('the order on the page is one', () => {
  const [, json = ''] = /^```json\n(.*)\n```$/m.exec(CONTROL_PAGE) ?? [];
  const message = { properties: { userId: 'operator' }, headers: {}, body: Buffer.from(json) };
  const { order } = checkOrder({ ...orderRoute('pause'), message });
  expect(order).toEqual(JSON.parse(json));
});
