import { once } from 'node:events';
import { expect, test } from 'vitest';
import { spawnGuarded } from '../support/guard.ts';
import { outputOf } from '../support/run.ts';

const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];

test('a process can be started as another user, and its whole group ended', async () => {
  expect(await outputOf('setpriv', [...NOBODY, 'id', '-u'])).toBe('65534\n');
  const child = spawnGuarded('setpriv', [...NOBODY, 'bash', '-c', 'echo; while :; do :; done'], { stdio: 'pipe' });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  const ended = once(child, 'exit');
  process.kill(-(child.pid as number), 'SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
});
