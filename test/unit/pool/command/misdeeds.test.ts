// Programs that do not keep to the protocol: each is ended, and the story says what it did.
import { describe, expect, it } from 'vitest';
import { isRunning } from '../../../support/probe.ts';
import { until } from '../../../support/until.ts';
import { script, shell } from './program.ts';

describe('a program is ended where it', () => {
  it.each<[string, string, RegExp]>([
    ['writes rubbish', 'echo "resizing $job"', /^broke the protocol: a line that it wrote is not JSON.*"resizing 1"$/],
    ['writes bytes', String.raw`printf '\377\n'`, /is not UTF-8/],
    ['answers a job that it does not have', `echo '{"job":123,"result":1}'`, /it answered job 123, which it does not/],
    [
      'answers twice',
      String.raw`echo "{\"job\":$job,\"result\":1}"; echo "{\"job\":$job,\"result\":1}"`,
      /job 1, which/,
    ],
    ['is ready twice', `echo '{"ready":true}'`, /it said twice that it is ready/],
    ['says nothing in many words', 'yes ""', /^flooded the pool with messages: more than 5000 a second$/],
    ['tells its progress in a flood', `yes '{"job":1,"progress":0.5}'`, /^flooded the pool with messages/],
    ['never ends a line', `tr '\\0' x < /dev/zero`, /it wrote a line of more than \d+ bytes/],
    ['closes its standard output', 'exec >&-; while :; do sleep 1; done', /^hung up on its pool manager$/],
  ])('%s', async (_what, each, story) => {
    const program = shell(each);
    await program.ready();
    program.give('{}');
    await until(async () => {
      await program.tools.clock.advance(100);
      return program.ended;
    }, 'it ends');
    expect(program.ended?.how).toMatch(story);
    expect(isRunning(program.process.pid as number)).toBe(false);
  });

  it('speaks of a workitem before it has any', async () => {
    const program = script(`echo '{"job":1,"result":1}'; read -r line`);
    expect((await program.end()).how).toBe('broke the protocol: it spoke of a job before it was ready');
    expect(program.isReady).toBe(false);
  });

  it('closes its standard input and goes on', async () => {
    const program = script(`echo '{"ready":true}'; exec <&-; while :; do sleep 1; done`);
    await program.ready();
    await until(async () => {
      program.give('{}');
      await program.tools.clock.advance(100);
      return program.ended;
    }, 'it ends');
    expect(program.ended?.how).toBe('hung up on its pool manager');
    expect(program.process.send({ kind: 'abort', job: 1, reason: 'cancel' })).toBe(true);
    expect(program.frames).toEqual([]);
  });
});

it('what a program says after it has broken the protocol does not count', async () => {
  const program = shell(String.raw`printf 'rubbish\n{"job":%s,"result":1}\n' "$job"; read -r line`);
  await program.ready();
  program.give('{}');
  await program.end();
  expect(program.frames).toEqual([]);
});

it('a workitem that comes when it is dead is not taken', async () => {
  const program = shell('exit 0');
  await program.ready();
  program.give('{}');
  await program.end();
  const envelope = { id: '1', workerType: 'w', contentType: 'a/b', properties: {}, headers: {} };
  expect(program.process.send({ kind: 'work', job: 5, envelope, attempt: 1, isLastAttempt: true })).toBe(false);
});
