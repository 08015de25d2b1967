import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKit } from 'taskqueue/testing';

test('greets by name', async (t) => {
  const kit = await startKit({ config: '[greeter]\ngreeting = Good morning' });
  t.after(() => kit.stop());
  const id = await kit.send('greeter', { name: 'Ada' });
  await kit.drain();
  assert.deepEqual(kit.result(id), { greeting: 'Good morning, Ada!' });
});

test('is tried again where it fails, and then parked', async (t) => {
  const kit = await startKit({ config: '[greeter]\nmax_attempts = 3\nretry_delay = 1h' });
  t.after(() => kit.stop());
  const id = await kit.send('greeter', {});
  await kit.drain(); // nobody waits for an hour
  const { status, attempt, parked } = kit.outcome(id);
  assert.deepEqual([status, attempt, parked?.reason], ['failed', 3, 'failed']);
});
