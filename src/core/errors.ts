// The one error class of the product. A code is stable and meant for programs; the message tells a person what is
// wrong, with the value and the place, and what to do about it.

/** What went wrong, in a form that programs can rely on. */
export type ErrorCode =
  | 'USAGE' // the command line is wrong
  | 'CONFIG' // the configuration is wrong: nothing runs until somebody edits it
  | 'PERMISSION' // this user may not read or do that
  | 'UNAVAILABLE' // the broker cannot be reached, or refuses
  | 'UNREADABLE' // a body, a header or a frame that is not what it claims to be
  | 'PLUGIN' // a plugin that cannot be loaded
  | 'PROTOCOL' // a worker process, or a control message, that does not keep to the protocol
  | 'TIMEOUT' // not done in time; it may still be done
  | 'STOPPED'; // asked of something that has been stopped

export class TaskqueueError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TaskqueueError';
    this.code = code;
  }
}

/** The code that Node gives errors of the system: `ENOENT`, `ECONNREFUSED`. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** The message of whatever was thrown; plugin code may throw anything, `null` included. Never throws itself. */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message || thrown.name);
    return String(thrown);
  } catch {
    return 'something that cannot be shown was thrown'; // a getter or a toString that throws, or is missing
  }
}
