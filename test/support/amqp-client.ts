// A sender and receiver for tests: plain amqplib, with nothing of the product in between.
import { type ChannelModel, type ConsumeMessage, connect, type Options } from 'amqplib';
import { until } from './until.ts';

const DEADLINE_MS = 20_000;

export async function openClient(url: string): Promise<TestClient> {
  return new TestClient(await connect(url));
}

/** Its body. */
export const jsonOf = (message: ConsumeMessage | undefined): unknown => JSON.parse(message?.content.toString() ?? '');

export class TestClient {
  readonly connection: ChannelModel;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;

  constructor(connection: ChannelModel) {
    this.connection = connection;
    // A broker that the test kills takes this connection with it; what the test then asks for fails, and says so.
    connection.on('error', () => undefined);
    this.closed = new Promise((resolve) => connection.once('close', () => resolve()));
  }

  /** As every client of the system declares its queues: durable, no arguments. */
  async declare(...queues: string[]): Promise<void> {
    const channel = await this.connection.createChannel();
    for (const queue of queues) await channel.assertQueue(queue, { durable: true });
    await channel.close();
  }

  /** Resolves when the broker has confirmed it; rejects where it has not, or no queue took it. */
  async publish(queue: string, body: string | Buffer, properties: Options.Publish = {}): Promise<void> {
    await this.publishTo('', queue, body, properties);
  }

  async publishTo(
    exchange: string,
    key: string,
    body: string | Buffer,
    properties: Options.Publish = {},
  ): Promise<void> {
    const channel = await this.connection.createConfirmChannel();
    let isReturned = false;
    channel.once('return', () => {
      isReturned = true;
    });
    channel.publish(exchange, key, Buffer.from(body), { persistent: true, mandatory: true, ...properties });
    await channel.waitForConfirms();
    await channel.close();
    if (isReturned) throw new Error(`no queue took the message for '${exchange}' ${key}`);
  }

  /** How many messages wait in the queue. */
  async depth(queue: string): Promise<number> {
    const channel = await this.connection.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    await channel.close();
    return messageCount;
  }

  /** How many consumers the queue has; none, where there is no such queue. */
  async consumers(queue: string): Promise<number> {
    return (await this.#look(queue))?.consumerCount ?? 0;
  }

  async isThere(queue: string): Promise<boolean> {
    return (await this.#look(queue)) !== undefined;
  }

  async #look(queue: string): Promise<{ readonly consumerCount: number } | undefined> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined); // a missing queue closes the channel
    const counted = await channel.checkQueue(queue).catch(() => undefined);
    if (counted !== undefined) await channel.close();
    return counted;
  }

  async purge(queue: string): Promise<void> {
    const channel = await this.connection.createChannel();
    await channel.purgeQueue(queue);
    await channel.close();
  }

  /** Takes everything out of the queue from now on, until `close`. */
  async collect(queue: string): Promise<Collection> {
    const channel = await this.connection.createChannel();
    const messages: ConsumeMessage[] = [];
    await channel.consume(queue, (message) => {
      if (message === null) return;
      messages.push(message);
      channel.ack(message);
    });
    const what = (count: number): string => `${count} messages in ${queue}`;
    return {
      messages,
      async take(count, deadlineMs = DEADLINE_MS) {
        await until(() => messages.length >= count, what(count), deadlineMs).catch((cause: unknown) => {
          throw new Error(`only ${messages.length} of ${what(count)} within ${deadlineMs / 1000} s`, { cause });
        });
        return messages.splice(0, count);
      },
      end: () => channel.close(),
    };
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

export interface Collection {
  /** What has come and has not been taken yet. */
  readonly messages: ConsumeMessage[];
  /** The next `count` messages, in their order, as soon as they are there. */
  take(count: number, deadlineMs?: number): Promise<ConsumeMessage[]>;
  /** Takes nothing more. */
  end(): Promise<void>;
}
