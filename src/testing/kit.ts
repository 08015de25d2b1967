// The public entry 'taskqueue/testing', for authors of plugins: dispatcher, pool manager and broker in the process of the
// test, real worker processes, and time that need not be waited for.
import { replyDeclarations, replyQueue, sharedQueue, TASKQUEUE } from '../broker/topology.ts';
import { encodeBody } from '../client/body.ts';
import { pause, systemClock } from '../core/clock.ts';
import { parseDurationMs } from '../core/duration.ts';
import { TaskqueueError } from '../core/errors.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { TaskqueueEvent } from '../events/event.ts';
import { toQueue } from '../handling/to-queue.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Headers, Properties } from '../workitem/message.ts';
import { newId } from '../workitem/new-id.ts';
import { Findings } from './findings.ts';
import { installationOf } from './installation.ts';
import type { Outcome } from './outcome.ts';
import { type Progress, progressOf } from './progress.ts';
import { SkippingClock } from './skipping-clock.ts';
import { System } from './system.ts';

export type { TaskqueueEvent } from '../events/event.ts';
export type { Outcome, Parked } from './outcome.ts';

export interface KitOptions {
  /** Directories of plugins; the current one, where it is left out. */
  readonly plugins?: readonly string[];
  /** Text of a config.ini: the sections of the plugins' types. */
  readonly config?: string;
  /** Where the log lines of dispatcher, pool manager and workers go; nowhere, where it is left out. */
  readonly logger?: Logger;
  /** How long `startKit` and `drain` wait before they reject, in ms of real time: 30,000. */
  readonly patienceMs?: number;
}

export interface SendOptions {
  /** The workitem's id; a new one, where it is left out. */
  readonly id?: string;
  /** `application/json`; for bytes `application/octet-stream`, for a string `text/plain`. */
  readonly contentType?: string;
  /** Also those that senders set: `tq-due`, `tq-expires`, `tq-max-attempts`, `tq-timeout`. */
  readonly headers?: Headers;
  /** Further properties of the AMQP message. */
  readonly properties?: Properties;
}

/** Rejects with what is wrong with the configuration or with a plugin, or where a worker does not get ready. */
export async function startKit(options: KitOptions = {}): Promise<Kit> {
  const kit = new Kit(options);
  await kit.start();
  return kit;
}

export class Kit {
  /** All events so far, in their order. */
  readonly events: TaskqueueEvent[] = [];
  readonly #clock = new SkippingClock();
  readonly #system: System;
  readonly #findings = new Findings();
  readonly #queues: readonly string[];
  readonly #patienceMs: number;

  /** For `startKit`. */
  constructor({ plugins = ['.'], config = '', logger = silentLogger, patienceMs = 30_000 }: KitOptions) {
    const installation = installationOf(plugins, config);
    const keys = installation.config.groups.map(({ options }) => options.resultsRoutingKey);
    this.#queues = [...new Set(keys)].filter((key) => key !== '');
    this.#patienceMs = patienceMs;
    const events = (event: TaskqueueEvent): void => {
      this.events.push(event);
      this.#findings.told(event);
    };
    this.#system = new System(installation, { clock: this.#clock, logger, events });
  }

  /** For `startKit`. */
  async start(): Promise<void> {
    await this.#system.start();
    const { sender } = this.#system;
    await sender.declare(sharedQueue(TASKQUEUE, null));
    for (const queue of this.#queues) this.#findings.collectResults(sender, queue, sharedQueue(queue, null));
    this.#findings.collectResults(sender, replyQueue(CLIENT), replyDeclarations(CLIENT, null));
    this.#findings.collectParked(sender);
    try {
      await this.#until(({ isUp, problem }) => {
        if (problem !== null) throw new TaskqueueError('PLUGIN', problem);
        return isUp;
      }, 'the workers are ready');
    } catch (err) {
      await this.stop();
      throw err;
    }
  }

  /** ms since 1970, as dispatcher and pool manager see it. */
  now(): number {
    return this.#clock.now();
  }

  /** Sends a workitem to the queue `taskqueue`, as any program would; resolves with its id. */
  async send(type: string, body: unknown = {}, options: SendOptions = {}): Promise<string> {
    const { id = newId(), headers = {}, properties = {} } = options;
    const { contentType, body: bytes } = encodeBody(body);
    const message = {
      properties: {
        contentType: options.contentType ?? contentType,
        replyTo: replyQueue(CLIENT),
        ...properties,
        messageId: id,
      },
      headers: { ...headers, [HEADER.type]: type },
      body: bytes,
    };
    await this.#system.sender.publish(toQueue(message, TASKQUEUE));
    return id;
  }

  /** Resolves when nothing is left to do. What waits – for another attempt, say – is not waited for: that time is skipped. */
  async drain(): Promise<void> {
    for (;;) {
      const { nextAt } = await this.#untilQuiet();
      if (nextAt === null) return;
      await this.#clock.skip(Math.max(0, nextAt - this.#clock.now()));
    }
  }

  /** It is so much later: ms, or `30s`, `5m`, `2h`, `1d`. Resolves when all is done that fell into that time. */
  async advance(time: number | string): Promise<void> {
    const until = this.#clock.now() + (typeof time === 'number' ? time : durationMs(time));
    for (;;) {
      const { nextAt } = await this.#untilQuiet();
      if (nextAt === null || nextAt > until) break;
      await this.#clock.skip(Math.max(0, nextAt - this.#clock.now()));
    }
    await this.#clock.skip(Math.max(0, until - this.#clock.now()));
    await this.#untilQuiet();
  }

  /** How it ended. @throws TaskqueueError where it has not */
  outcome(id: string): Outcome {
    const outcome = this.#findings.outcomeOf(id);
    if (outcome) return outcome;
    throw new TaskqueueError(
      'USAGE',
      `workitem ${id} has not ended${this.#findings.knows(id) ? '' : ', and none with this id was seen'}`,
    );
  }

  /** The value of its result. @throws TaskqueueError with what is known, where it has not finished, or cannot be read */
  result(id: string): unknown {
    const outcome = this.outcome(id);
    if (outcome.status === 'finished' && outcome.unreadable === null) return outcome.value;
    if (outcome.status === 'finished')
      throw new TaskqueueError('UNREADABLE', `the result of ${id} cannot be read: ${outcome.unreadable}`);
    throw new TaskqueueError('USAGE', `workitem ${id} has not finished: ${JSON.stringify(outcome, withoutBytes)}`);
  }

  /** Ends the worker processes and everything else. Legal at any time, more than once. */
  async stop(): Promise<void> {
    this.#system.kill();
    await this.#system.stop();
  }

  async #untilQuiet(): Promise<Progress> {
    return this.#until(({ isQuiet }) => isQuiet, 'nothing is left to do');
  }

  async #until(isSo: (progress: Progress) => boolean, what: string): Promise<Progress> {
    const deadline = systemClock.now() + this.#patienceMs;
    for (;;) {
      const progress = progressOf(this.#system, this.#findings.queues);
      if (isSo(progress)) return progress;
      if (systemClock.now() > deadline) {
        throw new TaskqueueError('UNAVAILABLE', `${what}: not within ${this.#patienceMs} ms; ${progress.story}`);
      }
      await pause(systemClock, LOOK_EVERY_MS);
    }
  }
}

const LOOK_EVERY_MS = 5;
/** The name that its reply queue has. */
const CLIENT = 'kit';

function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new TaskqueueError('USAGE', `no duration: ${text}; write 250ms, 30s, 5m, 2h, 1d`);
  return ms;
}

function withoutBytes(key: string, value: unknown): unknown {
  return key === 'body' ? undefined : value;
}
