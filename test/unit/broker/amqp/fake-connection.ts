// As much of amqplib's connection as the outbox touches. What is written to its socket is kept.
import { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';

interface Lane {
  write(frame: Buffer): boolean;
  end(): void;
}

export class FakeConnection {
  readonly writes: Buffer[] = [];
  readonly stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      this.writes.push(chunk);
      done();
    },
  });
  readonly frameMax = 131_072;
  readonly channels: { buffer: Lane | Duplex }[] = [{ buffer: this.stream }];

  get model(): ChannelModel {
    return { connection: this } as unknown as ChannelModel;
  }

  get texts(): string[] {
    return this.writes.map((bytes) => bytes.toString('latin1'));
  }

  freshChannel(): number {
    return this.channels.push({ buffer: new Duplex() }) - 1;
  }

  say(channel: number, text: string): void {
    this.channels[channel]?.buffer.write(Buffer.from(text, 'latin1'));
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
