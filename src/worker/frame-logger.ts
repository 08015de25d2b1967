// The logger that plugins get: each line becomes a frame to the pool. Never throws, whatever it is given; when the pool
// cannot keep up, lines are dropped and counted rather than kept.
import type { FromWorker } from '../child/protocol.ts';
import type { Logger, LogLevel } from '../core/logger.ts';
import { plainFields } from '../core/plain.ts';
import { cutToBytes } from '../core/text.ts';

export type LogFrame = Extract<FromWorker, { kind: 'log' }>;

const MAX_MESSAGE_BYTES = 8 * 1024;
const MAX_VALUE_LENGTH = 1024;

/** `send` answers false where it has no room for the line. */
export function frameLogger(send: (frame: LogFrame) => boolean, job: number | null): Logger {
  let dropped = 0;
  const log =
    (level: LogLevel) =>
    (...said: unknown[]): void => {
      const { fields, message } = lineFrom(said);
      const counted = dropped === 0 ? fields : { ...fields, dropped };
      dropped = send({ kind: 'log', job, level, message, fields: counted }) ? 0 : dropped + 1;
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

/** Fields and message; out of habit, many will give the message alone, or an error in the place of the fields. */
function lineFrom([first, second]: readonly unknown[]): Pick<LogFrame, 'fields' | 'message'> {
  const [given, message] = typeof first === 'object' && first !== null ? [first, second] : [{}, first];
  const fields = plainFields(isError(given) ? { err: given } : given, MAX_VALUE_LENGTH);
  return { fields, message: typeof message === 'string' ? cutToBytes(message, MAX_MESSAGE_BYTES) : '' };
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error;
  } catch {
    return false; // a proxy that throws
  }
}
