// docs/control.md shows Python programs that people copy; here they run, as they stand there.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { foreignClients } from '../support/foreign-clients.ts';
import { openScene } from '../support/pipeline.ts';

const DOC = readFileSync(fileURLToPath(new URL('../../docs/control.md', import.meta.url)), 'utf8');
const foreign = await foreignClients();

function listing(name: string): string {
  const code = new RegExp(`^\`${name}\`:\n\n\`\`\`python\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(DOC)?.[1];
  if (code === undefined) throw new Error(`docs/control.md has no ${name}`);
  return code;
}

it('a Python program follows its workitem to the end, and asks where others are', async () => {
  const { pipeline, client, broker } = await openScene();
  await pipeline.dispatcher();
  await pipeline.pool(1);
  pipeline.open('go');
  const orders = JSON.stringify({ do: 'tell', fraction: 0.5, note: 'half', for: 'go' });
  const followed = await foreign.python(listing('follow.py'), broker.url, 'actor', orders);
  const lines = followed.trim().split('\n');
  const events = lines.filter((line) => !line.startsWith('result:')).map((line) => line.trim());
  expect(events).toEqual(expect.arrayContaining(['routed', 'started 1', 'progress  half', 'finished']));
  expect(lines).toContainEqual(expect.stringMatching(/^result: finished \{.*"note": ?"half".*\}$/));

  const body = JSON.stringify({ worker_type: 'actor', do: 'reject', saying: 'never' });
  const dead = client.collect('taskqueue.dead');
  await client.publish('taskqueue', body, { messageId: 'rejected' });
  await (await dead).take(1);
  const told = await foreign.python(listing('why.py'), broker.url, 'rejected');
  expect(told).toMatch(/^dispatcher on \S+ says: routed \{.*"queue": "worker_actor"/m);
  expect(told).toMatch(/^workerpool on \S+ says: parked \{.*"error": "never"/m);
});
