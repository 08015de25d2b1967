import { expect, test } from 'vitest';
import { MAIN } from '../support/daemon.ts';
import { run } from '../support/run.ts';

test('the demo sends one workitem of each kind, accounts for all of them, and ends by itself', async () => {
  const { exitCode, stdout, stderr } = await run(process.execPath, [MAIN, 'demo']);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/A +finished: its result is in the queue results/);
  expect(stdout).toMatch(/E +failed: the result says "worker does not support this type of workitem"/);
  expect(stdout).toMatch(/F +kept in taskqueue\.dead: no disk space left/);
  expect(stdout).toMatch(/G +kept in taskqueue\.dead: its worker process was killed by SIGSEGV/);
  expect(stdout).toMatch(/H +there is no queue worker_someday/);
  expect(stdout).toMatch(
    /results +A B C D finished · E F G failed\n +taskqueue\.dead +F G I\n +taskqueue\.unroutable +H\n/,
  );
  expect(stdout).toContain('9 sent, 9 accounted for, none lost.');
});
