import { beforeEach, describe, expect, it } from 'vitest';
import { ControlBench } from './control-cli.ts';

let bench: ControlBench;

beforeEach(() => {
  bench = new ControlBench();
});

/** The answers are there before the wait begins: see `confirmingOnceHeard`. */
const QUICK = ['--wait', '1ms'];

describe('taskqueue pause', () => {
  it('pauses a type until it is resumed, and says who obeys', async () => {
    const orders = await bench.follower('p1', 'nothing begins in 3 instances');
    const { code, out, err } = await bench.run(['pause', 'resize', '--reason', 'disk full', ...QUICK]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      'paused: resize, until it is resumed\nON       DAEMON      SAYS\nhost-p1  workerpool  nothing begins in 3 instances\n',
    );
    expect(orders).toMatchObject([{ kind: 'pause', type: 'resize', untilMs: null, reason: 'disk full' }]);
  });

  it('ends by itself, after a while or at a time', async () => {
    const orders = await bench.follower('p1', 'x');
    const before = Date.now();
    await bench.run(['pause', 'resize', '--for', '2h', ...QUICK]);
    await bench.run(['pause', 'resize', '--until', '2100-01-01T00:00:00Z', ...QUICK]);
    await bench.run(['pause', 'resize', '--until', '23:59', ...QUICK]);
    const untils = orders.map((order) => ('untilMs' in order ? (order.untilMs as number) : 0));
    expect(untils[0]).toBeGreaterThanOrEqual(before + 7_200_000);
    expect(untils[1]).toBe(Date.UTC(2100, 0, 1));
    expect(untils[2]).toBeGreaterThan(before);
    expect(untils[2]).toBeLessThanOrEqual(before + 86_400_000);
    expect(new Date(untils[2] as number).getMinutes()).toBe(59);
  });

  it.each([
    [['bad/type'], /"bad\/type" is no worker type/],
    [['x', '--for', '1h', '--until', '2100-01-01'], /--for or --until, not both/],
    [['x', '--until', '2001-01-01'], /in the past/],
    [['x', '--until', 'soon'], /a time of the day such as 18:30/],
    [['x', '--until', '25:00'], /a time of the day such as 18:30/],
    [['x', '--for', '3'], /30s, 5m, 2h or 1d/],
    [['x', '--reason', 'r'.repeat(257)], /longer than 256 characters/],
  ])('refuses %j in one line, and orders nothing', async (args, message) => {
    const orders = await bench.follower('p1', 'x');
    const { code, out, err } = await bench.run(['pause', ...args]);
    expect([code, out, orders]).toEqual([64, '', []]);
    expect(err).toMatch(/^taskqueue: [^\n]*\n$/);
    expect(err).toMatch(message);
  });
});

describe('orders', () => {
  it('a type is resumed', async () => {
    const orders = await bench.follower('p1', 'work goes on in 3 instances');
    const { out } = await bench.run(['resume', 'resize', ...QUICK]);
    expect(out).toMatch(/^resumed: resize\nON +DAEMON +SAYS\nhost-p1 +workerpool +work goes on in 3 instances\n$/);
    expect(orders).toMatchObject([{ kind: 'resume', type: 'resize' }]);
  });

  it('several workitems are cancelled, each with an order of its own', async () => {
    const orders = await bench.follower('p1', 'noted\x1b[2J');
    const { code, out } = await bench.run(['cancel', 'a', 'b\x1b', '--json', ...QUICK]);
    expect(code).toBe(0);
    expect(orders).toMatchObject([
      { kind: 'cancel', id: 'a' },
      { kind: 'cancel', id: 'b\x1b' },
    ]);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const answers = [{ host: 'host-p1', daemon: 'workerpool', name: 'p1', done: 'noted\x1b[2J' }];
    expect(lines).toEqual([
      { kind: 'cancel', id: 'a', reason: '', answers },
      { kind: 'cancel', id: 'b\x1b', reason: '', answers },
    ]);
    const shown = await bench.run(['cancel', 'b\x1b', ...QUICK]);
    expect(shown.out).toMatch(/^cancelled: b\\x1b\n[\s\S]*noted\\x1b\[2J\n$/);
    expect(shown.out).not.toContain('\x1b');
  });

  it('an id that is none is refused', async () => {
    expect((await bench.run(['cancel', 'x'.repeat(256)])).code).toBe(64);
    expect((await bench.run(['cancel', ''])).code).toBe(64);
    expect((await bench.run(['cancel'])).code).toBe(64);
  });

  it('where no daemon has ever been, nobody would obey: exit code 69', async () => {
    const { code, out, err } = await bench.run(['pause', 'resize', ...QUICK]);
    expect([code, out]).toEqual([69, '']);
    expect(err).toMatch(/^taskqueue: nobody would obey this order[^\n]*\n$/);
  });

  it.each(['pause', 'resume', 'cancel', 'why', 'status'])('%s --help has examples', async (command) => {
    const { code, out } = await bench.run([command, '--help']);
    expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`Examples:\n {2}taskqueue ${command}`))]);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(125);
  });
});
