// The first connection: there within a time, or an error that says why not.
import { type Clock, pause } from '../core/clock.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import type { Broker } from './broker.ts';

/**
 * Starts the broker, and resolves once it is connected; where it is not, to stop it is the caller's.
 * @param rounds `one`: all hosts are tried, and where each of them refuses, that is it; `many`: for as long as there is time
 * @throws TaskqueueError `UNAVAILABLE`
 */
export async function connectWithin(
  broker: Broker,
  clock: Clock,
  ms: number,
  rounds: 'one' | 'many' = 'many',
): Promise<void> {
  const enough = new AbortController();
  const cancel = clock.after(ms, () => enough.abort());
  const tried = broker.start();
  try {
    if (rounds === 'one') await Promise.race([tried, pause(clock, ms, enough.signal)]);
    await broker.untilConnected(rounds === 'one' ? AbortSignal.abort() : enough.signal);
  } catch (err) {
    const isLate = enough.signal.aborted && broker.status.problem === null;
    const problem = isLate ? `${broker.status.host} gave no answer within ${ms} ms` : messageOf(err);
    throw new TaskqueueError('UNAVAILABLE', problem, { cause: err });
  } finally {
    cancel();
    enough.abort();
  }
}
