// Which workitems are cancelled: by their id, or by the name of their life (`tq-run`). As many as there is room for, and then
// the oldest are forgotten. Pure but for what it keeps.
import { HEADER, wholeNumber } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import type { Cancellation } from './standing.ts';

export interface Cancellations {
  add(cancellation: Cancellation): void;
  /** The one that stands against this workitem, or `undefined`. */
  of(message: Message): Cancellation | undefined;
  readonly size: number;
  /** How many had to be forgotten for others. */
  readonly forgotten: number;
}

export function createCancellations(most: number): Cancellations {
  const all = new Map<string, Cancellation>();
  let forgotten = 0;

  return {
    add(cancellation) {
      const before = all.get(cancellation.id);
      all.delete(cancellation.id); // so that it counts as new
      all.set(cancellation.id, before && before.at > cancellation.at ? before : cancellation);
      for (const oldest of all.keys()) {
        if (all.size <= most) break;
        all.delete(oldest);
        forgotten++;
      }
    },
    of({ properties, headers }) {
      if (all.size === 0) return undefined;
      const run = headers[HEADER.run];
      const byRun = typeof run === 'string' ? all.get(run) : undefined;
      if (byRun) return byRun;
      const byId = properties.messageId === undefined ? undefined : all.get(properties.messageId);
      return byId && !isNewLife(headers, byId) ? byId : undefined;
    },
    get size() {
      return all.size;
    },
    get forgotten() {
      return forgotten;
    },
  };
}

/**
 * An operator has requeued it since: that life has not been cancelled. (A workitem that was merely sent, or accepted, after
 * the cancel with its id is hit: the cancel may have overtaken it.)
 */
function isNewLife(headers: Message['headers'], { at }: Cancellation): boolean {
  return HEADER.runOf in headers && (wholeNumber(headers[HEADER.accepted]) ?? Infinity) > at;
}
