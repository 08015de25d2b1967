import { expect, it } from 'vitest';
import { demandJson } from '../../../src/workitem/json-scan.ts';

/** How often whoever reads it pauses, that has breath for 300 parts or so. */
function pauses(json: string): number {
  const reading = demandJson(Buffer.from(json), { tokens: 300 });
  let count = 0;
  for (let step = reading.next(); !step.done; step = reading.next()) count++;
  return count;
}

const MUCH = 100_000;

it.each([
  ['text', `["${'x'.repeat(MUCH)}",1]`],
  ['white space between parts', `[1${' '.repeat(MUCH)},1]`],
  ['white space behind the last of them', `[1${'\n'.repeat(MUCH)}]`],
  ['many parts', `[${'1,'.repeat(200)}1]`],
])('%s takes breath', (_, json) => {
  expect(pauses(json)).toBe(1);
});

it('a little of everything does not', () => {
  expect(pauses(`[ "${'x'.repeat(1_000)}"${' '.repeat(1_000)}, 1 ]`)).toBe(0);
});
