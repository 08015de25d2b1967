// Programs as real processes, mostly in shell: what they are told, what they say, and how they end.
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../../../src/pool/failed-result.ts';
import { isRunning } from '../../../support/probe.ts';
import { until } from '../../../support/until.ts';
import { plan } from '../fixtures.ts';
import { script, shell, start } from './program.ts';

const echo = String.raw`printf '{"job":%s,"result":%s}\n' "$job" "$line"`;

describe('a program', () => {
  it('gets a line for each workitem, and answers each with a line', async () => {
    const program = shell(echo);
    await program.ready();
    program.give('{"a":1}');
    program.give('two', 'text/plain');
    const outcomes = await program.outcomes(2);
    expect(outcomes).toMatchObject([
      { job: 1, kind: 'finished' },
      { job: 2, kind: 'finished' },
    ]);
    expect(outcomes.map(({ body }) => JSON.parse(body))).toMatchObject([{ body: { a: 1 } }, { body: 'two' }]);
  });

  it('has its standard error as lines of the log, and in the story of its end', async () => {
    const program = shell('echo "about $job" >&2; exit 3');
    await program.ready();
    program.give('{}');
    expect(await program.end()).toEqual({ how: 'exited with code 3', lastLines: 'about 1' });
    expect(program.tools.lines).toEqual([
      {
        level: 'info',
        fields: { type: 'w', instance: 'w#1', pid: program.process.pid, workitem: 'this one' },
        message: 'about 1',
      },
    ]);
  });

  it('ends by itself when there is no more to be read', async () => {
    const program = shell(echo);
    await program.ready();
    program.process.send({ kind: 'stop' });
    expect((await program.end()).how).toBe('exited with code 0');
  });

  it('is killed with everything that it has started', async () => {
    const program = shell('sleep 1000 & echo $! >&2; wait');
    await program.ready();
    program.give('{}');
    const pid = Number(await until(() => program.tools.lines[0]?.message, 'it tells whom it has started'));
    expect(isRunning(pid)).toBe(true);
    program.process.kill('is not wanted');
    expect((await program.end()).how).toBe('is not wanted');
    await until(() => !isRunning(pid), 'the other one ends, too');
  });

  it('may tell how far it is, at most ten times a second: the first word and the last', async () => {
    const loop = String.raw`for n in 1 2 3 4 5 6 7 8 9; do echo "{\"job\":$job,\"progress\":0.$n,\"note\":\"$n\"}"; done`;
    const program = shell(`${loop}\n${echo}`);
    await program.ready();
    program.give('{}');
    await program.outcomes(1);
    const told = program.frames.flatMap(({ frame }) => (frame.kind === 'progress' ? [frame.note] : [frame.kind]));
    expect(told).toEqual(['1', '9', 'outcome']);
  });

  it('may leave lines empty, and take the one that it never ends', async () => {
    const program = shell(String.raw`printf '\n  \n'; ${echo}; printf '{"job":'; exit 0`);
    await program.ready();
    program.give('{}');
    expect((await program.end()).how).toBe('exited with code 0');
    expect(await program.outcomes(1)).toHaveLength(1);
  });

  it('gets a workitem of many megabytes, and gives one back', async () => {
    const code = `
      console.log('{"ready":true}');
      const lines = require('node:readline').createInterface({ input: process.stdin });
      lines.on('line', (line) => console.log(line.replace('"body":', '"result":')));`;
    const program = start([process.execPath, '-e', code], {
      terms: { codec: codecOf(plan({}, { maxMessageSize: 12 * 1024 * 1024 })) },
    });
    await program.ready();
    const body = JSON.stringify('é'.repeat(5 * 1024 * 1024));
    program.give(body);
    const [outcome] = await program.outcomes(1);
    expect(outcome?.body === body).toBe(true);
  });

  it('has what the pool answers in its place answered, after whoever gave it has done with that', async () => {
    const program = shell(echo, { terms: { accept: ['text/plain'] } });
    await program.ready();
    program.give('{"a":1}');
    program.give('{', 'text/plain');
    expect(program.frames).toEqual([]);
    expect(await program.outcomes(2)).toMatchObject([
      { job: 1, kind: 'unsupported', body: expect.stringContaining('"a":1') },
      { job: 2, kind: 'finished' },
    ]);
  });

  it('may have several at once, and answer them in any order', async () => {
    const program = shell(`jobs="$job $jobs"; [ "$job" = 3 ] || continue
      for one in $jobs; do echo "{\\"job\\":$one,\\"result\\":\\"$one\\"}"; done`);
    await program.ready();
    for (const body of ['1', '2', '3']) program.give(body);
    expect((await program.outcomes(3)).map(({ job, body }) => [job, body])).toEqual([
      [3, '"3"'],
      [2, '"2"'],
      [1, '"1"'],
    ]);
  });

  it('answers notifications of JSON-RPC, where they fail, with nothing', async () => {
    const program = shell(String.raw`echo "{\"job\":$job,\"error\":\"no disk\"}"`);
    await program.ready();
    program.give('{"jsonrpc":"2.0","method":"w"}', 'application/json-rpc');
    program.give('{"jsonrpc":"2.0","method":"w","id":12345678901234567890}', 'application/json-rpc');
    expect((await program.outcomes(2)).map(({ body }) => body)).toEqual([
      '',
      expect.stringMatching(/^\{"jsonrpc":"2.0","error":\{.*"no disk".*"id":12345678901234567890\}$/),
    ]);
  });

  it('fails a workitem with the error in it, in its own format', async () => {
    const program = shell(String.raw`echo "{\"job\":$job,\"error\":\"no disk\",\"trace\":\"here\"}"`);
    await program.ready();
    program.give('{"a":1}');
    program.give('two', 'text/plain');
    expect((await program.outcomes(2)).map(({ kind, body }) => [kind, body])).toEqual([
      ['threw', '{"a":1,"error":"no disk","trace":"here"}'],
      ['threw', 'two\nError: no disk\nTrace: here'],
    ]);
  });
});

describe('a program is ready', () => {
  it('when it says so', async () => {
    const program = shell(echo);
    await program.ready();
    expect(program.tools.clock.pending).toBe(0);
  });

  it('when it has run for a second, where it says nothing; and may say it later all the same', async () => {
    const program = script(`read -r line; echo '{"ready":true}'; echo '{"job":1,"result":1}'; read -r line`);
    await program.tools.clock.advance(999);
    expect(program.isReady).toBe(false);
    await program.tools.clock.advance(1);
    expect(program.isReady).toBe(true);
    program.give('{}');
    expect(await program.outcomes(1)).toMatchObject([{ kind: 'finished' }]);
  });

  it('never, where it ends before: what it said last tells why', async () => {
    const program = script('echo "No module named PIL" >&2; exit 1');
    const { how } = await program.end();
    expect(how).toBe('exited with code 1 before it was ready: No module named PIL');
    await program.tools.clock.advance(10_000);
    expect(program.isReady).toBe(false);
  });

  it('never, where it cannot be run', async () => {
    expect((await start(['/does/not/exist']).end()).how).toMatch(/^exited with code 127 before it was ready: .*exist/);
    expect((await start(['/etc/passwd']).end()).how).toMatch(/^exited with code 126 before it was ready: .*ermission/);
    const spec = { command: ['/bin/true'], identity: null, environment: {}, workdir: '/does/not/exist' } as const;
    expect((await start(['/bin/true'], { spec }).end()).how).toMatch(
      /code 125 before it was ready: .*\/does\/not\/exist/,
    );
  });
});

describe('a program that shakes hands', () => {
  const setup = { version: 1, type: 'w', instance: 'w#1', settings: { size: '100' }, concurrency: 2 };
  const polite = `
    read -r setup; echo "$setup" >&2; echo '{"ready":true}'
    while read -r line; do echo "$line" >&2; done; echo "no more" >&2`;
  const told = (program: { readonly tools: { readonly lines: readonly { readonly message: string }[] } }) =>
    program.tools.lines.map(({ message }) => message);

  it('is told first what it is, and waited for however long it takes', async () => {
    const program = script(polite, { setup });
    await program.tools.clock.advance(0);
    expect(program.tools.clock.pending).toBe(0);
    await program.ready();
    expect(told(program).map((line) => JSON.parse(line))).toEqual([{ setup }]);
  });

  it('hears which workitem it is to give up, and why, while it has it', async () => {
    const program = script(polite, { setup });
    await program.ready();
    const job = program.give('{}');
    program.process.send({ kind: 'abort', job, reason: 'timeout' });
    program.process.send({ kind: 'abort', job: 99, reason: 'timeout' });
    program.process.send({ kind: 'stop' });
    await program.end();
    expect(told(program).slice(2)).toEqual(['{"abort":1,"reason":"timeout"}', 'no more']);
  });

  it('any other hears nothing of it: it would take that for a workitem', async () => {
    const program = shell('echo "$line" >&2');
    await program.ready();
    const job = program.give('{}');
    expect(program.process.send({ kind: 'abort', job, reason: 'cancel' })).toBe(true);
    program.process.send({ kind: 'stop' });
    await program.end();
    expect(told(program)).toHaveLength(1);
  });
});
