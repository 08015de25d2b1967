// How far a task is, in one line. Pure.
import type { TaskState } from '../client/status.ts';
import { printable } from '../core/text.ts';
import { progressBar } from './progress-bar.ts';
import { cutToWidth } from './text-width.ts';
import { shortDuration } from './time-text.ts';

const BAR_WIDTH = 20;

/** `RUNNING [##########··········]  50 % half way (render#2)` */
export function progressLine(state: TaskState, now: number, columns: number | null): string {
  const parts = [state.status, detailOf(state, now), state.attempt > 1 ? `attempt ${state.attempt}` : ''];
  const line = printable(parts.filter((part) => part !== '').join(' '));
  return columns === null ? line : cutToWidth(line, columns - 1);
}

function detailOf({ status, progress, note, instance, untilMs, reason, isUnroutable }: TaskState, now: number): string {
  if (status === 'RUNNING') {
    const bar = progress === null ? '' : progressBar(progress, BAR_WIDTH);
    return [bar, note, instance === null ? '' : `(${instance})`].filter((part) => part !== '').join(' ');
  }
  if (isUnroutable) return 'nobody runs workers of this type; it is kept until somebody does';
  const wait = untilMs === null || untilMs <= now ? '' : `for ${shortDuration(untilMs - now)}`;
  return [wait, reason].filter((part) => part !== '').join(': ');
}

/** Whether this is worth a line of its own where lines cannot be written over: another state, or a tenth more. */
export function isNews(state: TaskState, last: TaskState | null): boolean {
  if (last === null || state.status !== last.status || state.attempt !== last.attempt) return true;
  if (state.isUnroutable !== last.isUnroutable) return true;
  return Math.floor((state.progress ?? 0) * 10) > Math.floor((last.progress ?? 0) * 10);
}
