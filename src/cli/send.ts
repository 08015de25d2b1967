// `taskqueue send`: publishes one workitem, and says so only when the broker has confirmed it.
import { type Command, InvalidArgumentError } from 'commander';
import type { Broker, Outgoing, PublishOutcome } from '../broker/broker.ts';
import { connectWithin } from '../broker/connect-within.ts';
import { refusalCode } from '../broker/denied.ts';
import { MAX_DELAY_SECONDS, TASKQUEUE } from '../broker/topology.ts';
import { type Basics, refuseMistakes } from '../config/load.ts';
import { systemClock, within } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import { refusalOf } from '../handling/checks.ts';
import { toQueue } from '../handling/to-queue.ts';
import { loadConfigBasics } from '../installation/load.ts';
import { HEADER } from '../workitem/headers.ts';
import { newId } from '../workitem/new-id.ts';
import { configOption, timeoutOption } from './common-options.ts';
import { EXIT_OK } from './exit-codes.ts';
import type { Done, Io } from './io.ts';
import { duration } from './parsers.ts';
import { readBody } from './read-body.ts';
import {
  addressed,
  headerOf,
  likelyContentType,
  refuseBrokenJson,
  refuseNotification,
  whatToSend,
} from './send-request.ts';
import { sendAndWait, type WaitedFor } from './send-wait.ts';
import { usage } from './usage.ts';

interface SendOptions {
  readonly config: string;
  readonly file?: string;
  readonly contentType?: string;
  readonly id?: string;
  readonly header?: readonly (readonly [string, string])[];
  readonly replyTo?: string;
  readonly correlationId?: string;
  /** ms, as the others that are times */
  readonly delay?: number;
  readonly expires?: number;
  readonly timeout: number;
  /** ms; `true`: as long as it takes */
  readonly wait?: number | true;
  readonly progress?: boolean;
  readonly json?: boolean;
}

export function registerSend(program: Command, io: Io, done: Done): void {
  program
    .command('send')
    .description('send a workitem, and print its id once the broker has it')
    .argument('[type]', 'the worker type; left out, the body names it')
    .argument('[body]', 'the body; - or nothing reads it from standard input')
    .option('--file <file>', 'read the body from a file')
    .option('--content-type <type>', 'left out: what the body looks like, JSON, JSON-RPC, text or neither')
    .option('--id <id>', "the workitem's id; left out, a new one is made")
    .option('--header <name=value>', 'a header, as often as wanted', collectHeaders)
    .option('--reply-to <queue>', 'the queue for its result')
    .option('--correlation-id <id>', 'comes back with the result')
    .option('--delay <duration>', 'not before then: 30s, 5m, 2h, 1d', delay)
    .option('--expires <duration>', 'not after then', duration)
    .addOption(timeoutOption())
    .option('--wait [duration]', 'wait for its result and print that; left out: as long as it takes', duration)
    .option('--progress', 'with --wait: show how far it is, on stderr')
    .option('--json', 'print JSON')
    .addOption(configOption(io))
    .addHelpText('after', HELP)
    .action(async (type: string | undefined, body: string | undefined, options: SendOptions) => {
      const args = [type, body].filter((arg) => arg !== undefined);
      done(await send(args, options, io));
    });
}

const HELP = `
The exit code is 69 where the broker did not confirm in time, and 1 where it was waited for and failed. An only argument
that can't be a type is the body. With --wait, the id goes to stderr.

Examples:
  taskqueue send echo '{"hello": "world"}'
  taskqueue send simplebuilder --file package.dsc.json --expires 1d
  tar cz . | taskqueue send unpack --content-type application/gzip
  taskqueue send '{"worker_type": "echo", "hello": "world"}'
  taskqueue send resize '{"width": 800}' --wait 10m --progress
  taskqueue send '{"jsonrpc": "2.0", "method": "math.add", "params": [1, 2], "id": 1}' --wait
  taskqueue send echo 'later' --delay 5m --reply-to my_results`;

async function send(args: readonly string[], options: SendOptions, io: Io): Promise<number> {
  const { type, source } = whatToSend({ args, file: options.file, isStdinTerminal: io.isStdinTerminal });
  const basics = loadConfigBasics(options.config, { isRoot: false }); // nothing of it is run as another user
  refuseMistakes(basics.report);
  const body = await readBody(source, basics.general.maxMessageSize, io);
  if (type === null && body.length === 0) throw usage('there is neither a type nor a body: give TYPE, BODY or both');
  if (type === null) refuseBrokenJson(body, options.contentType);
  if (options.wait !== undefined) return sendAndWait(waitedFor(type, body, options, basics), basics.amqp, io);
  if (options.progress) throw usage('--progress shows how far something is that is waited for: give --wait, too');
  const outgoing = outgoingFor(type, body, options, basics.general.maxMessageSize);
  const broker = await io.openBroker(basics.amqp);
  try {
    refuseUnless(await publish(broker, outgoing, options.timeout), outgoing);
  } finally {
    await broker.stop();
  }
  const { messageId: id, contentType } = outgoing.properties;
  io.out(options.json ? `${JSON.stringify({ id, type, queue: TASKQUEUE, contentType })}\n` : `${id}\n`);
  return EXIT_OK;
}

