import { beforeEach, describe, expect, it } from 'vitest';
import {
  isDeaf,
  LOOK_EVERY_MS,
  type Look,
  suspicionAfter,
  UNSUSPECTED,
  watchForDeafness,
} from '../../../src/handling/deafness.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';

const QUIET: Look = { isListening: true, arrivals: 7, waiting: 3 };
const isDeafAfter = (...looks: readonly Look[]): boolean => isDeaf(looks.reduce(suspicionAfter, UNSUSPECTED));
const times = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look);

describe('a consumer', () => {
  it('is deaf where messages wait and none arrives, look after look', () => {
    expect(isDeafAfter(...times(4, QUIET))).toBe(false);
    expect(isDeafAfter(...times(5, QUIET))).toBe(true);
  });

  it.each<[string, Partial<Look>]>([
    ['something arrived', { arrivals: 8 }],
    ['its queue was empty', { waiting: 0 }],
    ['nobody could be asked', { waiting: undefined }],
    ['it was full, or paused, or not registered', { isListening: false }],
  ])('is not where %s meanwhile', (_what, other) => {
    expect(isDeafAfter(...times(3, QUIET), { ...QUIET, ...other }, ...times(3, QUIET))).toBe(false);
  });
});

describe('the watch', () => {
  let tools: FakeTools;
  let rebuilt: number;
  let arrivals: number;
  let stop: () => void;

  beforeEach(() => {
    tools = fakeTools();
    tools.broker.become('connected');
    [rebuilt, arrivals] = [0, 0];
    tools.broker.queueInfo = async () => ({ messages: 1, consumers: 1 });
    stop = watchForDeafness({
      broker: tools.broker,
      clock: tools.clock,
      logger: tools.logger,
      queue: 'q',
      look: () => ({ isListening: true, arrivals }),
      rebuild: () => rebuilt++,
    });
  });

  it('has a deaf consumer made anew, and again where that did not help', async () => {
    await tools.clock.advance(4 * LOOK_EVERY_MS);
    expect(rebuilt).toBe(0);
    await tools.clock.advance(LOOK_EVERY_MS);
    expect(rebuilt).toBe(1);
    await tools.clock.advance(10 * LOOK_EVERY_MS);
    expect(rebuilt).toBe(3);
    expect(tools.lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
  });

  it('asks the broker nothing about a consumer that hears', async () => {
    let asked = 0;
    tools.broker.queueInfo = async () => {
      asked++;
      return undefined;
    };
    for (; arrivals < 20; arrivals++) await tools.clock.advance(LOOK_EVERY_MS);
    expect([asked, rebuilt]).toEqual([0, 0]);
  });

  it('does nothing while the broker is away or cannot be asked, or once it is over', async () => {
    tools.broker.become('waiting');
    await tools.clock.advance(20 * LOOK_EVERY_MS);
    tools.broker.become('connected');
    tools.broker.queueInfo = () => Promise.reject(new Error('no'));
    await tools.clock.advance(20 * LOOK_EVERY_MS);
    stop();
    tools.broker.queueInfo = async () => ({ messages: 1, consumers: 1 });
    await tools.clock.advance(20 * LOOK_EVERY_MS);
    expect([rebuilt, tools.clock.pending]).toEqual([0, 0]);
  });
});
