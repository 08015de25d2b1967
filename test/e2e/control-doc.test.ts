// docs/control.md shows Python programs that people copy; here they run, as they stand there, with no more rights than it
// gives to who would run them.
import { expect, it } from 'vitest';
import { listingOnPage, loginsOn } from '../support/control-page.ts';
import { foreignClients } from '../support/foreign-clients.ts';
import { openScene, Pipeline } from '../support/pipeline.ts';

const foreign = await foreignClients();

it('a Python program follows its workitem to the end, and asks where others are', async () => {
  const { client, broker } = await openScene();
  const as = await loginsOn(broker);
  const pipeline = new Pipeline(as('daemons'));
  pipeline.installActor('actor');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  pipeline.open('go');
  const orders = JSON.stringify({ do: 'tell', fraction: 0.5, note: 'half', for: 'go' });
  const followed = await foreign.python(listingOnPage('follow.py'), as('operator').url, 'actor', orders);
  const lines = followed.trim().split('\n');
  const events = lines.filter((line) => !line.startsWith('result:')).map((line) => line.trim());
  expect(events).toEqual(expect.arrayContaining(['routed', 'started 1', 'progress  half', 'finished']));
  expect(lines).toContainEqual(expect.stringMatching(/^result: finished \{.*"note": ?"half".*\}$/));

  const body = JSON.stringify({ worker_type: 'actor', do: 'reject', saying: 'never' });
  const dead = client.collect('taskqueue.dead');
  await client.publish('taskqueue', body, { messageId: 'rejected' });
  await (await dead).take(1);
  const told = await foreign.python(listingOnPage('why.py'), as('watcher').url, 'rejected');
  expect(told).toMatch(/^dispatcher on \S+ says: routed \{.*"queue": "worker_actor"/m);
  expect(told).toMatch(/^workerpool on \S+ says: parked \{.*"error": "never"/m);
});
