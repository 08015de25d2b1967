import { expect, it } from 'vitest';
import { residentBytes, residentBytesIn } from '../../../src/child/memory.ts';
import { wornReason } from '../../../src/pool/wear.ts';

const MIB = 1024 ** 2;
const unknown = { tasks: 1_000_000, residentBytes: () => undefined };

it('without limits, a process is never worn', () => {
  expect(wornReason({ maxTasks: null, maxMemory: null }, unknown)).toBeUndefined();
});

it('max_tasks is the number of workitems that it handles', () => {
  const limits = { maxTasks: 3, maxMemory: null };
  expect(wornReason(limits, { ...unknown, tasks: 2 })).toBeUndefined();
  expect(wornReason(limits, { ...unknown, tasks: 3 })).toBe('has handled 3 workitems, max_tasks = 3');
});

it('max_memory may be used up, but not exceeded; what nobody knows does not count', () => {
  const limits = { maxTasks: null, maxMemory: 64 * MIB };
  const using = (bytes: number): string | undefined => wornReason(limits, { tasks: 1, residentBytes: () => bytes });
  expect(wornReason(limits, unknown)).toBeUndefined();
  expect(using(64 * MIB)).toBeUndefined();
  expect(using(64 * MIB + 1)).toBe('has 65M of memory, max_memory = 64M');
});

it('memory is what the kernel says, for a process that has some', () => {
  expect(residentBytesIn('Name:\tnode\nVmPeak:\t 9 kB\nVmRSS:\t   12345 kB\nVmData:\t 1 kB\n')).toBe(12_345 * 1024);
  expect(residentBytesIn('Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined();
  expect(residentBytes(process.pid)).toBeGreaterThan(10 * MIB);
  expect(residentBytes(2 ** 30)).toBeUndefined();
});
