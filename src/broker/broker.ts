// The broker port: all that the product asks of a broker. Two adaptors keep it, `amqp/` (RabbitMQ) and `memory/` (in
// process); `test/contract` holds both to the same suite.
import type { Patience } from '../core/patience.ts';
import type { Message } from '../workitem/message.ts';
import type { Declarations } from './declarations.ts';

/** A message with the place where it shall go. */
export interface Outgoing extends Message {
  /** '' is the default exchange: the routing key then names a queue. */
  readonly exchange: string;
  readonly routingKey: string;
  /** Whether the broker shall say so where no queue takes it. */
  readonly mandatory: boolean;
}

/** How a publish ended. Nothing is ever thrown for the broker's sake. */
export type PublishOutcome =
  /** Stored in every queue that it was routed to; for a mandatory one, that is at least one. */
  | { readonly kind: 'confirmed' }
  /** Mandatory, and no queue took it. */
  | { readonly kind: 'returned'; readonly reason: string }
  /** The broker will not have this one: a full queue, no permission, no such exchange, too large. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It can't be put on the wire: headers over the frame size, values that AMQP has no type for. */
  | { readonly kind: 'unwritable'; readonly reason: string }
  /** The connection ended first, or there is none: it may have been stored, or not. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** A message that the broker has lent us until it is settled. Settling twice, or too late, does nothing. */
export interface Delivery {
  readonly queue: string;
  /** The exchange that it was published to, as the broker knows it: unlike headers, not for its sender to invent. */
  readonly exchange: string;
  /** The routing key that it was published with, likewise. With `CC`, a message reaches queues of other keys, too. */
  readonly routingKey: string;
  /** Which entry of a stream it is: later ones have higher numbers. `null` where the queue is no stream. */
  readonly offset: number | null;
  readonly message: Message;
  /** The broker has delivered it before, to us or to somebody else. */
  readonly redelivered: boolean;
  /** False once it is settled, or its channel is gone: then the broker delivers it again. */
  readonly isOpen: boolean;
  /** The broker may forget it. False where the delivery was gone already. */
  ack(): boolean;
  /** The broker shall deliver it again, to anybody. */
  requeue(): boolean;
}

export interface ConsumeOptions {
  readonly queue: string;
  /** What must be there first; seen to again on every new connection, and after the queue was deleted. */
  readonly declarations: Declarations;
  /** How many unsettled deliveries it may hold. */
  readonly prefetch: number;
  /**
   * Reads a stream: all entries that it still has, from the first on, and then each that is appended. Nothing is consumed,
   * any number may read, each for itself; to settle an entry, either way, only makes room for the next. (What was appended
   * together comes together, whatever the prefetch.) After every break – a new connection, the stream was deleted – reading
   * begins at the first again, and not behind the last one that was read: it may be another stream by then, with fewer
   * entries. Of a header table, a stream keeps texts, numbers and truth values.
   */
  readonly from?: 'first';
  /** For a stream: reading begins at the first entry now, for the first time or again. */
  onBegin?(): void;
  onDelivery(delivery: Delivery): void;
}

/** Consumes for as long as it is not stopped: across connections, refusals and deletions of the queue. */
export interface Consumer {
  /** True while the broker has it registered. */
  readonly isConsuming: boolean;
  /** Why the broker does not let it consume, in its words; `null` while it does, or while there is no connection. */
  readonly problem: string | null;
  /** Takes effect for deliveries from now on; for a stream, with the next connection. */
  setPrefetch(prefetch: number): void;
  /** No further deliveries once it resolves; those that are open can still be settled. */
  stop(): Promise<void>;
  /** As `stop`, and the broker has back what is open: all of it in the order in which it came. */
  release(): Promise<void>;
}

/** `reason` is in the broker's words. */
export type DeclareOutcome =
  | { readonly kind: 'declared' }
  /** Something is not there, and this user may not make it; or not like this. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The connection ended first, or there is none. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface QueueInfo {
  /** Ready to be delivered: without those that are lent out. */
  readonly messages: number;
  readonly consumers: number;
}

export interface BrokerStatus {
  /** `waiting`: between two attempts to connect. `blocked`: connected, but the broker takes no messages now. */
  readonly state: 'stopped' | 'connecting' | 'connected' | 'blocked' | 'waiting';
  /** host:port, the current one or the last that was tried */
  readonly host: string;
  /** Why it is not connected, or why it is blocked. */
  readonly problem: string | null;
}

export function isConnected({ state }: Pick<BrokerStatus, 'state'>): boolean {
  return state === 'connected' || state === 'blocked';
}

export interface Broker {
  readonly status: BrokerStatus;
  /** Begins to connect, and goes on for as long as it is not stopped. Resolves with the first attempt, however it ends. */
  start(): Promise<void>;
  /** Ends all consumers and waits for the confirms that are still due, but no longer than a few seconds. */
  stop(): Promise<void>;
  /** Resolves once connected; rejects when `signal` aborts, with the last problem. */
  untilConnected(signal: AbortSignal): Promise<void>;
  /** Where `patience` ends, nobody waits any longer for how it ends: then it is `unknown`, and may still be stored. */
  publish(outgoing: Outgoing, patience?: Patience): Promise<PublishOutcome>;
  /** Sees to it that these exist. What exists already, with whatever arguments, stays as it is. */
  declare(declarations: Declarations): Promise<DeclareOutcome>;
  consume(options: ConsumeOptions): Consumer;
  /** Resolves when the broker knows of all that has been acknowledged so far, or there is no connection any more. */
  settled(): Promise<void>;
  /** `undefined` where there is no such queue. Rejects with `UNAVAILABLE` where the broker can't be asked. */
  queueInfo(queue: string): Promise<QueueInfo | undefined>;
  /** With all that is in it: for queues that are nobody else's. Rejects as `queueInfo`; one that is not there is gone, too. */
  deleteQueue(queue: string): Promise<void>;
  /** Calls `listener` at every change of `status`, until the function that it returns is called. */
  onStatus(listener: (status: BrokerStatus) => void): () => void;
}
