// Sends workitems at a steady rate and books which of them the broker has confirmed: only those count. What it could not
// get confirmed it does not send again; it may come out, or not.
import { setTimeout as pause } from 'node:timers/promises';
import type { ConfirmChannel } from 'amqplib';
import type { LedgerEvent } from './ledger.ts';
import { keepChannel } from './steady-channel.ts';
import type { Order } from './workload.ts';

export interface SenderOptions {
  readonly urls: readonly string[];
  readonly perSecond: number;
  next(): Order;
  book(event: LedgerEvent): void;
}

/** Until the signal; a broker that has not confirmed a few seconds later does not count any more. */
export async function send({ urls, perSecond, next, book }: SenderOptions, signal: AbortSignal): Promise<void> {
  let channel: ConfirmChannel | null = null;
  const end = new AbortController();
  const connected = keepChannel(
    {
      urls,
      async onOpen(opened) {
        channel = opened;
      },
      onLost() {
        channel = null;
      },
    },
    end.signal,
  );
  while (!signal.aborted) {
    await pause(1000 / perSecond);
    if (channel !== null) publish(channel, next(), book);
  }
  await pause(2_000);
  end.abort();
  await connected;
}

function publish(channel: ConfirmChannel, order: Order, book: SenderOptions['book']): void {
  const { id, queue, body, contentType, headers, replyTo } = order;
  const properties = {
    messageId: id,
    contentType,
    headers,
    persistent: true,
    ...(replyTo === null ? {} : { replyTo }),
  };
  book({ kind: 'sent', order });
  try {
    channel.publish('', queue, Buffer.from(body), properties, (error: unknown) => {
      if (error === null || error === undefined) book({ kind: 'confirmed', id });
    });
  } catch (error: unknown) {
    if (!(error instanceof Error)) throw error; // the channel is closing: it was not sent
  }
}
