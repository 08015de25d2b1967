// The log of a daemon goes to stderr; what stderr is decides how the lines look.
import type { LogLevel } from '../core/logger.ts';
import { isJournal } from './journal.ts';
import { createLogger, type LevelledLogger } from './log.ts';

export function stderrLogger(level: LogLevel, format: 'auto' | 'json'): LevelledLogger {
  const stream = process.stderr;
  return createLogger({
    level,
    format,
    stream,
    isTerminal: stream.isTTY === true,
    isJournal: isJournal(process.env.JOURNAL_STREAM, stream.fd),
  });
}