function waitedFor(type: string | null, body: Buffer, options: SendOptions, { general }: Basics): WaitedFor {
  const odd = (['id', 'replyTo'] as const).find((name) => options[name] !== undefined);
  if (odd)
    throw usage(
      `--wait has an id and a queue for the result of its own: leave out --${odd === 'id' ? 'id' : 'reply-to'}`,
    );
  const format = options.contentType ?? likelyContentType(body);
  const types = { whenAbsent: general.defaultWorkitemType, map: general.workitemTypeMap };
  refuseNotification(body, format, types);
  const { delay, expires, correlationId, header, wait, progress, json, timeout } = options;
  return {
    ...(type === null ? addressed(body, format, types) : { type, body }),
    options: {
      format,
      ...(delay !== undefined && { delay }),
      ...(expires !== undefined && { expires }),
      ...(correlationId !== undefined && { correlationId }),
      ...(header !== undefined && { headers: Object.fromEntries(header) }),
    },
    maxMessageSize: general.maxMessageSize,
    timeoutMs: timeout,
    waitMs: typeof wait === 'number' ? wait : null,
    showsProgress: progress ?? false,
    json: json ?? false,
  };
}

/** @throws TaskqueueError `USAGE` for what a daemon would park: here, somebody can mend it */
function outgoingFor(type: string | null, body: Buffer, options: SendOptions, maxMessageSize: number): Outgoing {
  const now = Date.now();
  const contentType = options.contentType ?? likelyContentType(body);
  const { replyTo, correlationId, delay: delayMs, expires: expiresMs } = options;
  const message = {
    body,
    properties: {
      messageId: options.id ?? newId(),
      deliveryMode: 2,
      timestamp: Math.floor(now / 1000),
      contentType,
      ...(replyTo !== undefined && { replyTo }),
      ...(correlationId !== undefined && { correlationId }),
    },
    headers: {
      ...Object.fromEntries(options.header ?? []),
      ...(type !== null && { [HEADER.type]: type }),
      ...(delayMs !== undefined && { [HEADER.due]: now + delayMs }),
      ...(expiresMs !== undefined && { [HEADER.expires]: now + expiresMs }),
    },
  };
  const refusal = refusalOf(message, { maxMessageSize, now });
  if (refusal) throw usage(`this workitem would be parked: ${refusal.error}`);
  return toQueue(message, TASKQUEUE);
}

async function publish(broker: Broker, outgoing: Outgoing, timeoutMs: number): Promise<PublishOutcome> {
  const until = systemClock.now() + timeoutMs;
  await connectWithin(broker, systemClock, timeoutMs);
  const publishing = broker.publish(outgoing);
  const isKnown = await within(systemClock, until - systemClock.now(), publishing);
  return isKnown ? publishing : { kind: 'unknown', reason: broker.status.problem ?? 'it did not confirm in time' };
}

function refuseUnless(outcome: PublishOutcome, { properties }: Outgoing): void {
  switch (outcome.kind) {
    case 'confirmed':
      return;
    case 'returned':
      throw new TaskqueueError(
        'UNAVAILABLE',
        `there is no queue "${TASKQUEUE}" yet: start a dispatcher, which makes it`,
      );
    case 'refused':
      throw new TaskqueueError(refusalCode(outcome.reason), `the broker refused the workitem: ${outcome.reason}`);
    case 'unwritable':
      throw new TaskqueueError('USAGE', `the workitem cannot be written as a message: ${outcome.reason}`);
    case 'unknown': {
      const advice = `it may have the workitem ${properties.messageId}, or not; send it again with --id ${properties.messageId}`;
      throw new TaskqueueError('UNAVAILABLE', `the broker: ${outcome.reason}; ${advice}`);
    }
    default:
      outcome satisfies never;
  }
}

function collectHeaders(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): (readonly [string, string])[] {
  return [...before, headerOf(text)];
}

function delay(text: string): number {
  const ms = duration(text);
  if (ms > MAX_DELAY_SECONDS * 1000) throw new InvalidArgumentError('The longest delay is about 17 years.');
  return ms;
}
