// Asks the person at the terminal.
import { TaskqueueError } from '../core/errors.ts';
import type { Io } from './io.ts';

/** True where the answer is yes. @throws TaskqueueError `USAGE` where nobody is there who could answer */
export async function confirm(io: Io, question: string, otherwise: string): Promise<boolean> {
  if (!io.isStdinTerminal) throw new TaskqueueError('USAGE', otherwise);
  io.err(`${question} [y/N] `);
  for await (const chunk of io.stdin) return /^\s*y(es)?\s*$/i.test(chunk.toString());
  io.err('\n'); // the end of the file instead of an answer
  return false;
}
