// A channel in confirm mode, for as long as it lives: sends messages and tells what became of each.
//
// The broker counts what is published on a channel, and confirms by these numbers. `basic.return` has none, so each message
// carries its number in a header; it comes before its confirm, and that confirm is an ack all the same.
import type { ConfirmChannel as AmqpChannel, Message } from 'amqplib';
import { messageOf } from '../../core/errors.ts';
import type { Patience } from '../../core/patience.ts';
import { printable } from '../../core/text.ts';
import { HEADER } from '../../workitem/headers.ts';
import type { Outgoing, PublishOutcome } from '../broker.ts';
import { weigh } from '../writable.ts';
import type { Connection } from './connection.ts';
import { numberOf } from './outbox.ts';
import { sendPublish } from './publish-frames.ts';

export type Sent =
  | PublishOutcome
  /** The broker closed the channel. With `suspects` > 1, nothing says for whose sake; all may have been stored, or not. */
  | { readonly kind: 'closed'; readonly reason: string; readonly suspects: number }
  /** The channel was closed before; nothing was sent. */
  | { readonly kind: 'unsent' };

type OnSent = (sent: Sent) => void;

interface Pending {
  returned: string | null;
  readonly onSent: OnSent;
}

/** `basic.ack` and `basic.nack`: this number, or with `multiple` all up to it. */
interface Confirm {
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

export class ConfirmChannel {
  readonly #channel: AmqpChannel;
  readonly #connection: Connection;
  /** By their numbers, in the order in which they were sent. */
  readonly #pending = new Map<number, Pending>();
  #sent = 0;
  #isOpen = true;
  /** What the broker said when it closed the channel. */
  #verdict: string | null = null;

  static async open(connection: Connection): Promise<ConfirmChannel> {
    return new ConfirmChannel(await connection.model.createConfirmChannel(), connection);
  }

  constructor(channel: AmqpChannel, connection: Connection) {
    this.#channel = channel;
    this.#connection = connection;
    channel.on('return', (message) => this.#onReturn(message));
    channel.on('error', (err: Error) => {
      this.#verdict = brokersWords(err);
    });
    channel.on('close', () => this.#onClose());
    for (const event of ['ack', 'nack']) channel.removeAllListeners(event); // amqplib's own count knows nothing of ours
    channel.on('ack', (confirm: Confirm) => this.#onConfirm(confirm, false));
    channel.on('nack', (confirm: Confirm) => this.#onConfirm(confirm, true));
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#connection.isOpen;
  }

  /**
   * Calls `onSent` once, and perhaps at once.
   * @param patience where it ends, nobody waits for the confirm any longer
   */
  send(outgoing: Outgoing, patience: Patience | undefined, onSent: OnSent): void {
    const { problem, headerBytes } = weigh(outgoing);
    if (problem !== undefined) return onSent({ kind: 'unwritable', reason: problem });
    if (!this.isOpen) return onSent({ kind: 'unsent' });
    const number = this.#sent + 1;
    try {
      const options = { channel: numberOf(this.#channel), attempt: number, headerBytes };
      sendPublish(this.#connection.outbox, outgoing, options);
    } catch (err) {
      return onSent({ kind: 'unwritable', reason: messageOf(err) }); // nothing of it was sent
    }
    this.#sent = number;
    this.#pending.set(number, { returned: null, onSent });
    patience?.onEnd(() => this.#giveUp(number));
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.#isOpen = false;
    await this.#channel.close().catch(() => undefined); // it is the connection's end then
  }

  #giveUp(number: number): void {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    pending?.onSent({ kind: 'unknown', reason: 'the broker took too long to confirm it' });
  }

  #onReturn(message: Message): void {
    const number: unknown = message.properties.headers?.[HEADER.publish];
    const pending = typeof number === 'number' ? this.#pending.get(number) : undefined;
    if (pending) pending.returned = `no queue takes ${target(message.fields.exchange, message.fields.routingKey)}`;
  }

  #onConfirm({ deliveryTag, multiple }: Confirm, isRefused: boolean): void {
    if (!multiple) return this.#settle(deliveryTag, isRefused);
    for (const number of this.#pending.keys()) {
      if (number > deliveryTag) return;
      this.#settle(number, isRefused);
    }
  }

  #settle(number: number, isRefused: boolean): void {
    const pending = this.#pending.get(number);
    if (pending === undefined) return; // given up before
    this.#pending.delete(number);
    const { returned, onSent } = pending;
    if (returned !== null) onSent({ kind: 'returned', reason: returned });
    else onSent(isRefused ? { kind: 'refused', reason: NACKED } : CONFIRMED);
  }

  #onClose(): void {
    this.#isOpen = false;
    const suspects = this.#pending.size;
    const reason = this.#verdict;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    const sent: Sent = reason === null ? { kind: 'unknown', reason: LOST } : { kind: 'closed', reason, suspects };
    // Not yet: where the whole connection ends, amqplib is in the midst of it, and nobody must ask it for a channel.
    queueMicrotask(() => {
      for (const { onSent } of pending) onSent(sent);
    });
  }
}

const CONFIRMED: Sent = { kind: 'confirmed' };
const NACKED = 'the broker refused the message: its queue is full, or cannot store it now';
const LOST = 'the connection to the broker ended before it had confirmed the message';

function target(exchange: string, routingKey: string): string {
  return exchange === ''
    ? `"${printable(routingKey)}"`
    : `"${printable(routingKey)}" of exchange "${printable(exchange)}"`;
}

/** `Channel closed by server: 404 (NOT-FOUND) with message "NOT_FOUND - no exchange …"` → `NOT_FOUND - no exchange …` */
export function brokersWords(thrown: unknown): string {
  const message = messageOf(thrown);
  return printable(/ with message "(.*)"$/s.exec(message)?.[1] ?? message);
}
