// The first connection: there within a time, or an error that says why not.
import type { Broker } from '../broker/broker.ts';
import { type Clock, pause } from '../core/clock.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import type { Settings } from './settings.ts';

/** Resolves once connected; what fails is the caller's to stop. */
export async function reach(
  broker: Broker,
  clock: Clock,
  { connectWithinMs, keepTrying }: Pick<Settings, 'connectWithinMs' | 'keepTrying'>,
): Promise<void> {
  const enough = new AbortController();
  const cancel = clock.after(connectWithinMs, () => enough.abort());
  const tried = broker.start();
  try {
    // One round of all hosts: a refusal now is a refusal a second later, but a broker may still be starting.
    if (!keepTrying) await Promise.race([tried, pause(clock, connectWithinMs, enough.signal)]);
    await broker.untilConnected(keepTrying ? enough.signal : AbortSignal.abort());
  } catch (err) {
    const isLate = enough.signal.aborted && broker.status.problem === null;
    const problem = isLate ? `${broker.status.host} gave no answer within ${connectWithinMs} ms` : messageOf(err);
    throw new TaskqueueError('UNAVAILABLE', inOurWords(problem), { cause: err });
  } finally {
    cancel();
    enough.abort();
  }
}

/** Who uses a client has options, not a file with the section `[amqp]`. */
export function inOurWords(problem: string): string {
  return problem.replaceAll(/ (?:in|of) \[amqp\]/g, '').replace('(tls = yes)', '(tls: true)');
}
