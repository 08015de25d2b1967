import { describe, expect, it } from 'vitest';
import { cgroupIn, memoryStory, oomKillsIn } from '../../../src/child/out-of-memory.ts';

const KILLED = { code: null, signal: 'SIGKILL' } as const;
const ABORTED = { code: null, signal: 'SIGABRT' } as const;
const moments = (oomKillsBefore?: number, oomKillsAfter?: number, lastLines = '') => ({
  oomKillsBefore,
  oomKillsAfter,
  lastLines,
});

describe('the kernel’s files', () => {
  it('name the cgroup of version 2, beside those of version 1', () => {
    expect(cgroupIn('12:cpu:/x\n0::/system.slice/taskqueue-workerpool.service\n')).toBe(
      '/system.slice/taskqueue-workerpool.service',
    );
    expect(cgroupIn('12:cpu:/x\n')).toBeUndefined();
  });

  it('count what was killed, not what was only tried', () => {
    expect(oomKillsIn('low 0\noom 7\noom_kill 3\noom_group_kill 9\n')).toBe(3);
    expect(oomKillsIn('low 0\n')).toBeUndefined();
  });
});

describe('the story of a death', () => {
  it('is memory where the OOM killer was at work meanwhile', () => {
    expect(memoryStory(KILLED, moments(3, 4))).toBe(': memory ran out');
    expect(memoryStory(KILLED, moments(3, 3))).toBe('');
  });

  it('is perhaps memory where nobody counts', () => {
    expect(memoryStory(KILLED, moments(undefined, 4))).toBe(', perhaps because memory ran out');
  });

  it('is memory where V8 said so before it gave up', () => {
    const words = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    expect(memoryStory(ABORTED, moments(0, 0, words))).toBe(': its JavaScript heap was full');
    expect(memoryStory({ code: 134, signal: null }, moments(0, 0, words))).toBe(': its JavaScript heap was full');
    expect(memoryStory(ABORTED, moments(0, 0, 'assertion failed'))).toBe('');
  });

  it('says nothing about memory after any other end', () => {
    expect(memoryStory({ code: 1, signal: null }, moments(3, 4))).toBe('');
    expect(memoryStory({ code: null, signal: 'SIGSEGV' }, moments(3, 4))).toBe('');
  });
});
