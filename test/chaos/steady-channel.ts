// A channel that is opened again, at one of several nodes, for as long as it is not stopped: for the sender and for the
// collector, who must outlive every fault that they do not suffer themselves.
import { setTimeout as pause } from 'node:timers/promises';
import { type ConfirmChannel, connect } from 'amqplib';

const CONNECT_TIMEOUT_MS = 3_000;
const PAUSE_MS = 300;

export interface SteadyOptions {
  readonly urls: readonly string[];
  /** Once for each new channel. Where it rejects, another one is tried. */
  onOpen(channel: ConfirmChannel): Promise<void>;
  onLost(): void;
}

/** Until the signal; resolves when its connection is closed. */
export async function keepChannel({ urls, onOpen, onLost }: SteadyOptions, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (let turn = 0; !signal.aborted; turn++) {
    try {
      const url = `${urls[turn % urls.length]}?heartbeat=3`;
      const connection = await connect(url, { timeout: CONNECT_TIMEOUT_MS });
      const lost = new Promise<void>((resolve) => {
        connection.once('close', () => resolve());
        connection.on('error', () => resolve());
        aborted.then(resolve);
      });
      const channel = await Promise.race([connection.createConfirmChannel(), lost]);
      if (channel) {
        const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()));
        channel.on('error', () => undefined); // it closes; a new one is opened
        await Promise.race([onOpen(channel), lost, closed]);
        await Promise.race([lost, closed]);
        onLost();
      }
      await Promise.race([connection.close().catch(() => undefined), pause(1_000)]);
    } catch (error: unknown) {
      if (!(error instanceof Error)) throw error; // no node there, for now
    }
    if (!signal.aborted) await pause(PAUSE_MS);
  }
}
