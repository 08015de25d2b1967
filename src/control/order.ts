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
  /**
   * A pause that stands, appended again by a daemon before the log forgets it: with the operation, time and reason of the
   * pause itself. `by`: who gave that. `upTo`: the last entry that the daemon had read; what was ordered for this type
   * behind it, the daemon did not know of, and that counts more.
   */
  | (AboutOrder & {
      readonly kind: 'repeat';
      readonly type: string;
      readonly untilMs: number | null;
      readonly by: string;
      readonly upTo: number;
    })
  /** Appended by a daemon to see how far it has read. No order at all to the others. */
  | (AboutOrder & { readonly kind: 'mark' });

/** An order with who gave it. */
export interface GivenOrder {
  readonly order: Order;
  /** The login that the broker has verified. */
  readonly by: string;
  /** Where to tell what has become of it; `null`: nowhere. */
  readonly replyTo: string | null;
}
