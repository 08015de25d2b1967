// One registration at a queue, on a channel of its own, from its first delivery until the last of them is settled. What
// the broker ends – a deleted queue, an error, the connection – is over: the consumer then makes another one.
import type { Channel, ConsumeMessage, Message } from 'amqplib';
import { type Clock, within } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Delivery } from '../broker.ts';
import { AckWindow } from './ack-window.ts';
import { brokersWords } from './confirm-channel.ts';
import type { Connection } from './connection.ts';
import { AmqpDelivery, type Settler } from './delivery.ts';
import { FROM_FIRST } from './stream.ts';

interface SubscriptionOptions {
  readonly queue: string;
  readonly prefetch: number;
  onDelivery(delivery: Delivery): void;
  /** Called before its first delivery, where this is a stream, to be read from its first entry. */
  readonly onBegin: (() => void) | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A broker may never answer a cancel, or a goodbye: its queue hangs, and the channel with it. */
const GOODBYE_MS = 5_000;

/** What the broker knows as one consumer of a queue. */
interface Registration {
  tag: string;
  readonly prefetch: number;
  isCancelled: boolean;
}

export class Subscription implements Settler {
  /** Why no more deliveries come. */
  readonly ended: Promise<string>;
  /** Resolves when nothing on it can be settled any more. */
  readonly closed: Promise<void>;
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #options: SubscriptionOptions;
  readonly #acks = new AckWindow();
  #end: (why: string) => void = () => undefined;
  #close: () => void = () => undefined;
  #isChannelOpen = true;
  /** The current one; `null` once there is none. */
  #registration: Registration | null = null;
  #wantedPrefetch: number;
  #changing: Promise<void> = Promise.resolve();
  #isRetired = false;
  /** The broker has not answered the cancel: it may still deliver. */
  #isLeft = false;
  #hasBegun = false;
  #isFlushDue = false;
  #cancelTimer: () => void = () => undefined;

  /** Rejects with the broker's refusal. */
  static async open(connection: Connection, options: SubscriptionOptions): Promise<Subscription> {
    const channel = await connection.model.createChannel();
    const subscription = new Subscription(connection, channel, options);
    await subscription.#register(options.prefetch);
    return subscription;
  }

  constructor(connection: Connection, channel: Channel, options: SubscriptionOptions) {
    this.#connection = connection;
    this.#channel = channel;
    this.#options = options;
    this.#wantedPrefetch = options.prefetch;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    let verdict = 'the connection to the broker has ended';
    channel.on('error', (err: Error) => {
      verdict = brokersWords(err);
    });
    channel.on('close', () => this.#onClosed(verdict));
  }

  get isConsuming(): boolean {
    return this.#registration !== null && this.isOpen;
  }

  /** Whether deliveries can still be settled. */
  get isOpen(): boolean {
    return this.#isChannelOpen && this.#connection.isOpen;
  }

  setPrefetch(prefetch: number): void {
    this.#wantedPrefetch = prefetch;
    this.#changing = this.#changing.then(() => this.#changePrefetch());
  }

  /** Resolves when no more deliveries come. The channel stays open for as long as deliveries on it are. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    const cancelled = this.#changing.then(() => this.#cancel());
    if (!(await within(this.#options.clock, GOODBYE_MS, cancelled))) this.#isLeft = true;
    this.#registration = null;
    this.#end('stopped');
    await this.#closeIfDone();
  }

  /** Resolves when the broker knows of all that has been acknowledged so far: it answers in the order that it is told. */
  async settled(): Promise<void> {
    this.#flush(true);
    this.#changing = this.#changing.then(() => this.#askForAnswer());
    await this.#changing;
  }

  /** A question that changes nothing: what a prefetch means for registrations to come is said again with each of them. */
  async #askForAnswer(): Promise<void> {
    if (this.isOpen) await this.#channel.prefetch(this.#wantedPrefetch, false).catch(() => undefined); // it has ended
  }

