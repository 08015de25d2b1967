// State changes of workitems and instances: one closed, versioned union. They are for whoever watches – listeners at the
// other end of the broker, the memories of a daemon, the demo – and never hold up the work.
import { identityOf } from '../workitem/envelope.ts';
import type { Message } from '../workitem/message.ts';

/** What every event about a workitem says. */
export interface AboutWorkitem {
  readonly v: 1;
  /** ms since 1970 */
  readonly at: number;
  readonly id: string;
  /** Empty where it could not be found out. */
  readonly type: string;
  /** The life of the workitem: `tq-run`. Empty before it was accepted. */
  readonly run: string;
  /** Where its sender wants the result: listeners ask for those with their own. `null`: it has none. */
  readonly replyTo: string | null;
}

export type WorkitemEvent =
  /** A dispatcher has accepted it and passed it on to a worker queue. */
  | (AboutWorkitem & { readonly kind: 'routed'; readonly queue: string })
  /** Set aside: there is no such queue, or it refuses. */
  | (AboutWorkitem & { readonly kind: 'unroutable'; readonly queue: string })
  | (AboutWorkitem & { readonly kind: 'started'; readonly instance: string; readonly attempt: number })
  | (AboutWorkitem & { readonly kind: 'progress'; readonly fraction: number; readonly note: string })
  | (AboutWorkitem & { readonly kind: 'finished'; readonly instance: string; readonly tookMs: number })
  | (AboutWorkitem & { readonly kind: 'failed'; readonly instance: string; readonly error: string })
  | (AboutWorkitem & { readonly kind: 'expired' })
  /** `error` says by whom, and why. */
  | (AboutWorkitem & { readonly kind: 'cancelled'; readonly error: string })
  /** Waits in the broker until then; `attempt`: which one follows. */
  | (AboutWorkitem & {
      readonly kind: 'delayed';
      readonly untilMs: number;
      readonly why: string;
      readonly attempt: number;
    })
  /** Back in its worker queue, for anybody to take. */
  | (AboutWorkitem & { readonly kind: 'queued'; readonly queue: string; readonly why: string })
  /** `isReported`: its sender gets a failed result as well. */
  | (AboutWorkitem & {
      readonly kind: 'parked';
      readonly reason: string;
      readonly error: string;
      readonly isReported: boolean;
    });

/** @param type `null`: nobody knows it */
export function aboutWorkitem(message: Message, type: string | null, at: number): AboutWorkitem {
  return { v: 1, at, type: type ?? '', ...identityOf(message) };
}

interface AboutInstance {
  readonly v: 1;
  readonly at: number;
  readonly instance: string;
  readonly type: string;
}

export type InstanceEvent =
  | (AboutInstance & { readonly kind: 'ready'; readonly pid: number })
  | (AboutInstance & { readonly kind: 'died'; readonly how: string; readonly restartInMs: number })
  | (AboutInstance & { readonly kind: 'failing'; readonly why: string })
  | (AboutInstance & { readonly kind: 'gone' });

export type TaskqueueEvent = WorkitemEvent | InstanceEvent;

/** Where events go. Must return at once and must not throw. */
export type EventSink = (event: TaskqueueEvent) => void;
