// The real outside world. The AMQP library is loaded only by a command that needs it.
import { hostname } from 'node:os';
import { canSwitchUsers } from '../child/identity.ts';
import { systemClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import type { Io } from './io.ts';
import { WholeScreen } from './top/terminal.ts';

/** Of a terminal that does not say. */
const DEFAULT_COLUMNS = 80;

export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', nobodyReads);
  return {
    out: (text) => void process.stdout.write(text),
    outBytes: (bytes) => void process.stdout.write(bytes),
    get columns() {
      return process.stdout.isTTY ? process.stdout.columns || DEFAULT_COLUMNS : null;
    },
    get terminal() {
      return process.stdin.isTTY && process.stdout.isTTY ? new WholeScreen(process) : null;
    },
    err: (text) => void process.stderr.write(text),
    get errColumns() {
      return process.stderr.isTTY ? process.stderr.columns || DEFAULT_COLUMNS : null;
    },
    get stdin() {
      return process.stdin; // not touched unless it is read: merely looking at it would keep a pipe open
    },
    isStdinTerminal: process.stdin.isTTY === true,
    env: process.env,
    canSwitchUsers: canSwitchUsers(),
    async openBroker(amqp) {
      const { createAmqpBroker } = await import('../broker/amqp/broker.ts');
      return createAmqpBroker({
        amqp,
        logger: silentLogger, // a command says what went wrong itself, in one line
        clock: systemClock,
        name: `taskqueue command on ${hostname()}`,
      });
    },
  };
}

/** Whoever reads our output may be slow: what we have not got rid of yet would be lost with the process. */
export async function untilWritten(): Promise<void> {
  const written = (stream: NodeJS.WriteStream): Promise<void> =>
    new Promise((resolve) => stream.write('', () => resolve())); // an error means that nobody will ever read it
  await Promise.all([written(process.stdout), written(process.stderr)]);
}

function nobodyReads(): void {
  // `taskqueue plugins | head -1`: whoever read the output has gone, and there is nowhere to say so.
}
