// `npm run broker`: what it says to do works, and Ctrl-C leaves nothing behind.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { MAIN } from '../support/daemon.ts';
import { startOnTerminal } from '../support/on-terminal.ts';
import { run } from '../support/run.ts';
import { until } from '../support/until.ts';

const PROGRAM = fileURLToPath(new URL('../by-hand/run.mjs', import.meta.url));

it('brings a broker and a configuration, with which commands find it, until Ctrl-C', async () => {
  const terminal = startOnTerminal([process.execPath, PROGRAM]);
  const configFile =
    /\S+\.ini/.exec(await terminal.waitFor(/TASKQUEUE_CONFIG=\S+\.ini\s/))?.[0].replace(/^.*=/, '') ?? '';
  const taskqueue = (...args: string[]) => run(process.execPath, [MAIN, ...args, '--config', configFile]);

  expect(await taskqueue('check', '--quiet')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const status = await taskqueue('status', '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({
    dispatchers: [],
    pools: [],
    advice: [expect.stringContaining('no daemon answers')],
  });

  terminal.type('\x03');
  expect(await terminal.exited).toBe(0);
  await until(() => !existsSync(configFile), 'its configuration is gone', 30_000);
  expect((await taskqueue('status')).exitCode).toBe(78);
});
