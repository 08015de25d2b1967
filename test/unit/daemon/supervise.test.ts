import { beforeEach, describe, expect, test } from 'vitest';
import type { Broker, BrokerStatus } from '../../../src/broker/broker.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { supervise } from '../../../src/daemon/supervise.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const CONNECTED: BrokerStatus = { state: 'connected', host: 'rabbit:5672', problem: null };
const AWAY: BrokerStatus = { state: 'waiting', host: 'rabbit:5672', problem: 'nobody answers at rabbit:5672' };

let clock: ManualClock;
let told: string[];
let status: BrokerStatus;
let changeStatus: (next: BrokerStatus) => void;
let isReady: boolean;
let done: number;
let started: ReturnType<typeof deferred<void>>;
let reloaded: ReturnType<typeof deferred<void>>;
let stopped: ReturnType<typeof deferred<void>>;

beforeEach(() => {
  clock = manualClock();
  told = [];
  status = CONNECTED;
  isReady = false;
  done = 0;
  started = deferred();
  reloaded = deferred();
  stopped = deferred();
});

function supervised(watchdogMs: number | null = 30_000) {
  const listeners: ((status: BrokerStatus) => void)[] = [];
  changeStatus = (next) => {
    status = next;
    for (const listener of listeners) listener(next);
  };
  const broker = {
    get status() {
      return status;
    },
    onStatus: (listener: (status: BrokerStatus) => void) => void listeners.push(listener),
  };
  const say = (what: string) => () => void told.push(what);
  return supervise(
    {
      service: { start: () => started.promise, stop: () => stopped.promise },
      reload: () => reloaded.promise,
      isReady: () => isReady,
      done: () => done,
      figures: () => ['3 in flight'],
      stopWithinMs: () => 100_000,
    },
    {
      notifier: {
        watchdogMs,
        ready: say('ready'),
        reloading: say('reloading'),
        stopping: say('stopping'),
        status: (text) => void told.push(`status ${text}`),
        alive: say('alive'),
        extendTimeout: say('extend'),
      },
      broker: broker as unknown as Broker,
      clock,
      monotonic: () => clock.now(),
    },
  );
}

const heard = (what: string): number => told.filter((one) => one.startsWith(what)).length;
const lastStatus = (): string => told.findLast((one) => one.startsWith('status ')) ?? '';

describe('ready', () => {
  test('when the service has started and does all that it can, not before', async () => {
    void supervised().service.start();
    await clock.advance(1_000);
    started.resolve();
    await clock.advance(1_000);
    expect(heard('ready')).toBe(0);
    isReady = true;
    await clock.advance(100);
    expect(heard('ready')).toBe(1);
  });

  test('when the broker is away: the status says so', async () => {
    void supervised().service.start();
    changeStatus(AWAY);
    started.resolve();
    await clock.advance(0);
    expect(heard('ready')).toBe(1);
    expect(lastStatus()).toContain('broker away, trying until it works: nobody answers at rabbit:5672');
  });

  test('after a while in any case: nobody waits for a start that hangs', async () => {
    void supervised().service.start();
    await clock.advance(19_000);
    expect(heard('ready')).toBe(0);
    await clock.advance(2_000);
    expect(heard('ready')).toBe(1);
  });

  test('never for a service that does not start', async () => {
    const start = supervised().service.start();
    started.reject(new Error('no'));
    await expect(start).rejects.toThrow('no');
    expect(heard('ready')).toBe(0);
  });
});

describe('alive', () => {
  test('is said several times in each watchdog period', async () => {
    void supervised(8_000).service.start();
    await clock.advance(80_000);
    expect(heard('alive')).toBeGreaterThanOrEqual(40);
  });

  test('is said for as long as a broker that is away is being tried', async () => {
    void supervised().service.start();
    for (let round = 0; round < 20; round++) {
      changeStatus({ ...AWAY, state: 'connecting' });
      await clock.advance(20_000);
      changeStatus(AWAY);
      const before = heard('alive');
      await clock.advance(30_000);
      expect(heard('alive')).toBeGreaterThan(before);
    }
  });

  test('is not said any more once the session hangs between two states', async () => {
    void supervised().service.start();
    changeStatus(AWAY);
    await clock.advance(200_000);
    const before = heard('alive');
    await clock.advance(60_000);
    expect(heard('alive')).toBe(before);
    changeStatus({ ...AWAY, state: 'connecting' });
    await clock.advance(10_000);
    expect(heard('alive')).toBeGreaterThan(before);
  });

  test('is said for a connection on which nothing changes for days', async () => {
    void supervised().service.start();
    await clock.advance(3 * 86_400_000);
    const before = heard('alive');
    await clock.advance(30_000);
    expect(heard('alive')).toBeGreaterThan(before);
  });
});

describe('the status line', () => {
  test('has the figures, what was done in the last minute, and the broker', async () => {
    void supervised().service.start();
    await clock.advance(2_000);
    done = 7;
    await clock.advance(2_000);
    expect(lastStatus()).toBe('status 3 in flight; 7 done in the last minute; broker rabbit:5672 connected');
    await clock.advance(90_000);
    expect(lastStatus()).toContain('0 done in the last minute');
  });

  test('is only told when it changes', async () => {
    void supervised().service.start();
    await clock.advance(60_000);
    expect(heard('status')).toBe(1);
  });
});

describe('a reload', () => {
  test('is over when it is over', async () => {
    const reload = supervised().onReload();
    expect(told).toEqual(['reloading']);
    reloaded.resolve();
    await reload;
    expect(told.at(-1)).toBe('ready');
  });

  test('that is refused is over, too, and the status says why, until one is accepted', async () => {
    const { onReload } = supervised();
    reloaded.reject(new Error('config.ini:3: no such option'));
    await expect(onReload()).rejects.toThrow('no such option');
    expect(told.at(-1)).toBe('ready');
    expect(lastStatus()).toContain('last reload refused: config.ini:3: no such option');
    reloaded = deferred();
    reloaded.resolve();
    await onReload();
    expect(lastStatus()).not.toContain('refused');
  });

  test('that waits for running work keeps systemd waiting for a while only', async () => {
    void supervised().onReload();
    await clock.advance(21_000);
    expect(told.at(-1)).toBe('ready');
  });
});

describe('a stop', () => {
  test('gets more and more time while it goes on, up to what it may take', async () => {
    const { service } = supervised();
    void service.start();
    const stopping = service.stop();
    await clock.advance(50_000);
    expect(told).toContain('stopping');
    expect(heard('extend')).toBeGreaterThan(10);
    expect(lastStatus()).toContain('stopping; 3 in flight');
    await clock.advance(60_000);
    const before = heard('extend');
    await clock.advance(60_000);
    expect(heard('extend')).toBe(before);
    stopped.resolve();
    await stopping;
  });

  test('leaves nothing behind', async () => {
    const { service } = supervised();
    void service.start();
    stopped.resolve();
    await service.stop();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});
