// What the commands of `taskqueue dead` say and do alike.
import type { Broker } from '../../broker/broker.ts';
import { systemClock } from '../../core/clock.ts';
import { printable } from '../../core/text.ts';
import type { ParkedFacts } from '../../parked/facts.ts';
import type { LookTools } from '../../parked/look.ts';
import { isNamed } from '../../parked/selection.ts';
import { EXIT_NOT_FOUND, EXIT_OK } from '../exit-codes.ts';
import type { Io } from '../io.ts';

/** How long to wait for others who look through the same queue. */
export const PATIENCE_MS = 15_000;

export function toolsOf(broker: Broker): LookTools {
  return { broker, clock: systemClock };
}

export function sayIncomplete(io: Io, isWhole: boolean): void {
  if (!isWhole) io.err('taskqueue: somebody else is at work on this queue: some may be missing here; try again\n');
}

/** Which of the ids that were given have been found. */
export class Wanted {
  readonly #missing: Set<string>;

  constructor(ids: readonly string[]) {
    this.#missing = new Set(ids);
  }

  found(facts: ParkedFacts): void {
    for (const id of this.#missing) if (isNamed(facts, id)) this.#missing.delete(id);
  }

  /** Names those that have not, and returns the exit code. */
  conclude(io: Io, queue: string): number {
    for (const id of this.#missing) io.err(`taskqueue: nothing in ${queue} has the id or the run ${printable(id)}\n`);
    return this.#missing.size === 0 ? EXIT_OK : EXIT_NOT_FOUND;
  }
}
