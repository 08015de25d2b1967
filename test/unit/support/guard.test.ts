import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const GUARD = fileURLToPath(new URL('../../support/guard.sh', import.meta.url));

test('the guard ends what it was told of as soon as its input closes, and leaves alone what has ended before', async () => {
  const [kept, forgotten] = [sleeper(), sleeper()];
  const directory = mkdtempSync(join(tmpdir(), 'taskqueue-guard-'));
  const ended = once(kept, 'exit');
  const guard = spawn('bash', [GUARD], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.stdin.end(
    [
      `+process ${kept.pid}`,
      `+process ${forgotten.pid}`,
      `-process ${forgotten.pid}`,
      `+directory ${directory}`,
      '',
    ].join('\n'),
  );
  expect(await ended).toEqual([null, 'SIGKILL']);
  await once(guard, 'exit');
  expect(existsSync(directory)).toBe(false);
  expect(forgotten.signalCode).toBeNull();
  process.kill(-(forgotten.pid as number), 'SIGKILL');
});

/** Ignores every signal that can be ignored. */
function sleeper() {
  return spawn('bash', ['-c', 'trap "" TERM HUP INT; while :; do sleep 60; done'], { detached: true, stdio: 'ignore' });
}
