import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Keepable, keepConnected, type LinkState } from '../../../../src/broker/amqp/keep-connected.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

class FakeSession implements Keepable {
  readonly host: string;
  readonly ended: Promise<string>;
  lose: (why: string) => void = () => undefined;
  isClosed = false;

  constructor(host: string) {
    this.host = host;
    this.ended = new Promise((resolve) => {
      this.lose = resolve;
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

let clock: ManualClock;
let stop: AbortController;
let tried: string[];
let triedAt: number[];
let sessions: FakeSession[];
let states: LinkState<FakeSession>[];
let lines: string[];
/** Why a host has no session to give; absent: it has. */
let down: Map<string, string>;

beforeEach(() => {
  clock = manualClock();
  stop = new AbortController();
  [tried, triedAt, sessions, states, lines] = [[], [], [], [], []];
  down = new Map();
});

afterEach(() => stop.abort());

function keep(...hosts: string[]): Promise<void> {
  return keepConnected<string, FakeSession>(
    {
      hosts,
      nameOf: (host) => host,
      async open(host) {
        tried.push(host);
        triedAt.push(clock.now());
        const problem = down.get(host);
        if (problem !== undefined) throw new Error(problem);
        const session = new FakeSession(host);
        sessions.push(session);
        return session;
      },
      problemOf: (error) => (error as Error).message,
      onState: (state) => states.push(state),
      clock,
      logger: {
        ...silentLogger,
        info: (_, message) => lines.push(message),
        warn: (_, message) => lines.push(message),
      },
    },
    stop.signal,
  );
}

/** Lets promises run: everything here that is not a timer is done after this. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
}

function pauses(): number[] {
  return triedAt.slice(1).map((at, n) => at - (triedAt[n] as number));
}

describe('keepConnected', () => {
  it('tries the hosts in turn and stays with the first that answers', async () => {
    down.set('a', 'a is down');
    void keep('a', 'b', 'c');
    await settle();
    expect(tried).toEqual(['a', 'b']);
    expect(states.at(-1)).toMatchObject({ kind: 'connected', host: 'b' });
  });

  it('says a problem once, however often it tries, and that it is connected', async () => {
    down.set('a', 'a is down');
    void keep('a');
    await settle();
    await pass(600_000);
    expect(tried.length).toBeGreaterThan(20);
    expect(states.at(-1)).toEqual({ kind: 'waiting', host: 'a', problem: 'a is down' });
    down.clear();
    await pass(30_000);
    expect(lines).toEqual(['a is down (trying until it works)', 'connected to the broker at a']);
  });

  it('says another problem of the same host, and the same one again after it was connected', async () => {
    down.set('a', 'no network');
    void keep('a');
    await settle();
    down.set('a', 'no such user');
    await pass(30_000);
    down.clear();
    await pass(30_000);
    down.set('a', 'no such user');
    sessions[0]?.lose('gone');
    await settle();
    await pass(30_000);
    expect(lines).toEqual([
      'no network (trying until it works)',
      'no such user (trying until it works)',
      'connected to the broker at a',
      'the connection to the broker at a was lost: gone',
      'no such user (trying until it works)',
    ]);
  });

  it('waits longer from round to round, but a second at most while the outage is short', async () => {
    down.set('a', 'a is down');
    void keep('a');
    await pass(20_000);
    for (const [n, fullMs] of [500, 1_000, 1_000, 1_000].entries()) {
      expect(pauses()[n]).toBeGreaterThanOrEqual(fullMs / 2);
      expect(pauses()[n]).toBeLessThanOrEqual(fullMs);
    }
    expect(Math.max(...pauses())).toBeLessThanOrEqual(1_000);
  });

  it('is never away for more than three seconds longer than a broker that is back within a minute', async () => {
    down.set('a', 'a is down');
    void keep('a');
    await pass(60_000);
    expect(Math.max(...pauses())).toBeGreaterThan(1_000); // many that wait for long do not all come every second
    expect(Math.max(...pauses())).toBeLessThanOrEqual(3_000);
  });

  it('waits longer the longer the outage lasts, up to half a minute', async () => {
    down.set('a', 'a is down');
    void keep('a');
    await pass(1_200_000);
    expect(pauses().at(-1)).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...pauses())).toBeLessThanOrEqual(30_000);
  });

  it('goes to the next host at once when a session that lasted is lost, and throws the old one away', async () => {
    void keep('a', 'b');
    await settle();
    await pass(60_000);
    sessions[0]?.lose('gone');
    await settle();
    expect(sessions[0]?.isClosed).toBe(true);
    expect(tried).toEqual(['a', 'b']);
    expect(states.at(-1)).toMatchObject({ kind: 'connected', host: 'b' });
  });

  it('waits before it replaces a session that hardly lived', async () => {
    void keep('a');
    await settle();
    sessions[0]?.lose('gone');
    await settle();
    expect(tried.length).toBe(1);
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', problem: expect.stringContaining('gone') });
    await pass(500);
    expect(tried.length).toBe(2);
  });

  it('ends when it is stopped, and leaves the session to its owner', async () => {
    const running = keep('a');
    await settle();
    stop.abort();
    await running;
    expect(sessions[0]?.isClosed).toBe(false);
  });

  it('ends when it is stopped while it waits', async () => {
    down.set('a', 'a is down');
    const running = keep('a');
    await settle();
    stop.abort();
    await running;
    expect(tried.length).toBe(1);
  });
});
