import { beforeEach, describe, expect, it } from 'vitest';
import { HEADER } from '../../../../src/workitem/headers.ts';
import { AT, parkedResult } from '../../parked/parked.ts';
import { chunks } from '../run-cli.ts';
import { DeadBench, lines } from './dead-cli.ts';

let bench: DeadBench;

beforeEach(async () => {
  bench = new DeadBench();
  await bench.fill(
    { id: 'a', run: 'run-of-a' },
    { id: 'b', run: 'run-of-b', reason: 'crashed' },
    { id: 'c', run: 'run-of-c', type: 'nowhere' },
    parkedResult({ id: 'd', run: 'run-of-d', to: 'their_queue' }),
  );
});

describe('taskqueue dead requeue', () => {
  it('sends again what is named, and says where it is now', async () => {
    expect(await bench.run(['requeue', 'a'])).toEqual({ code: 0, out: 'requeued: 1 to worker_resize\n', err: '' });
    expect([bench.depth(), bench.depth('worker_resize')]).toEqual([3, 1]);
  });

  it('says for each, in JSON, what has become of it', async () => {
    const { code, out, err } = await bench.run(['requeue', '--all', '--json']);
    expect(code).toBe(69);
    const resize = {
      kind: 'workitem',
      type: 'resize',
      done: 'requeued',
      queue: 'worker_resize',
      newRun: expect.any(String),
    };
    expect(lines(out).toSorted((x, y) => String(x.id).localeCompare(String(y.id)))).toEqual([
      { id: 'a', run: 'run-of-a', reason: 'failed', ...resize },
      { id: 'b', run: 'run-of-b', reason: 'crashed', ...resize },
      {
        id: 'c',
        run: 'run-of-c',
        kind: 'workitem',
        type: 'nowhere',
        reason: 'failed',
        done: 'left',
        why: 'there is no queue worker_nowhere',
      },
      {
        id: 'd',
        run: 'run-of-d',
        kind: 'result',
        type: 'resize',
        reason: 'undeliverable-result',
        done: 'left',
        why: 'there is no queue their_queue',
      },
    ]);
    expect(err).toMatch(/^taskqueue: 1 stays parked: there is no queue worker_nowhere$/m);
    expect([bench.depth(), bench.depth('worker_resize')]).toEqual([2, 2]);
  });

  it('stops at its limit, the oldest first', async () => {
    await bench.run(['requeue', '--type', 'resize', '--limit', '1']);
    expect(lines((await bench.run(['list', '--json'])).out).map(({ id }) => id)).toEqual(['b', 'c', 'd']);
  });

  it('keeps what it cannot send as it was, says why, and ends with exit code 65', async () => {
    await bench.fill({ id: 'e', headers: { [HEADER.expires]: 1 } });
    const { code, out, err } = await bench.run(['requeue', 'e']);
    expect([code, out]).toEqual([65, '']);
    expect(err).toMatch(/^taskqueue: 1 stays parked: it expired on 1970-/);
    expect((await bench.run(['requeue', 'e', '--without-expiry'])).out).toBe('requeued: 1 to worker_resize\n');
  });

  it('does not guess that everything is meant', async () => {
    const { code, err } = await bench.run(['requeue']);
    expect([code, err]).toEqual([64, 'taskqueue: say which: ids, --type, --reason … or --all\n']);
    expect(bench.depth()).toBe(4);
  });

  it('names what it has not found, with exit code 66', async () => {
    const { code, err } = await bench.run(['requeue', 'a', 'z']);
    expect([code, err]).toEqual([66, 'taskqueue: nothing in taskqueue.dead has the id or the run z\n']);
    expect(bench.depth()).toBe(3);
  });
});

describe('taskqueue dead delete', () => {
  it('shows how many of each there are, asks, and deletes when it is told to', async () => {
    const { code, out, err } = await bench.run(['delete', '--all'], { stdin: chunks('y\n') });
    expect([code, out, bench.depth()]).toEqual([0, '4 deleted\n', 0]);
    expect(err).toMatch(/^COUNT {2}TYPE +REASON\n( +1 {2}[^\n]+\n){4}Delete these 4 for good\? \[y\/N\] $/);
  });

  it.each([['n\n'], ['\n'], ['yes please\n'], []])('deletes nothing when it is told %j', async (...answer) => {
    const { code, out, err } = await bench.run(['delete', '--all'], { stdin: chunks(...answer) });
    expect([code, out, bench.depth()]).toEqual([0, '', 4]);
    expect(err).toMatch(/nothing has been deleted\n$/);
  });

  it('needs --yes where nobody can be asked', async () => {
    const nobody = { isStdinTerminal: false, stdin: chunks('y\n') };
    const { code, err } = await bench.run(['delete', 'a'], nobody);
    expect([code, err, bench.depth()]).toEqual([
      64,
      'taskqueue: nobody can be asked here whether to delete them: give --yes\n',
      4,
    ]);
    const ran = await bench.run(['delete', 'a', '--yes'], nobody);
    expect([ran.code, ran.out, bench.depth()]).toEqual([0, '1 deleted\n', 3]);
    expect(ran.err).toMatch(/^COUNT/);
  });

  it('leaves what was parked after the counting', async () => {
    const bench2 = bench;
    async function* slowAnswer(): AsyncGenerator<string> {
      await bench2.fill({ id: 'late', at: AT + 1 });
      yield 'y\n';
    }
    const { out } = await bench.run(['delete', '--type', 'resize', '--reason', 'failed'], { stdin: slowAnswer() });
    expect(out).toBe('1 deleted\n');
    expect(lines((await bench.run(['list', '--json'])).out).map(({ id }) => id)).toEqual(['b', 'c', 'd', 'late']);
  });

  it('prints one line of JSON for each', async () => {
    const { out } = await bench.run(['delete', 'b', '--yes', '--json']);
    expect(lines(out)).toEqual([
      { id: 'b', run: 'run-of-b', kind: 'workitem', type: 'resize', reason: 'crashed', done: 'deleted' },
    ]);
  });

  it('says so where there is nothing to delete, and asks nobody', async () => {
    expect(await bench.run(['delete', '--type', 'none'])).toEqual({
      code: 0,
      out: '',
      err: 'nothing of the kind is in taskqueue.dead\n',
    });
    expect((await bench.run(['delete', 'z'])).code).toBe(66);
    expect((await bench.run(['delete'])).code).toBe(64);
  });
});
