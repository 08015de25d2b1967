// Orders of operators and senders: kept in the stream `taskqueue.control-log`, which every daemon reads from its beginning
// when it starts, and then follows. An order is obeyed by daemons that start long after it was given.

/** What every order says. Who gave it is not in here: that is the `user_id`, which the broker has verified. */
interface AboutOrder {
  readonly v: 1;
  /** Names the order. Said twice, it counts once. */
  readonly operation: string;
  /** When it was given (ms since 1970). */
  readonly at: number;
  /** For people; may be empty. */
  readonly reason: string;
}

export type Order =
  /** The workitem with this id, or this `tq-run`, is not to be worked on; where it runs, it is aborted. */
  | (AboutOrder & { readonly kind: 'cancel'; readonly id: string })
  /** No workitem of this type begins until it is resumed, or until that time (ms since 1970). */
  | (AboutOrder & { readonly kind: 'pause'; readonly type: string; readonly untilMs: number | null })
  | (AboutOrder & { readonly kind: 'resume'; readonly type: string })
  /** Appended by a daemon to see how far it has read. No order at all to the others. */
  | (AboutOrder & { readonly kind: 'mark' });

/** An order with who gave it. */
export interface GivenOrder {
  readonly order: Order;
  /** The login that the broker has verified. */
  readonly by: string;
}
