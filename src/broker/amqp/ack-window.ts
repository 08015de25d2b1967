// Which acknowledgements are sent together. Deliveries of one channel are numbered without gaps; what is acknowledged
// from the oldest on without a gap goes out as one "up to here", which costs the broker no more than a single one. What
// waits behind an older delivery goes out singly after a moment: an ack withheld costs a duplicate if we die.
//
// Only decides; sends nothing and knows no clock but the times that it is told.

/** How long an acknowledgement may wait behind an older delivery that is still being worked on. */
export const PATIENCE_MS = 20;

/** What to send now: everything up to a delivery tag, and single tags beyond it. */
interface AcksDue {
  readonly upTo: number | null;
  readonly singly: readonly number[];
}

export class AckWindow {
  /** All below are settled with the broker. */
  #oldest = 1;
  #next = 1;
  #open = 0;
  /** Acked but not sent: tag → since when, in the order of the acks. */
  readonly #waiting = new Map<number, number>();
  /** Settled with the broker, but not below `#oldest`. */
  readonly #gone = new Set<number>();

  /** How many are delivered and neither acked nor requeued. */
  get open(): number {
    return this.#open;
  }

  /** Tags come in order: 1, 2, 3 … */
  delivered(tag: number): void {
    this.#next = tag + 1;
    this.#open++;
  }

  acked(tag: number, now: number): void {
    this.#open--;
    this.#waiting.set(tag, now);
  }

  /** Settled in another way, and told the broker already. */
  requeued(tag: number): void {
    this.#open--;
    this.#gone.add(tag);
  }

  /** What is due now; it counts as sent from then on. `all`: without regard to patience. */
  take(now: number, all = false): AcksDue {
    const upTo = this.#contiguous();
    return { upTo, singly: this.#impatient(now, all) };
  }

  /** When the next waiting one will be due (ms since 1970), or `null` where none waits. */
  nextDueAt(): number | null {
    for (const since of this.#waiting.values()) return since + PATIENCE_MS;
    return null;
  }

  #contiguous(): number | null {
    let upTo: number | null = null;
    for (; this.#oldest < this.#next; this.#oldest++) {
      if (this.#waiting.delete(this.#oldest)) upTo = this.#oldest;
      else if (!this.#gone.delete(this.#oldest)) break;
    }
    return upTo;
  }

  #impatient(now: number, all: boolean): number[] {
    const singly: number[] = [];
    for (const [tag, since] of this.#waiting) {
      const waitedMs = now - since; // less than nothing where the clock has been set back
      if (!all && waitedMs >= 0 && waitedMs < PATIENCE_MS) break;
      this.#waiting.delete(tag);
      this.#gone.add(tag);
      singly.push(tag);
    }
    return singly;
  }
}
