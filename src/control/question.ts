// What may be asked of every daemon, through the exchange `taskqueue.control`. A question changes nothing.

/** `operation`: the name under which the answers come back (their `correlation_id`). */
interface AboutQuestion {
  readonly v: 1;
  readonly operation: string;
}

export type Question =
  /** What runs there, and how it goes. */
  | (AboutQuestion & { readonly kind: 'status' })
  /** What is known there of a workitem, by its id or the name of its life (`tq-run`). */
  | (AboutQuestion & { readonly kind: 'why'; readonly id: string })
  /**
   * Events for `forMs` from now, to the queue named by the question's `reply_to`; asked again before that time is over.
   * `replyTo`: only those about workitems with this `reply_to`; `null`: all.
   */
  | (AboutQuestion & { readonly kind: 'listen'; readonly replyTo: string | null; readonly forMs: number });
