// Keeps what is logged, for a test to count.
import type { Logger } from '../../src/core/logger.ts';

export interface RecordingLogger extends Logger {
  /** `level: message`, in order, without debug. */
  readonly lines: string[];
}

export function recordingLogger(): RecordingLogger {
  const lines: string[] = [];
  const keep = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  return { lines, debug: () => undefined, info: keep('info'), warn: keep('warn'), error: keep('error') };
}
