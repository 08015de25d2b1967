// The log of a daemon, or of a command in the foreground: pino's only door. Lines are readable on a terminal and in a
// file, prefixed with their level for systemd's journal, or JSON. Logging never throws and never stops a daemon.
import { type Logger as Pino, pino, stdTimeFunctions } from 'pino';
import type { Logger, LogLevel } from '../core/logger.ts';
import { type LineStyle, lineOf } from './log-line.ts';
import { recordOf } from './log-record.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto` picks by what `stream` is. */
  readonly format: 'auto' | 'json';
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  /** Whether `stream` ends in systemd's journal: see journal.ts. */
  readonly isJournal: boolean;
}

/** A logger whose level can be changed while it is in use. */
export interface LevelledLogger extends Logger {
  setLevel(level: LogLevel): void;
}

export function createLogger(options: LogOptions): LevelledLogger {
  const { stream, format } = options;
  stream.on('error', nobodyIsLeft);
  const style = styleFor(options);
  const write = (json: string): void =>
    void stream.write(format === 'json' ? asciiControls(json) : lineOf(json, style));
  const logger = pino(PINO_OPTIONS, { write });
  logger.level = options.level;
  return {
    debug: log(logger, 'debug', format),
    info: log(logger, 'info', format),
    warn: log(logger, 'warn', format),
    error: log(logger, 'error', format),
    setLevel: (level) => {
      logger.level = level;
    },
  };
}

const PINO_OPTIONS = {
  base: null,
  messageKey: 'message',
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: label }) },
  serializers: { err: (described: unknown) => described }, // it is plain data already
};

function log(logger: Pino, level: LogLevel, format: LogOptions['format']): Logger[LogLevel] {
  return (fields, message) => {
    if (!logger.isLevelEnabled(level)) return;
    try {
      const record = recordOf(fields, message, format === 'json' || logger.isLevelEnabled('debug'));
      logger[level](record.fields, record.message);
    } catch {
      nobodyIsLeft(); // a stream that throws when it is written to
    }
  };
}

function nobodyIsLeft(): void {
  // Whoever read the log is gone (EPIPE), or the disk is full: work goes on, and there is nowhere to say so.
}

function styleFor({ stream, isTerminal, isJournal }: LogOptions): LineStyle {
  if (isJournal) return 'journal';
  if (!isTerminal) return 'file';
  const { hasColors } = stream as Partial<NodeJS.WriteStream>;
  return hasColors?.call(stream as NodeJS.WriteStream, 16) === false ? 'terminal' : 'colours'; // it knows NO_COLOR and TERM=dumb
}

/** JSON leaves DEL, C1 and direction marks as they are; what shows the log would act on them. */
function asciiControls(json: string): string {
  return json.replace(RAW_CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const RAW_CONTROLS = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