  /** What is not settled by now, the broker delivers again. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.#flush(true);
    this.#isChannelOpen = false;
    const closed = this.#channel.close().catch(() => undefined); // it is the connection's end then
    // No answer comes where that ends meanwhile.
    await within(this.#options.clock, GOODBYE_MS, closed, this.#connection.over);
  }

  // The broker applies a prefetch to registrations that come after it: a second one takes over from the first.
  async #changePrefetch(): Promise<void> {
    const old = this.#registration;
    if (this.#isRetired || old === null || old.prefetch === this.#wantedPrefetch) return;
    if (this.#isStream) return; // a second registration would read all of it again
    try {
      await this.#register(this.#wantedPrefetch);
      await this.#channel.cancel(old.tag);
    } catch (err) {
      this.#options.logger.debug({ queue: this.#options.queue, err }, 'the prefetch could not be changed');
    }
  }

  async #register(prefetch: number): Promise<void> {
    const { queue } = this.#options;
    const registration: Registration = { tag: '', prefetch, isCancelled: false };
    const onMessage = (received: ConsumeMessage | null): void => {
      if (received !== null) return this.#onMessage(received);
      registration.isCancelled = true;
      if (this.#registration === registration) this.#onCancelled();
    };
    await this.#channel.prefetch(prefetch, false);
    const from = this.#isStream ? FROM_FIRST : {};
    registration.tag = (await this.#channel.consume(queue, onMessage, from)).consumerTag;
    this.#begin();
    this.#registration = registration;
    if (registration.isCancelled) this.#onCancelled();
  }

  get #isStream(): boolean {
    return this.#options.onBegin !== null;
  }

  /** The broker has agreed: it has said so, or sent the first entry. */
  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#options.onBegin?.();
  }

  #onMessage(received: ConsumeMessage): void {
    const { queue, onDelivery, logger } = this.#options;
    this.#begin();
    const { deliveryTag } = received.fields;
    this.#acks.delivered(deliveryTag);
    if (this.#isLeft) return void (this.#isStream ? this.ack(deliveryTag) : this.requeue(deliveryTag)); // see stream.ts
    try {
      onDelivery(new AmqpDelivery(this, queue, received, this.#isStream));
    } catch (err) {
      // A mistake of ours. It stays open: to hand it back would only bring it here again, at once.
      logger.error({ queue, err }, 'a delivery could not be taken; the broker has it back when we stop');
    }
  }

  /** By the broker. What was delivered can still be settled, to no effect. */
  #onCancelled(): void {
    this.#registration = null;
    this.#isRetired = true;
    this.#end(`queue ${this.#options.queue} was deleted`);
    void this.#closeIfDone();
  }

  async #cancel(): Promise<void> {
    const registration = this.#registration;
    this.#registration = null;
    if (registration === null || !this.isOpen) return;
    await this.#channel.cancel(registration.tag).catch(() => undefined); // it is the channel's end then
  }

  async #closeIfDone(): Promise<void> {
    if (this.#isRetired && this.#registration === null && this.#acks.open === 0) await this.close();
  }

  #onClosed(why: string): void {
    this.#isChannelOpen = false;
    this.#registration = null;
    this.#cancelTimer();
    this.#end(why);
    this.#close();
  }

  ack(deliveryTag: number): boolean {
    if (!this.isOpen) return false;
    this.#acks.acked(deliveryTag, this.#options.clock.now());
    this.#flushSoon();
    return true;
  }

  requeue(deliveryTag: number): boolean {
    if (!this.isOpen) return false;
    this.#acks.requeued(deliveryTag);
    this.#tell((channel) => channel.nack(reference(deliveryTag), false, true));
    this.#flushSoon();
    return true;
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      this.#flush(false);
      void this.#closeIfDone();
    });
  }

  #flush(all: boolean): void {
    this.#cancelTimer();
    if (!this.isOpen) return;
    const now = this.#options.clock.now();
    const { upTo, singly } = this.#acks.take(now, all);
    if (upTo !== null) this.#tell((channel) => channel.ack(reference(upTo), true));
    for (const deliveryTag of singly) this.#tell((channel) => channel.ack(reference(deliveryTag), false));
    const dueAt = this.#acks.nextDueAt();
    if (dueAt !== null) this.#cancelTimer = this.#options.clock.after(dueAt - now, () => this.#flush(false));
  }

  /** amqplib throws where the channel is about to close: then the broker delivers again, as after any lost ack. */
  #tell(what: (channel: Channel) => void): void {
    try {
      what(this.#channel);
    } catch (err) {
      this.#options.logger.debug({ queue: this.#options.queue, err }, 'too late to settle: the channel is closing');
    }
  }
}

/** All that amqplib reads of a message that it settles. */
function reference(deliveryTag: number): Message {
  return { fields: { deliveryTag } } as Message;
}
