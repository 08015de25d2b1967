// The first connection of a client, and why there is none, in the words of who has options and no configuration file.
import type { Broker } from '../broker/broker.ts';
import { connectWithin } from '../broker/connect-within.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import type { Settings } from './settings.ts';

/** Resolves once connected; what fails is the caller's to stop. */
export async function reach(
  broker: Broker,
  clock: Clock,
  { connectWithinMs, keepTrying }: Pick<Settings, 'connectWithinMs' | 'keepTrying'>,
): Promise<void> {
  try {
    // A refusal now is a refusal a second later; but a broker may still be starting.
    await connectWithin(broker, clock, connectWithinMs, keepTrying ? 'many' : 'one');
  } catch (err) {
    throw new TaskqueueError('UNAVAILABLE', inOurWords(messageOf(err)), { cause: err });
  }
}

/** Who uses a client has options, not a file with the section `[amqp]`. */
export function inOurWords(problem: string): string {
  return problem.replaceAll(/ (?:in|of) \[amqp\]/g, '').replace('(tls = yes)', '(tls: true)');
}
