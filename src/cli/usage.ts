// What a command line that cannot be obeyed is answered with.
import { LIMITS } from '../control/limits.ts';
import { TaskqueueError } from '../core/errors.ts';

export function usage(message: string): TaskqueueError {
  return new TaskqueueError('USAGE', message);
}

/** @throws TaskqueueError `USAGE` where one is no id of a workitem or run */
export function refuseOddIds(ids: readonly string[]): void {
  const odd = ids.find((id) => id === '' || id.length > LIMITS.id);
  if (odd !== undefined) throw usage(`an id has 1 to ${LIMITS.id} characters, not ${odd.length}`);
}
