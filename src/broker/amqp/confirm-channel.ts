// A channel in confirm mode, for as long as it lives: sends messages and tells what became of each.
//
// `basic.return` has no delivery tag, so each attempt carries a name of its own in a header; it comes before its
// confirm, and that confirm is an ack all the same.
import { type ConfirmChannel as AmqpChannel, IllegalOperationError, type Message } from 'amqplib';
import { messageOf } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { HEADER } from '../../workitem/headers.ts';
import type { Outgoing, PublishOutcome } from '../broker.ts';
import { unwritableReason } from '../writable.ts';
import type { Connection } from './connection.ts';
import { publishOptions } from './properties.ts';

export type Sent =
  | PublishOutcome
  /** The broker closed the channel. With `suspects` > 1, nothing says for whose sake; all may have been stored, or not. */
  | { readonly kind: 'closed'; readonly reason: string; readonly suspects: number }
  /** The channel was closed before; nothing was sent. */
  | { readonly kind: 'unsent' };

interface Pending {
  returned: string | null;
  readonly settle: (sent: Sent) => void;
}

export class ConfirmChannel {
  readonly #channel: AmqpChannel;
  readonly #connection: Connection;
  readonly #pending = new Map<string, Pending>();
  #names = 0;
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
    // Before amqplib's own listener, which answers all pending confirms with an error.
    channel.prependListener('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#connection.isOpen;
  }

  /** `enough`: nobody waits for the confirm any longer. */
  send(outgoing: Outgoing, enough?: AbortSignal): Promise<Sent> {
    return new Promise((settle) => {
      const flaw = unwritableReason(outgoing);
      if (flaw !== undefined) return settle({ kind: 'unwritable', reason: flaw });
      if (!this.isOpen) return settle({ kind: 'unsent' });
      const name = (++this.#names).toString(36);
      try {
        const options = publishOptions(outgoing, name);
        this.#channel.publish(outgoing.exchange, outgoing.routingKey, outgoing.body, options, (err: unknown) =>
          this.#onConfirm(name, err !== null),
        );
        this.#pending.set(name, { returned: null, settle });
        enough?.addEventListener('abort', () => this.#giveUp(name), { once: true });
      } catch (err) {
        const isClosed = err instanceof IllegalOperationError;
        settle(isClosed ? { kind: 'unsent' } : { kind: 'unwritable', reason: messageOf(err) });
      }
    });
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.#isOpen = false;
    await this.#channel.close().catch(() => undefined); // it is the connection's end then
  }

  #giveUp(name: string): void {
    const pending = this.#pending.get(name);
    this.#pending.delete(name);
    pending?.settle({ kind: 'unknown', reason: 'the broker took too long to confirm it' });
  }

  #onReturn(message: Message): void {
    const name: unknown = message.properties.headers?.[HEADER.publish];
    const pending = typeof name === 'string' ? this.#pending.get(name) : undefined;
    if (pending) pending.returned = `no queue takes ${target(message.fields.exchange, message.fields.routingKey)}`;
  }

  #onConfirm(name: string, isRefused: boolean): void {
    const pending = this.#pending.get(name);
    if (pending === undefined) return; // settled when the channel closed
    this.#pending.delete(name);
    const { returned, settle } = pending;
    if (returned !== null) settle({ kind: 'returned', reason: returned });
    else settle(isRefused ? { kind: 'refused', reason: NACKED } : { kind: 'confirmed' });
  }

  #onClose(): void {
    this.#isOpen = false;
    const suspects = this.#pending.size;
    const reason = this.#verdict;
    for (const { settle } of this.#pending.values()) {
      settle(reason === null ? { kind: 'unknown', reason: LOST } : { kind: 'closed', reason, suspects });
    }
    this.#pending.clear();
  }
}

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
