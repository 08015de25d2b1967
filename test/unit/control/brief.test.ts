import { expect, it } from 'vitest';
import { briefed } from '../../../src/control/brief.ts';
import { EVERY_EVENT, event } from './events.ts';

const LONG = '\u00e9'.repeat(20_000);

it('an event with short texts stays the same', () => {
  for (const one of EVERY_EVENT) expect(briefed(one)).toBe(one);
});

it('every text of every event is bounded', () => {
  const texts = ['error', 'why', 'note', 'how'];
  for (const one of EVERY_EVENT) {
    const own = Object.keys(one).filter((key) => texts.includes(key));
    const long = { ...one, ...Object.fromEntries(own.map((key) => [key, LONG])) };
    const { length } = JSON.stringify(briefed(long));
    expect(length, one.kind).toBeLessThan(1_500);
  }
});

it('a text that is cut says so', () => {
  expect(briefed(event('parked', { error: LONG }))).toMatchObject({ error: expect.stringMatching(/^\u00e9{510}…$/) });
});
