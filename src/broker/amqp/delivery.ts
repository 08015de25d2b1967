// A message as the broker has lent it to us, with the ways to settle it: once, and on the channel that it came by.
import type { ConsumeMessage } from 'amqplib';
import type { Delivery } from '../broker.ts';
import { messageFrom } from './properties.ts';
import { entryOf } from './stream.ts';

/** What settles; false where it is too late. */
export interface Settler {
  readonly isOpen: boolean;
  ack(deliveryTag: number): boolean;
  requeue(deliveryTag: number): boolean;
}

export class AmqpDelivery implements Delivery {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly offset: number | null;
  readonly message: Delivery['message'];
  readonly redelivered: boolean;
  readonly #settler: Settler;
  readonly #tag: number;
  #isSettled = false;

  constructor(settler: Settler, queue: string, received: ConsumeMessage, isStream: boolean) {
    const { fields } = received;
    const message = messageFrom(received);
    const entry = isStream ? entryOf(message) : { message, offset: null };
    this.queue = queue;
    this.exchange = fields.exchange;
    this.routingKey = fields.routingKey;
    this.offset = entry.offset;
    this.message = entry.message;
    this.redelivered = fields.redelivered;
    this.#settler = settler;
    this.#tag = fields.deliveryTag;
  }

  get isOpen(): boolean {
    return !this.#isSettled && this.#settler.isOpen;
  }

  ack(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    return this.#settler.ack(this.#tag);
  }

  requeue(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    return this.offset === null ? this.#settler.requeue(this.#tag) : this.#settler.ack(this.#tag);
  }
}
