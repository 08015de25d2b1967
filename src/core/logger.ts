// What the product's parts log through. `service/log.ts` makes the real one; nothing else knows how lines look.

/** The field names are the same everywhere, so that one search finds all lines about one thing. */
export interface LogFields {
  /** id of the workitem that the line is about */
  workitem?: string | undefined;
  /** worker type */
  type?: string | undefined;
  queue?: string | undefined;
  /** name of a worker process, such as `worker2_bifh1#1` */
  instance?: string | undefined;
  pid?: number | undefined;
  err?: unknown;
  [other: string]: unknown;
}

type Log = (fields: LogFields, message: string) => void;

export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
}

export type LogLevel = keyof Logger;

const ignore: Log = () => undefined;

/** Says nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The same logger with some fields in every line. */
export function loggerWith(logger: Logger, always: LogFields): Logger {
  const level =
    (name: keyof Logger): Log =>
    (fields, message) =>
      logger[name]({ ...always, ...fields }, message);
  return { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
}
