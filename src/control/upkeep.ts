// Which pauses the control log is about to forget: it is bounded, and drops its oldest entries, but a pause holds for as long as
// nobody resumes it. Knows where in the log each pause was last read. Pure but for what it keeps.
import type { Order } from './order.ts';
import type { StandingPause } from './order-book.ts';

export interface Upkeep {
  /** The log is read from its first entry, now or again. */
  begin(): void;
  /** An entry of so many bytes; `null`: one that is no order. */
  read(bodyBytes: number, order: Order | null): void;
  /** All that was in the log when reading began has been read. */
  complete(): void;
  /** Bytes read since the beginning. */
  readonly bytes: number;
  /** Of these, the pauses that are to be appended again. */
  fading(pauses: readonly StandingPause[]): readonly StandingPause[];
}

/** What comes with the body of an entry, about: properties, and what the broker adds. */
const OVERHEAD_BYTES = 200;
/** A pause with more than this part of a full log behind it is fading. */
const PART = 1 / 4;

export function createUpkeep(logBytes: number): Upkeep {
  /** Operations of pauses, and how far reading was when they were read last. */
  const sightings = new Map<string, number>();
  let bytes = 0;
  let isComplete = false;

  return {
    begin() {
      sightings.clear();
      bytes = 0;
      isComplete = false;
    },
    read(bodyBytes, order) {
      bytes += bodyBytes + OVERHEAD_BYTES;
      if (order?.kind === 'pause' || order?.kind === 'repeat') sightings.set(order.operation, bytes);
    },
    complete() {
      isComplete = true;
    },
    get bytes() {
      return bytes;
    },
    fading(pauses) {
      if (!isComplete) return [];
      const standing = new Set(pauses.map(({ operation }) => operation));
      for (const operation of sightings.keys()) if (!standing.has(operation)) sightings.delete(operation);
      return pauses.filter(({ operation }) => bytes - (sightings.get(operation) ?? -Infinity) > logBytes * PART);
    },
  };
}
