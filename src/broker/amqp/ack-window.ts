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

export interface AckWindow {
  /** Tags come in order: 1, 2, 3 … */
  delivered(tag: number): void;
  acked(tag: number, now: number): void;
  /** Settled in another way, and told the broker already. */
  requeued(tag: number): void;
  /** What is due now; it counts as sent from then on. `all`: without regard to patience. */
  take(now: number, all?: boolean): AcksDue;
  /** When the next waiting one will be due (ms since 1970), or `null` where none waits. */
  nextDueAt(): number | null;
  /** How many are delivered and neither acked nor requeued. */
  readonly open: number;
}

export function createAckWindow(patienceMs = PATIENCE_MS): AckWindow {
  let oldest = 1; // all below are settled with the broker
  let next = 1;
  let open = 0;
  const waiting = new Map<number, number>(); // acked but not sent: tag → since when, in the order of the acks
  const gone = new Set<number>(); // settled with the broker, but not below `oldest`

  function contiguous(): number | null {
    let upTo: number | null = null;
    while (oldest < next) {
      if (waiting.delete(oldest)) upTo = oldest;
      else if (!gone.delete(oldest)) break;
      oldest++;
    }
    return upTo;
  }

  function impatient(now: number, all: boolean): number[] {
    const singly: number[] = [];
    for (const [tag, since] of waiting) {
      if (!all && now - since < patienceMs) break;
      waiting.delete(tag);
      gone.add(tag);
      singly.push(tag);
    }
    return singly;
  }

  return {
    delivered(tag) {
      next = tag + 1;
      open++;
    },
    acked(tag, now) {
      open--;
      waiting.set(tag, now);
    },
    requeued(tag) {
      open--;
      gone.add(tag);
    },
    take(now, all = false) {
      const upTo = contiguous();
      return { upTo, singly: impatient(now, all) };
    },
    nextDueAt() {
      for (const since of waiting.values()) return since + patienceMs;
      return null;
    },
    get open() {
      return open;
    },
  };
}
