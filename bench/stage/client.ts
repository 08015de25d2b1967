// The sender and receiver of the measurements: plain amqplib.
import { setTimeout as pause } from 'node:timers/promises';
import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib';

export const PAYLOAD_BYTES = 1024;

/** A workitem for this type, of this size to the byte. */
export function bodyFor(type: string, bytes = PAYLOAD_BYTES): Buffer {
  const text = JSON.stringify({ worker_type: type, pad: '' });
  return Buffer.from(JSON.stringify({ worker_type: type, pad: 'x'.repeat(bytes - text.length) }));
}

export const PERSISTENT: Options.Publish = { deliveryMode: 2, contentType: 'application/json', mandatory: true };

const IN_FLIGHT = 1_000;
const LOOK_EVERY_MS = 3;

export class Client {
  readonly #connection: ChannelModel;
  readonly #channel: ConfirmChannel;

  static async open(url: string): Promise<Client> {
    const connection = await connect(url);
    return new Client(connection, await connection.createConfirmChannel());
  }

  constructor(connection: ChannelModel, channel: ConfirmChannel) {
    this.#connection = connection;
    this.#channel = channel;
  }

  async declare(queue: string, queueType: QueueType): Promise<void> {
    const options = queueType === 'quorum' ? { arguments: { 'x-queue-type': 'quorum' } } : {};
    await this.#channel.assertQueue(queue, { durable: true, ...options });
  }

  /** Resolves when the broker has confirmed all of them. */
  async fill(
    count: number,
    messageAt: (index: number) => { queue: string; body: Buffer; options?: Options.Publish },
  ): Promise<void> {
    for (let sent = 0; sent < count; sent++) {
      const { queue, body, options } = messageAt(sent);
      this.#channel.publish('', queue, body, { ...PERSISTENT, ...options });
      if (sent % IN_FLIGHT === IN_FLIGHT - 1) await this.#channel.waitForConfirms();
    }
    await this.#channel.waitForConfirms();
  }

  /** Its confirm is not waited for. */
  send(queue: string, body: Buffer, options: Options.Publish = {}): void {
    this.#channel.publish('', queue, body, { ...PERSISTENT, ...options });
  }

  async depth(queue: string): Promise<number> {
    return (await this.#channel.checkQueue(queue)).messageCount;
  }

  async purge(queue: string): Promise<void> {
    await this.#channel.purgeQueue(queue);
  }

  /** How fast `count` messages come into a queue, per second, from the first of them that is seen on. Nobody consumes it. */
  async arrivalRate(queue: string, count: number): Promise<number> {
    let first: { at: number; depth: number } | undefined;
    for (;;) {
      const depth = await this.depth(queue);
      const at = performance.now();
      if (depth >= count && first) return ((depth - first.depth) / (at - first.at)) * 1000;
      if (depth > 0) first ??= { at, depth };
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Takes everything out of the queue, and tells when. */
  async receive(queue: string): Promise<Receiver> {
    const channel = await this.#connection.createChannel();
    const receiver = new Receiver();
    await channel.consume(queue, (message) => message && receiver.arrived(message.properties.correlationId), {
      noAck: true,
    });
    return receiver;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

export type QueueType = 'classic' | 'quorum';

export class Receiver {
  #count = 0;
  #wanted = 0;
  #firstAt = 0;
  #done: () => void = () => undefined;
  #awaited: unknown;

  /** Results per second, from the first to the last of so many. */
  async rateOf(count: number, begin: () => void): Promise<number> {
    this.#count = 0;
    this.#wanted = count;
    this.#awaited = undefined;
    const done = this.#settled();
    begin();
    await done;
    return ((count - 1) / (performance.now() - this.#firstAt)) * 1000;
  }

  /** How many come within this time, per second. */
  async rateWithin(ms: number): Promise<number> {
    const begin = this.#count;
    const startedAt = performance.now();
    await pause(ms);
    return ((this.#count - begin) / (performance.now() - startedAt)) * 1000;
  }

  async resultFor(correlationId: string): Promise<void> {
    this.#wanted = 0;
    this.#awaited = correlationId;
    await this.#settled();
  }

  arrived(correlationId: unknown): void {
    this.#count++;
    if (this.#count === 1) this.#firstAt = performance.now();
    if (this.#count === this.#wanted || (correlationId !== undefined && correlationId === this.#awaited)) this.#done();
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }
}
