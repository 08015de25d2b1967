// A TCP connection between a daemon and a broker node that can be made bad: cut, stalled, slow, half open.
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Nothing that comes in goes on, nothing is closed. */
  isSilent: boolean;
}

export class Link {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #latencyMs = 0;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  static async start(target: number): Promise<Link> {
    const port = await freePort();
    const proxy = new Link(port, target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  constructor(port: number, target: number) {
    this.port = port;
    this.#server = createServer({ allowHalfOpen: false }, (near) => this.#join(near, target));
  }

  /** Resets every connection. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** Nothing passes until `resume`; nothing is closed, and new connections get no further either. */
  stall(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  resume(): void {
    this.#open();
  }

  set latencyMs(ms: number) {
    this.#latencyMs = ms;
  }

  /** As when the other machine has vanished: those that there are never hear anything again. */
  silence(): void {
    for (const pair of this.#pairs) pair.isSilent = true;
  }

  /** The same, but only for connections that bodies are published on: what is acknowledged on others still arrives. */
  mutePublishers(): void {
    for (const pair of this.#pairs) if (pair.near.bytesRead > pair.near.bytesWritten) pair.isSilent = true;
  }

  close(): void {
    this.resume();
    this.#server.close();
    this.cut();
  }

  #join(near: Socket, target: number): void {
    const far = dial({ port: target, host: '127.0.0.1' });
    const pair: Pair = { near, far, isSilent: false };
    for (const socket of [near, far]) socket.on('error', () => undefined); // it closes, and that is what counts
    this.#pairs.add(pair);
    void this.#pump(pair, near, far);
    void this.#pump(pair, far, near);
  }

  async #pump(pair: Pair, from: Socket, to: Socket): Promise<void> {
    from.setNoDelay(true);
    try {
      for await (const chunk of from) {
        await this.#gate;
        if (this.#latencyMs > 0) await pause(this.#latencyMs);
        if (!pair.isSilent && !to.write(chunk as Buffer)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
    } catch (error: unknown) {
      if (!(error instanceof Error)) throw error; // it was reset: so is the other side
    }
    if (pair.isSilent && pair.near === from) return; // the broker never hears that the daemon has given up
    await this.#gate;
    from.destroy();
    to.destroy();
    this.#pairs.delete(pair);
  }
}
