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
  const guard = spawn('bash', [GUARD], { stdio: ['pipe', 'ignore', 'ignore'] });
  const ends = Promise.all([once(kept, 'exit'), once(guard, 'exit')]); // in whatever order
  guard.stdin.end(
    [
      `+process ${kept.pid}`,
      `+process ${forgotten.pid}`,
      `-process ${forgotten.pid}`,
      `+directory ${directory}`,
      '',
    ].join('\n'),
  );
  expect(await ends).toEqual([
    [null, 'SIGKILL'],
    [0, null],
  ]);
  expect(existsSync(directory)).toBe(false);
  expect(forgotten.signalCode).toBeNull();
  process.kill(-(forgotten.pid as number), 'SIGKILL');
});

/** Ignores every signal that can be ignored. */
function sleeper() {
  return spawn('bash', ['-c', 'trap "" TERM HUP INT; while :; do sleep 60; done'], { detached: true, stdio: 'ignore' });
}
