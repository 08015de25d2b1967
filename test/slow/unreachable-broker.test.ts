// No broker, or none that lets us in: daemons wait and say why, once; commands say so and end.
import { expect, it, onTestFinished } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import { type Daemon, MAIN, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { Pipeline } from '../support/pipeline.ts';
import { startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { type RunResult, run } from '../support/run.ts';

const broker = await freshVhost();

const REFUSALS: readonly (readonly [string, string, RegExp])[] = [
  ['a wrong password', withPassword(broker.url, 'wr0ng!'), /refuses the login of user "guest"/],
  ['a vhost that does not exist', `${new URL('/no-such-vhost', broker.url)}`, /has no vhost "no-such-vhost"/],
];

it.each(REFUSALS)('%s: the daemons stay up and say so in one line; send ends with 69', async (_, url, words) => {
  const pipeline = new Pipeline({ url });
  pipeline.installActor('actor');
  const daemons: Daemon[] = [];
  for (const kind of ['dispatcher', 'workerpool'] as const) {
    const daemon = startDaemon(kind, pipeline.configFile);
    daemons.push(daemon);
    expect(await daemon.waitForLine(/WARN/)).toMatch(words);
  }
  const { exitCode, stderr, stdout } = await send(pipeline, 'actor', 'hello');
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(words);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stdout).toBe('');
  for (const daemon of daemons) {
    expect(daemon.lines.filter((line) => words.test(line))).toHaveLength(1);
    expect(daemon.log()).not.toContain('wr0ng!');
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  }
});

it('daemons that are there before their broker begin to work when it comes', async () => {
  const port = await freePort();
  const pipeline = new Pipeline({ url: `amqp://guest:guest@127.0.0.1:${port}` });
  pipeline.installActor('actor');
  const daemons = [startDaemon('dispatcher', pipeline.configFile), await pipeline.pool(1)];
  for (const daemon of daemons) expect(await daemon.waitForLine(/WARN .*no broker answers/)).toContain(`:${port}`);
  const early = await send(pipeline, 'actor', '{}');
  expect(early.exitCode).toBe(69);
  expect(early.stderr).toMatch(/no broker answers/);

  const rabbitmq = await startRabbitmq({ port });
  onTestFinished(() => rabbitmq.stop());
  for (const daemon of daemons) await daemon.waitForLine(/INFO +connected/);
  for (const daemon of daemons) expect(daemon.lines.filter((line) => /no broker answers/.test(line))).toHaveLength(1);
  const client = await openClient(rabbitmq.url);
  onTestFinished(() => client.close());
  await client.declare('taskqueue', 'results');
  const results = await client.collect('results');
  const sent = await send(pipeline, 'actor', '{"a":1}', '--json');
  expect(sent).toMatchObject({ exitCode: 0, stderr: '' });
  const [result] = await results.take(1);
  expect(result?.properties.correlationId).toBe(JSON.parse(sent.stdout).id);
});

function send(pipeline: Pipeline, ...args: string[]): Promise<RunResult> {
  return run(process.execPath, [MAIN, 'send', '--config', pipeline.configFile, '--timeout', '3s', ...args]);
}

function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.toString();
}
