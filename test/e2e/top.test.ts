// `taskqueue top`, on a terminal and in a pipe, with a dispatcher and a pool that has something to do.
import { expect, it } from 'vitest';
import { MAIN } from '../support/daemon.ts';
import { startOnTerminal } from '../support/on-terminal.ts';
import { openScene, type Scene } from '../support/pipeline.ts';
import { run } from '../support/run.ts';

let scene: Scene;

async function somethingToDo(): Promise<string[]> {
  scene = await openScene('[actor]\ninstances = 2');
  await scene.pipeline.dispatcher();
  await scene.pipeline.pool(2);
  for (const id of ['one', 'two', 'three', 'four']) {
    await scene.client.publish('worker_actor', JSON.stringify({ do: 'wait', for: 'gate' }), { messageId: id });
  }
  await scene.pipeline.startsWhen(2);
  return [process.execPath, MAIN, 'top', '-c', scene.pipeline.configFile, '--interval', '250ms'];
}

it('on a terminal it has the whole screen, follows what happens, and gives the screen back', async () => {
  const terminal = startOnTerminal(await somethingToDo());
  await terminal.waitFor(/1 dispatcher, 1 pool, 2\/2 processes, 2 busy/);
  await terminal.waitFor(/actor#\d +\S+ +\d+ +\d+s +one/);
  scene.pipeline.open('gate');
  await terminal.waitFor(/2\/2 processes, 0 busy/);
  terminal.type(' ');
  await terminal.waitFor(/frozen/);
  terminal.type('q');
  expect(await terminal.exited).toBe(0);
  expect(terminal.written().trimEnd().endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
});

it('in a pipe it prints a page for each look, without a trace of a terminal; or JSON', async () => {
  const [node = '', ...args] = await somethingToDo();
  const page = await run(node, [...args, '-n', '2']);
  expect([page.exitCode, page.stderr]).toEqual([0, '']);
  expect(page.stdout.match(/^TYPE +WAITING/gm)).toHaveLength(2);
  expect(page.stdout).not.toContain('\x1b');
  const json = await run(node, [...args, '-n', '1', '--json']);
  const { pools, queues } = JSON.parse(json.stdout);
  expect(pools[0].status.groups[0].instances.map(({ jobs }: { jobs: unknown[] }) => jobs.length)).toEqual([1, 1]);
  expect(queues).toContainEqual({ queue: 'worker_actor', messages: 2, consumers: 2 });
  scene.pipeline.open('gate');
});

it('without a broker it says so in one line, and leaves the screen alone', async () => {
  const { pipeline } = await openScene();
  pipeline.writeConfig('[amqp]\nport = 1\n');
  const terminal = startOnTerminal([process.execPath, MAIN, 'top', '-c', pipeline.configFile, '--timeout', '1s']);
  expect(await terminal.exited).toBe(69);
  expect(terminal.written()).toMatch(/^taskqueue: .*127\.0\.0\.1|^taskqueue: .*localhost/);
});
