// What a cancelled workitem's sender is told, and the log: one sentence that says by whom, and why. Pure.
import { printable } from '../core/text.ts';
import type { Cancellation } from './standing.ts';

export function cancellationText({ by, reason }: Cancellation): string {
  return printable(`cancelled by ${by}${reason === '' ? '' : `: ${reason}`}`);
}
