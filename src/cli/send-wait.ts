// `taskqueue send --wait`: sends as a client does, tells how it goes, and prints the result.
import { connectWithin } from '../broker/connect-within.ts';
import { Client } from '../client/client.ts';
import { TaskError, Timeout } from '../client/errors.ts';
import type { Handle } from '../client/handle.ts';
import type { TaskState } from '../client/status.ts';
import type { SubmitOptions } from '../client/workitem-message.ts';
import type { AmqpConfig } from '../config/config.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { printable } from '../core/text.ts';
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts';
import type { Io } from './io.ts';
import { isNews, progressLine } from './progress-lines.ts';

export interface WaitedFor {
  readonly type: string;
  readonly body: Buffer;
  readonly options: SubmitOptions;
  readonly maxMessageSize: number;
  /** How long the broker may take (ms). */
  readonly timeoutMs: number;
  /** How long to wait for the result (ms); `null`: as long as it takes. */
  readonly waitMs: number | null;
  readonly showsProgress: boolean;
  readonly json: boolean;
}

/** Resolves with the exit code. */
export async function sendAndWait(wanted: WaitedFor, amqp: AmqpConfig, io: Io): Promise<number> {
  const client = await clientFor(wanted, amqp, io);
  try {
    const handle = await client.submit(wanted.type, wanted.body, wanted.options);
    io.err(`${handle.id}\n`);
    const isShown = wanted.showsProgress ? showProgress(handle, io, systemClock) : Promise.resolve();
    return await report(handle, isShown, wanted, io);
  } finally {
    await client.close();
  }
}

async function clientFor(
  { timeoutMs, maxMessageSize, showsProgress }: WaitedFor,
  amqp: AmqpConfig,
  io: Io,
): Promise<Client> {
  const broker = await io.openBroker(amqp);
  try {
    await connectWithin(broker, systemClock, timeoutMs);
  } catch (err) {
    await broker.stop();
    throw err;
  }
  return new Client({
    broker,
    clock: systemClock,
    logger: silentLogger,
    queueType: amqp.queueType,
    limits: { confirmWithinMs: timeoutMs, callWithinMs: timeoutMs, maxMessageSize },
    hasEvents: showsProgress,
    user: amqp.user,
  });
}

/** To stderr: over and over in one line of a terminal, elsewhere a line for each thing that is new. */
async function showProgress(handle: Handle, io: Io, clock: Clock): Promise<void> {
  let last: TaskState | null = null;
  for await (const state of handle.updates()) {
    const line = progressLine(state, clock.now(), io.errColumns);
    if (io.errColumns !== null) io.err(`\r${line}\x1b[K`);
    else if (isNews(state, last)) io.err(`${line}\n`);
    last = state;
  }
  if (io.errColumns !== null) io.err('\n');
}

async function report(
  handle: Handle,
  isShown: Promise<void>,
  { waitMs, json, type }: WaitedFor,
  io: Io,
): Promise<number> {
  const { id } = handle;
  try {
    const result = await (waitMs === null ? handle.result() : handle.wait(waitMs));
    await isShown;
    const { status, attempt } = handle.state;
    if (json) io.out(`${JSON.stringify({ id, type, status, attempt, result: jsonOf(result) })}\n`);
    else printResult(result, io);
    return EXIT_OK;
  } catch (err) {
    if (!(err instanceof TaskError)) {
      if (io.errColumns !== null) io.err('\n'); // below what was shown last
      if (!(err instanceof Timeout)) throw err;
      throw new TaskqueueError(err.code, `${err.message}: see taskqueue why ${id}`, { cause: err });
    }
    await isShown;
    const { status, message, code, trace } = err;
    if (json) io.out(`${JSON.stringify({ id, type, status, error: message, code, trace })}\n`);
    io.err(`taskqueue: ${id} ${status.toLowerCase()}: ${printable(message)}\n`);
    return EXIT_FAILED;
  }
}

/** Text and bytes as they are; anything else as JSON. */
function printResult(result: unknown, io: Io): void {
  if (Buffer.isBuffer(result)) io.outBytes(result);
  else if (typeof result === 'string') io.out(result.endsWith('\n') ? result : `${result}\n`);
  else io.out(`${JSON.stringify(result, null, io.columns === null ? 0 : 2)}\n`);
}

function jsonOf(result: unknown): unknown {
  return Buffer.isBuffer(result) ? { base64: result.toString('base64') } : result;
}
