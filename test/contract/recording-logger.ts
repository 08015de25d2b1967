// Keeps what is logged, for a test to count.
import type { Logger } from '../../src/core/logger.ts';

export interface RecordingLogger extends Logger {
  /** `level: message`, in order, without debug. */
  readonly lines: string[];
  /** Messages for debugging. */
  readonly details: string[];
}

export function recordingLogger(): RecordingLogger {
  const lines: string[] = [];
  const keep = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  const details: string[] = [];
  const debug = (_fields: object, message: string): void => void details.push(message);
  return { lines, details, debug, info: keep('info'), warn: keep('warn'), error: keep('error') };
}
