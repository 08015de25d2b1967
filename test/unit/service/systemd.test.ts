import { describe, expect, test } from 'vitest';
import { systemdNotifier } from '../../../src/service/systemd.ts';

const HANDED_OVER = { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'other:notify' };

function notifierIn(env: Record<string, string>) {
  const told: { fd: number; text: string }[] = [];
  const notifier = systemdNotifier(env, 42, (fd, text) => void told.push({ fd, text }));
  return { notifier, told };
}

describe('inside a unit that hands the socket over', () => {
  test('everything goes to the file descriptor that has the name', () => {
    const { notifier, told } = notifierIn(HANDED_OVER);
    notifier.ready();
    notifier.stopping();
    notifier.alive();
    notifier.extendTimeout(30_000);
    expect(told.map(({ fd }) => fd)).toEqual([4, 4, 4, 4]);
    expect(told.map(({ text }) => text)).toEqual([
      'READY=1\n',
      'STOPPING=1\n',
      'WATCHDOG=1\n',
      'EXTEND_TIMEOUT_USEC=30000000\n',
    ]);
  });

  test('a reload carries the time of the monotonic clock, by which systemd knows it from an older one', () => {
    const { notifier, told } = notifierIn(HANDED_OVER);
    const before = process.hrtime.bigint() / 1000n;
    notifier.reloading();
    const [, usec] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)\n$/.exec(told[0]?.text ?? '') ?? [];
    expect(BigInt(usec ?? 0)).toBeGreaterThanOrEqual(before);
  });

  test('a status is one line, whatever is in it: nothing in it can be taken for another message', () => {
    const { notifier, told } = notifierIn(HANDED_OVER);
    notifier.status('all is well\nREADY=1\r\n');
    expect(told).toEqual([{ fd: 4, text: 'STATUS=all is well READY=1 \n' }]);
  });

  test('a socket that takes nothing stops nobody', () => {
    const notifier = systemdNotifier(HANDED_OVER, 42, () => {
      throw new Error('EAGAIN');
    });
    expect(() => notifier.ready()).not.toThrow();
  });
});

describe('what is not meant for this process is left alone', () => {
  test.each([
    ['no systemd', {}],
    ["another process's socket", { ...HANDED_OVER, LISTEN_PID: '41' }],
    ['sockets of other names', { ...HANDED_OVER, LISTEN_FDNAMES: 'one:two' }],
    ['a name without a descriptor', { ...HANDED_OVER, LISTEN_FDS: '1' }],
  ])('%s', (_, env) => {
    const { notifier, told } = notifierIn({ ...env, WATCHDOG_USEC: '3000000' });
    notifier.ready();
    expect(told).toEqual([]);
    expect(notifier.watchdogMs).toBe(null);
  });
});

test('the watchdog is this process’s own, or none', () => {
  expect(notifierIn({ ...HANDED_OVER, WATCHDOG_USEC: '30000000' }).notifier.watchdogMs).toBe(30_000);
  expect(notifierIn({ ...HANDED_OVER, WATCHDOG_USEC: '3', WATCHDOG_PID: '41' }).notifier.watchdogMs).toBe(null);
  expect(notifierIn(HANDED_OVER).notifier.watchdogMs).toBe(null);
});
