import { beforeEach, describe, expect, it } from 'vitest';
import { UNROUTABLE } from '../../../../src/broker/topology.ts';
import { HEADER } from '../../../../src/workitem/headers.ts';
import { connectTo } from '../../../support/memory-client.ts';
import { queues } from '../../broker/memory/embedded.ts';
import { AT, parked, parkedResult } from '../../parked/parked.ts';
import { DeadBench, lines } from './dead-cli.ts';

const RUN = '0190b6c0-1111-7abc-8def-0123456789ab';
let bench: DeadBench;

beforeEach(async () => {
  bench = new DeadBench();
});

describe('taskqueue dead list', () => {
  it('says so where nothing is parked, or there is no queue yet', async () => {
    const none = { code: 0, out: '', err: 'nothing of the kind is in taskqueue.dead\n' };
    expect(await bench.run(['list'])).toEqual(none);
    await bench.fill();
    expect(await bench.run(['list'])).toEqual(none);
    expect((await bench.run(['list', '--json'])).out).toBe('');
  });

  it('is a plain table in a pipe, with everything in full', async () => {
    await bench.fill(
      { id: 'a', run: RUN, error: 'x'.repeat(300) },
      parkedResult({ id: 'b', run: 'r', to: 'q', at: AT + 1_000 }),
    );
    const { code, out } = await bench.run(['list']);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.trimEnd().split(/ {2,}/))).toEqual([
      ['WHEN', 'TYPE', 'REASON', 'ID', 'RUN', 'ERROR'],
      ['2026-11-21T10:00:00.000Z', 'resize', 'failed', 'a', RUN, 'x'.repeat(300)],
      ['2026-11-21T10:00:01.000Z', 'result of resize', 'undeliverable-result', 'b', 'r', "no queue takes 'q'"],
      [''],
    ]);
    expect(out).not.toContain('\t');
  });

  it('fits a terminal of 80 columns, and names each by as much of its run as the other commands need', async () => {
    await bench.fill({ run: RUN, error: 'x'.repeat(300) });
    const { out } = await bench.run(['list'], { columns: 80 });
    const [title = '', row = ''] = out.split('\n');
    expect([title.startsWith('\x1b[1m'), title.endsWith('\x1b[22m')]).toEqual([true, true]);
    expect(title).toMatch(/ *AGE {2}TYPE/);
    expect(row).toContain('  456789ab  xxx');
    expect(row).toHaveLength(80);
    expect((await bench.run(['list', '456789ab', '--json'])).out).toContain(RUN);
  });

  it('shows nothing that a terminal would act on', async () => {
    await bench.fill({ id: '\x1b]0;evil\x07', type: '\x1b[2J', error: '\x1b[31m\nred' });
    for (const args of [['list'], ['list', '--json'], ['list', '--group'], ['show', '--limit', '1']]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect((await bench.run(args, { columns: 80, env: { TERM: 'dumb' } })).out).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    }
  });

  it('prints one stable line of JSON for each', async () => {
    await bench.fill({
      id: 'a',
      run: RUN,
      extra: { [HEADER.reported]: true, [HEADER.trace]: 'RangeError: far\n at f' },
    });
    expect(lines((await bench.run(['list', '--json'])).out)).toEqual([
      {
        id: 'a',
        run: RUN,
        kind: 'workitem',
        type: 'resize',
        reason: 'failed',
        error: 'no such file',
        errorName: 'RangeError',
        fingerprint: expect.any(String),
        where: 'h workerpool',
        queue: 'worker_resize',
        attempt: 1,
        contentType: 'application/json',
        bytes: 2,
        at: '2026-11-21T10:00:00.000Z',
        reported: true,
      },
    ]);
  });

  it('selects by type, reason and age, and puts the newest last', async () => {
    const now = Date.now();
    await bench.fill(
      { id: 'new', at: now - 60_000 },
      { id: 'old', at: now - 7_200_000 },
      { id: 'crashed', reason: 'crashed', at: now },
      { id: 'other', type: 'crop', at: now },
    );
    const ids = async (...args: string[]) =>
      lines((await bench.run(['list', '--json', ...args])).out).map(({ id }) => id);
    expect(await ids('--type', 'resize')).toEqual(['old', 'new', 'crashed']);
    expect(await ids('--type', 'resize', '--type', 'crop', '--reason', 'failed', '--newer-than', '1h')).toEqual([
      'new',
      'other',
    ]);
    expect(await ids('--older-than', '1h')).toEqual(['old']);
    expect(await ids('--limit', '1', '--reason', 'crashed')).toEqual(['crashed']);
  });

  it('says how many there are beyond its limit', async () => {
    await bench.fill({ id: '1', at: AT }, { id: '2', at: AT + 1 }, { id: '3', at: AT + 2 });
    const { out, err } = await bench.run(['list', '--json', '--limit', '2']);
    expect(lines(out).map(({ id }) => id)).toEqual(['2', '3']);
    expect(err).toBe('taskqueue: these are the newest 2 of 3; --limit shows more\n');
  });

  it('puts equal errors together with --group, and --fingerprint selects them again', async () => {
    await bench.fill(
      { id: '1', error: 'no file /a/1' },
      { id: '2', error: 'no file /b/2' },
      { id: '3', error: 'no memory' },
    );
    const [first, second] = lines((await bench.run(['list', '--group', '--json'])).out);
    expect(first).toMatchObject({ count: 2, type: 'resize', errorName: 'failed', reasons: { failed: 2 } });
    expect(second).toMatchObject({ count: 1, error: 'no memory', newest: '2026-11-21T10:00:00.000Z' });
    const again = await bench.run(['list', '--json', '--fingerprint', String(first?.fingerprint)]);
    expect(lines(again.out).map(({ id }) => id)).toEqual(['1', '2']);
    expect((await bench.run(['list', '--group'])).out).toMatch(/^COUNT +NEWEST +TYPE +NAME +FINGERPRINT +ERROR\n/);
  });

  it('names each id that it has not found, with exit code 66', async () => {
    await bench.fill({ id: 'a' });
    const { code, out, err } = await bench.run(['list', 'a', 'b\x1b', 'c', '--json']);
    expect([code, lines(out).length]).toEqual([66, 1]);
    expect(err).toBe(
      'taskqueue: nothing in taskqueue.dead has the id or the run b\\x1b\ntaskqueue: nothing in taskqueue.dead has the id or the run c\n',
    );
  });

  it('looks into taskqueue.unroutable, too', async () => {
    await bench.fill();
    const broker = await connectTo(bench.server, 'x');
    await broker.declare(queues('other'));
    const waiting = parked({ id: 'w', reason: 'unroutable' });
    await broker.publish({ ...waiting, exchange: '', routingKey: UNROUTABLE, mandatory: true });
    expect(lines((await bench.run(['list', '--json', '--queue', 'unroutable'])).out)).toMatchObject([{ id: 'w' }]);
    expect((await bench.run(['list', '--json'])).out).toBe('');
  });

  it.each([
    [['--reason', 'crashd'], /no such reason – did you mean "crashed"\?/],
    [['--reason', 'whatever'], /no such reason: there are .*crashed, /],
    [['--older-than', '3'], /30s, 5m, 2h or 1d/],
    [['--limit', '0'], /1 or more/],
    [['--queue', 'worker_x'], /dead, unroutable/],
  ])('refuses %j in one line, with exit code 64', async (args, message) => {
    const { code, out, err } = await bench.run(['list', ...args]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(/^taskqueue: [^\n]*\n$/);
    expect(err).toMatch(message);
  });

  it('leaves everything where it was', async () => {
    await bench.fill({ id: '1' }, { id: '2' });
    await bench.run(['list']);
    await bench.run(['show', '1']);
    expect(bench.depth()).toBe(2);
  });
});
