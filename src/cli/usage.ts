// What a command line that cannot be obeyed is answered with.
import { TaskqueueError } from '../core/errors.ts';

export function usage(message: string): TaskqueueError {
  return new TaskqueueError('USAGE', message);
}
