// The orders that stand: what a daemon has to know before it works on anything. Filled from the control log.
import type { Message } from '../workitem/message.ts';

export interface Pause {
  readonly type: string;
  readonly by: string;
  readonly reason: string;
  /** ms since 1970 */
  readonly since: number;
  /** ms since 1970; `null`: until somebody resumes it */
  readonly untilMs: number | null;
}

export interface Cancellation {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** ms since 1970 */
  readonly at: number;
}

/** What the daemons ask of the standing orders. `control/follow.ts` keeps them. */
export interface StandingOrders {
  /** Why this workitem is not to be worked on, or `undefined`. */
  cancellationOf(message: Message): Cancellation | undefined;
  /** Why nothing of this type may begin now, or `undefined`. */
  pauseOf(type: string): Pause | undefined;
  readonly pauses: readonly Pause[];
  /** Resolves when all is known that was ordered before, or can't be known for now. Nothing is to begin before. */
  readonly known: Promise<void>;
  /** As `known`, for what was ordered while there was no connection; `null` while nothing has to be read again. */
  readonly rereading: Promise<void> | null;
  /** Why not all that was ordered is known; `null` where it is, or soon will be. */
  readonly problem: string | null;
  /** Calls `listener` after each change; the function that it returns ends that. */
  onChange(listener: (change: OrderChange) => void): () => void;
}

export type OrderChange =
  | { readonly kind: 'cancelled'; readonly cancellation: Cancellation }
  /** Paused, resumed, or its time is over: `pauseOf` tells which. */
  | { readonly kind: 'paused'; readonly type: string };
