import { describe, expect, it } from 'vitest';
import { isNews, progressLine } from '../../../src/cli/progress-lines.ts';
import { queuedState, type TaskState } from '../../../src/client/status.ts';

const NOW = 1_000_000;
const state = (more: Partial<TaskState> = {}): TaskState => ({ ...queuedState(NOW), ...more });

describe('the line that says how far a task is', () => {
  it.each([
    ['QUEUED', {}],
    ['QUEUED for 90s', { untilMs: NOW + 90_000 }],
    ['QUEUED nobody runs workers of this type; it is kept until somebody does', { isUnroutable: true }],
    ['RUNNING (b#1)', { status: 'RUNNING', attempt: 1, instance: 'b#1' }],
    [
      'RUNNING [##########··········]  50 % half (b#1)',
      { status: 'RUNNING', progress: 0.5, note: 'half', instance: 'b#1' },
    ],
    ['RETRYING for 5s: no disk attempt 2', { status: 'RETRYING', untilMs: NOW + 5_000, reason: 'no disk', attempt: 2 }],
    ['FAILED no disk', { status: 'FAILED', reason: 'no disk' }],
  ] as const)('%s', (line, more) => {
    expect(progressLine(state(more), NOW, null)).toBe(line);
  });

  it('fits the terminal, and carries nothing that a terminal would act on', () => {
    const line = progressLine(state({ status: 'RUNNING', note: `\x1b[2J${'x'.repeat(200)}` }), NOW, 80);
    expect([line.length <= 79, line.includes('\x1b')]).toEqual([true, false]);
  });
});

describe('news', () => {
  const running = state({ status: 'RUNNING', attempt: 1, progress: 0.31 });

  it('is another state, another attempt, or a tenth more', () => {
    expect(isNews(state(), null)).toBe(true);
    expect(isNews(running, state())).toBe(true);
    expect(isNews({ ...running, attempt: 2 }, running)).toBe(true);
    expect(isNews({ ...running, progress: 0.4 }, running)).toBe(true);
  });

  it('is not a little more', () => {
    expect(isNews({ ...running, progress: 0.39 }, running)).toBe(false);
  });
});
