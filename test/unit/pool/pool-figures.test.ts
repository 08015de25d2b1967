import { describe, expect, it } from 'vitest';
import { FRESH, type InstanceState } from '../../../src/pool/instance-state.ts';
import { figuresOf, isSettledIn, stopWithinMs } from '../../../src/pool/pool-figures.ts';
import { groupConfig } from './fixtures.ts';

const RUNNING: InstanceState = { ...FRESH, phase: { name: 'running' } };
const FAILING: InstanceState = { ...FRESH, problem: 'exited with code 1' };

function watched(
  state: InstanceState,
  size = 0,
  type = 'w',
  isPaused = false,
): Parameters<typeof figuresOf>[0][number] {
  return { state, jobs: { size }, isPaused, plan: { group: { type } } };
}

describe('what systemctl status says', () => {
  it('counts processes and workitems', () => {
    expect(figuresOf([watched(RUNNING, 2), watched(RUNNING, 1)])).toEqual(['2 of 2 instances running', '3 in flight']);
  });

  it('names what fails, and types that are paused', () => {
    const instances = [watched(FAILING), watched(RUNNING, 0, 'v', true), watched(RUNNING, 1, 'v', true)];
    expect(figuresOf(instances)).toEqual(['2 of 3 instances running', '1 failing', 'paused: v', '1 in flight']);
  });
});

it('a pool has settled in once each instance runs, or has a problem', () => {
  expect(isSettledIn([watched(RUNNING), watched(FAILING)])).toBe(true);
  expect(isSettledIn([watched(RUNNING), watched(FRESH)])).toBe(false);
});

it('a stop takes no longer than the slowest group may', () => {
  const groups = [groupConfig(), groupConfig({}, { stopTimeoutMs: 60_000, killTimeoutMs: 1_000 })];
  expect([stopWithinMs(groups), stopWithinMs([])]).toEqual([92_000, 30_000]);
});
