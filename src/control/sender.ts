// Gets one question or order to the broker, within a time: waits for a connection, sees to the queue for what comes back,
// and tries again what ended unknown. (What arrives twice counts once: both have an `operation`.)
import { setMaxListeners } from 'node:events';
import type { Broker, Outgoing, PublishOutcome } from '../broker/broker.ts';
import { newsDeclarations, newsQueue, type Route } from '../broker/topology.ts';
import { backoffMs } from '../core/backoff.ts';
import { type Clock, pause } from '../core/clock.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { type Patience, patienceUntil } from '../core/patience.ts';
import { underSignals } from '../core/under-signals.ts';
import { LIMITS } from './limits.ts';
import { publishRefusal, queueRefusal } from './refusal.ts';

interface SenderTools {
  readonly broker: Broker;
  readonly clock: Clock;
}

/** How long the broker may take to be there and to confirm. */
const SEND_WITHIN_MS = 10_000;

export class Sender {
  readonly #tools: SenderTools;
  readonly #user: string;
  readonly #name: string;
  readonly #stopping = new AbortController();

  constructor(tools: SenderTools, options: { readonly user: string; readonly name: string }) {
    this.#tools = tools;
    this.#user = options.user;
    this.#name = options.name;
    setMaxListeners(0, this.#stopping.signal); // one for each that is being sent
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** False where no queue takes it: nobody is there to read it. @throws TaskqueueError */
  async send(route: Route, operation: string, request: object, verb: 'ask' | 'order'): Promise<boolean> {
    const outgoing = this.#message(route, operation, request);
    const outcome = await this.#inTime((enough) => this.#untilKnown(outgoing, enough));
    switch (outcome.kind) {
      case 'confirmed':
        return true;
      case 'returned':
        return false;
      case 'refused':
        if (/no exchange/.test(outcome.reason)) return false;
        throw publishRefusal(outcome.reason, this.#user, verb);
      case 'unwritable':
        throw new TaskqueueError(
          'USAGE',
          `the ${verb === 'ask' ? 'question' : 'order'} can't be sent: ${outcome.reason}`,
        );
      case 'unknown':
        throw this.#absence(outcome.reason);
      default:
        return outcome satisfies never;
    }
  }

  #message(route: Route, operation: string, request: object): Outgoing {
    const body = Buffer.from(JSON.stringify(request));
    if (body.length > LIMITS.requestBytes) {
      const message = `what is asked or ordered has ${body.length} bytes: ${LIMITS.requestBytes} are allowed`;
      throw new TaskqueueError('USAGE', message);
    }
    return {
      ...route,
      mandatory: true,
      properties: {
        contentType: 'application/json',
        deliveryMode: 2,
        correlationId: operation,
        messageId: operation,
        replyTo: newsQueue(this.#name),
        userId: this.#user,
      },
      headers: {},
      body,
    };
  }

  async #untilKnown(outgoing: Outgoing, enough: AbortSignal): Promise<PublishOutcome> {
    const { clock } = this.#tools;
    const patience = patienceUntil(enough); // one for all attempts: each would leave a listener behind
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(outgoing, enough, patience);
      if (outcome.kind !== 'unknown' || enough.aborted) return outcome;
      await pause(clock, backoffMs(attempt, 100, 2_000), enough);
    }
  }

  /** With the queue for what comes back in place: an answer that finds none is lost. */
  async #once(outgoing: Outgoing, enough: AbortSignal, patience: Patience): Promise<PublishOutcome> {
    const { broker } = this.#tools;
    try {
      await broker.untilConnected(enough);
    } catch (err) {
      return { kind: 'unknown', reason: messageOf(err) };
    }
    const declared = await broker.declare(newsDeclarations(this.#name));
    if (declared.kind === 'refused') throw queueRefusal(declared.reason, this.#user);
    return declared.kind === 'unknown' ? declared : broker.publish(outgoing, patience);
  }

  async #inTime<T>(work: (enough: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const cancel = this.#tools.clock.after(SEND_WITHIN_MS, () => late.abort());
    try {
      return await underSignals([late.signal, this.#stopping.signal], work);
    } finally {
      cancel();
    }
  }

  #absence(reason: string): TaskqueueError {
    if (this.#stopping.signal.aborted) return new TaskqueueError('STOPPED', 'stopped before the broker had it');
    const { problem } = this.#tools.broker.status;
    return new TaskqueueError(
      'UNAVAILABLE',
      `the broker did not take it within ${SEND_WITHIN_MS / 1000} s: ${problem ?? reason}`,
    );
  }
}
