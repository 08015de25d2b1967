// `taskqueue send --wait`: the command as a client of a dispatcher and a pool.
import { expect, it } from 'vitest';
import { MAIN } from '../support/daemon.ts';
import { startOnTerminal } from '../support/on-terminal.ts';
import { openScene } from '../support/pipeline.ts';
import { run } from '../support/run.ts';

it('prints the result, shows how far it is, and tells a failure and a missing worker by its exit code', async () => {
  const { pipeline } = await openScene();
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const send = (type: string, orders: object, ...options: string[]) =>
    run(process.execPath, [MAIN, 'send', '-c', pipeline.configFile, type, JSON.stringify(orders), ...options]);

  const done = await send('actor', { do: 'describe' }, '--wait');
  expect([done.exitCode, done.stderr]).toEqual([0, expect.stringMatching(/^[0-9a-f-]{36}\n$/)]);
  expect(JSON.parse(done.stdout)).toBeTypeOf('object');

  const named = JSON.stringify({ worker_type: 'actor', do: 'describe' });
  const alike = await run(process.execPath, [MAIN, 'send', '-c', pipeline.configFile, named, '--wait']);
  expect([alike.exitCode, JSON.parse(alike.stdout)]).toEqual([0, expect.any(Object)]);

  const orders = JSON.stringify({ do: 'tell', fraction: 0.5, note: 'half way', for: 'gate' });
  const command = [MAIN, 'send', '-c', pipeline.configFile, 'actor', orders, '--wait', '--progress'];
  const terminal = startOnTerminal([process.execPath, ...command]);
  await terminal.waitFor(/RUNNING \[#{10}·{10}\] {2}50 % half way \(actor#1\)/);
  pipeline.open('gate');
  await terminal.waitFor(/FINISHED[^\n]*\n\{/);
  expect(await terminal.exited).toBe(0);

  const failed = await send('actor', { do: 'throw' }, '--wait', '--json');
  expect([failed.exitCode, JSON.parse(failed.stdout)]).toEqual([1, expect.objectContaining({ status: 'FAILED' })]);
  expect(failed.stderr).toMatch(/^taskqueue: [0-9a-f-]{36} failed: /m);

  const missing = await send('nobody', {}, '--wait', '1s');
  expect([missing.exitCode, missing.stdout]).toEqual([69, '']);
  expect(missing.stderr).toMatch(
    /^taskqueue: no result of .* within 1s; it is QUEUED: see taskqueue why [0-9a-f-]{36}$/m,
  );
});

it('asks for what it needs to know: the type, and no queue for the result but its own', async () => {
  const send = (...args: string[]) => run(process.execPath, [MAIN, 'send', ...args]);
  const cases = [
    [['{"x": 1}', '--wait'], /--wait has to know the worker type: give TYPE; the body names no worker type/],
    [['x', '{}', '--wait', '--reply-to', 'q'], /leave out --reply-to/],
    [['x', '{}', '--wait', '--id', '1'], /leave out --id/],
    [['x', '{}', '--progress'], /give --wait, too/],
    [['{"jsonrpc": "2.0", "method": "x.y"}', '--wait'], /a notification, which nobody answers/],
    [['x', '[{"jsonrpc": "2.0", "method": "y"}]', '--wait'], /a notification, which nobody answers/],
  ] as const;
  for (const [args, line] of cases) {
    const { exitCode, stderr } = await send(...args);
    expect([exitCode, stderr]).toEqual([64, expect.stringMatching(line)]);
  }
});
