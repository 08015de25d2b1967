import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Child, spawnChild } from '../../../../src/child/spawn.ts';
import { type Clock, systemClock } from '../../../../src/core/clock.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { FormatReader } from '../../../../src/dispatcher/format-reader/format-reader.ts';
import { fixtureFormats } from '../../../support/fixture-formats.ts';

describe('the reader of plugins’ formats', () => {
  it('names the worker type that a body names', async () => {
    const { reader } = start();
    expect(await reader.workerTypeOf(PAIRS, Buffer.from('a=b;type=worker1'))).toBe('worker1');
  });

  it('answers in the order of the questions, each with its own answer', async () => {
    const { reader, children } = start();
    const types = Array.from({ length: 20 }, (_, n) => `worker${n}`);
    const answers = await Promise.all(types.map((type) => reader.workerTypeOf(PAIRS, Buffer.from(`type=${type}`))));
    expect(answers).toEqual(types);
    expect(children).toHaveLength(1);
  });

  it('takes a further question as soon as the last one is answered', async () => {
    const { reader } = start();
    for (const type of ['a', 'b', 'c'])
      expect(await reader.workerTypeOf(PAIRS, Buffer.from(`type=${type}`))).toBe(type);
  });

  it.each([
    ['a body without a type', PAIRS, 'a=b', /no pair names the type/],
    ['a type that is no text', PAIRS, 'type=a;trouble=number', /no worker type but a number/],
    ['a format that cannot be imported', 'application/x-fixture-broken', '', /this format cannot be imported/],
    ['a format that nobody brings', 'application/x-unheard-of', '', /no plugin brings/],
  ])('says why it cannot: %s', async (_what, format, body, reason) => {
    const { reader, children } = start();
    const answer = reader.workerTypeOf(format, Buffer.from(body));
    await expect(answer).rejects.toMatchObject({ code: 'UNREADABLE', message: expect.stringMatching(reason) });
    expect(await reader.workerTypeOf(PAIRS, Buffer.from('type=next'))).toBe('next');
    expect(children).toHaveLength(1);
  });

  it.each([
    ['a body that ends the process', PAIRS, 'type=a;trouble=exit', /exited with code 9/],
    ['a format that ends the process when it is imported', 'application/x-fixture-deadly', '', /exited with code 7/],
  ])('blames the one body, and goes on with another process: %s', async (_what, format, body, reason) => {
    const { reader, children } = start();
    const deadly = reader.workerTypeOf(format, Buffer.from(body));
    const next = reader.workerTypeOf(PAIRS, Buffer.from('type=next'));
    await expect(deadly).rejects.toMatchObject({ code: 'UNREADABLE', message: expect.stringMatching(reason) });
    expect(await next).toBe('next');
    expect(children).toHaveLength(2);
  });

  it('ends a process that takes too long over a body', async () => {
    const clock = watchedClock();
    const { reader } = start({ clock });
    expect(await reader.workerTypeOf(PAIRS, Buffer.from('type=a'))).toBe('a');
    const hanging = reader.workerTypeOf(PAIRS, Buffer.from('type=a;trouble=hang'));
    const next = reader.workerTypeOf(PAIRS, Buffer.from('type=next'));
    (await clock.deadline(5_000))();
    await expect(hanging).rejects.toMatchObject({
      code: 'UNREADABLE',
      message: expect.stringContaining('longer than 5 s'),
    });
    expect(await next).toBe('next');
  });

  it('lets only few bodies wait behind one that takes long', async () => {
    const clock = watchedClock();
    const { reader } = start({ clock });
    await reader.workerTypeOf(PAIRS, Buffer.from('type=a'));
    const [isSlow, isOver] = [clock.deadline(1_000), clock.deadline(5_000)];
    const hanging = reader.workerTypeOf(PAIRS, Buffer.from('type=a;trouble=hang'));
    const behind = Array.from({ length: 100 }, () => reader.workerTypeOf(PAIRS, Buffer.from('type=b')));
    (await isSlow)();
    (await isOver)();
    const ends = await Promise.allSettled([hanging, ...behind]);
    const codes = ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.code));
    expect(codes.slice(0, 20)).toEqual(['UNREADABLE', ...Array(19).fill('b')]);
    expect(new Set(codes.slice(20))).toEqual(new Set(['UNAVAILABLE']));
  });

  it('gives a body up when the process does not start, three times over', async () => {
    let starts = 0;
    const reader = new FormatReader({
      formats: [],
      spawn: () => {
        starts++;
        throw new Error('no memory');
      },
      logger: silentLogger,
      clock: systemClock,
    });
    const answer = reader.workerTypeOf(PAIRS, Buffer.from(''));
    await expect(answer).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('no memory') });
    expect(starts).toBe(3);
  });

  it.each([
    ['an answer that nobody asked for', { kind: 'routed', job: 17, type: 'a' }],
    ['another version', { kind: 'hello', version: 0, release: '0' }],
    ['no known kind', { kind: 'surprise' }],
  ])('ends a process that breaks the protocol: %s', async (_what, head) => {
    const { reader, children } = start({ program: FORGER, args: [JSON.stringify(head)] });
    await expect(reader.workerTypeOf(PAIRS, Buffer.from('type=a'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    for (const child of children) expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('rejects what is open when it is stopped, as stopped and not as unreadable, and leaves no process', async () => {
    const { reader, children } = start();
    await reader.workerTypeOf(PAIRS, Buffer.from('type=a'));
    const open = [1, 2].map(() => reader.workerTypeOf(PAIRS, Buffer.from('type=a;trouble=hang')));
    const outcomes = Promise.allSettled(open);
    await reader.stop();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'STOPPED' } });
    await expect(reader.workerTypeOf(PAIRS, Buffer.from('type=a'))).rejects.toMatchObject({ code: 'STOPPED' });
    expect(await children[0]?.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('starts no process before it is asked, and may be stopped then', async () => {
    const { reader, children } = start();
    await reader.stop();
    expect(children).toHaveLength(0);
  });
});

const PAIRS = 'application/x-fixture-pairs';
const file = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const PROGRAM = file('dist/dispatcher/format-reader/main.js');
const FORGER = file('test/fixtures/forge-frames.js');

const readers: FormatReader[] = [];
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.stop();
});

interface StartOptions {
  readonly clock?: Clock;
  readonly program?: string;
  readonly args?: readonly string[];
}

function start({ clock = systemClock, program = PROGRAM, args = [] }: StartOptions = {}) {
  const children: Child[] = [];
  const reader = new FormatReader({
    formats: fixtureFormats('pairs', 'broken', 'deadly'),
    spawn: () => {
      const child = spawnChild({
        program,
        args,
        identity: null,
        keepsCapabilities: true,
        environment: {},
        workdir: '/',
      });
      children.push(child);
      return child;
    },
    logger: silentLogger,
    clock,
  });
  readers.push(reader);
  return { reader, children };
}

/** The real clock, except that a deadline of a given length is rung by hand. */
function watchedClock() {
  const waiting = new Map<number, (ring: () => void) => void>();
  const clock: Clock & { deadline(delayMs: number): Promise<() => void> } = {
    now: () => Date.now(),
    after(delayMs, task) {
      waiting.get(delayMs)?.(task);
      return systemClock.after(delayMs, task);
    },
    deadline: (delayMs) => new Promise((resolve) => waiting.set(delayMs, resolve)),
  };
  return clock;
}
