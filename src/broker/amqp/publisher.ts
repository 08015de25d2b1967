// Publishes over one connection: in the order asked, a bounded number at a time, and tells for each what became of it.
//
// What the broker will not have at all – a missing exchange, no permission, too large – it answers by closing the
// channel, with everything that is in flight on it, and without saying whose fault it was. So each of those is then
// published again, alone on a channel of its own: only the guilty one is refused. Its innocent neighbours may have been
// stored the first time already; here a duplicate is possible. An exchange that nothing went to yet is tried alone first.
// The broker says at once who is guilty: one of which nothing is heard holds nobody up for long.
import { type Clock, within } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Patience } from '../../core/patience.ts';
import type { Outgoing, PublishOutcome } from '../broker.ts';
import { ConfirmChannel, type Sent } from './confirm-channel.ts';
import type { Connection } from './connection.ts';
import { FlightWindow } from './flight-window.ts';

interface Waiting {
  readonly outgoing: Outgoing;
  readonly resolve: (outcome: PublishOutcome) => void;
  readonly patience: Patience | undefined;
}

/** How long the next waits for what becomes of one that goes alone: its queue may never confirm it. */
const ALONE_MS = 1_000;

export class Publisher {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #window = new FlightWindow();
  readonly #waiting: Waiting[] = [];
  readonly #knownExchanges = new Set(['']);
  /** What the broker has closed a channel for. Whoever tries such a one again, to see whether it will now, risks no other. */
  readonly #guilty = new WeakSet<Outgoing>();
  /** Exchanges that one message is trying now, with those that wait for how it ends. */
  readonly #onTrial = new Map<string, Waiting[]>();
  /** The end of the row of suspects, which go one after another. */
  #suspects: Promise<unknown> = Promise.resolve();
  #channel: ConfirmChannel | 'opening' | null = null;
  /** The last channel whose death was reported: it is one line, however many were in flight. */
  #reported: ConfirmChannel | null = null;
  #isBlocked = false;
  #isPumping = false;
  #whenIdle: (() => void)[] = [];

  constructor(connection: Connection, clock: Clock, logger: Logger) {
    this.#connection = connection;
    this.#clock = clock;
    this.#logger = logger;
    void connection.ended.then(() => this.#pump());
  }

  publish(outgoing: Outgoing, patience?: Patience): Promise<PublishOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ outgoing, resolve, patience });
      this.#pump();
    });
  }

  /** A broker that takes nothing now would only fill our buffers: what is to be published waits. */
  setBlocked(isBlocked: boolean): void {
    this.#isBlocked = isBlocked;
    this.#pump();
  }

  /** Resolves when nothing waits or is in flight. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.#reportIdle();
    });
  }

  /** What still waits is not sent any more. */
  abandon(reason: string): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve({ kind: 'unknown', reason });
    this.#reportIdle();
  }

  #pump(): void {
    if (!this.#connection.isOpen) return this.abandon('the connection to the broker has ended');
    const channel = this.#sharedChannel();
    if (channel === null || this.#isBlocked || this.#isPumping) return;
    this.#isPumping = true; // what ends at once leads back here
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#window.hasRoomFor(next.outgoing.body.length) || !channel.isOpen) break;
      this.#waiting.shift();
      if (next.patience?.isOver) next.resolve({ kind: 'unknown', reason: GIVEN_UP });
      else this.#launch(next, channel);
    }
    this.#isPumping = false;
  }

  /** `null` until it is open; then what waits is pumped. */
  #sharedChannel(): ConfirmChannel | null {
    if (this.#channel === 'opening') return null;
    if (this.#channel?.isOpen) return this.#channel;
    if (this.#waiting.length > 0) void this.#openChannel();
    return null;
  }

  async #openChannel(): Promise<void> {
    this.#channel = 'opening';
    try {
      this.#channel = await ConfirmChannel.open(this.#connection);
    } catch (err) {
      this.#channel = null;
      // A broker that gives a connection no channel is as good as none; the connection's end says more.
      return this.abandon(`the broker opens no channel for publishing: ${messageOf(err)}`);
    }
    this.#pump();
  }

  #launch(next: Waiting, channel: ConfirmChannel): void {
    const { outgoing, patience } = next;
    const behind = this.#onTrial.get(outgoing.exchange);
    if (behind) return void behind.push(next);
    this.#window.enter(outgoing.body.length);
    if (this.#guilty.has(outgoing)) {
      void this.#endAlone(next);
    } else if (this.#knownExchanges.has(outgoing.exchange)) {
      channel.send(outgoing, patience, (sent) => this.#onSent(next, channel, sent));
    } else {
      void this.#tryExchange(next);
    }
  }

  #onSent(next: Waiting, channel: ConfirmChannel, sent: Sent): void {
    const { outgoing } = next;
    switch (sent.kind) {
      case 'closed':
        if (outgoing.exchange !== '') this.#knownExchanges.delete(outgoing.exchange);
        if (sent.suspects === 1) {
          this.#guilty.add(outgoing);
          return this.#end(next, { kind: 'refused', reason: sent.reason });
        }
        this.#sayRepeating(sent.reason, sent.suspects, channel);
        return this.#afterOtherSuspects(next);
      case 'unsent':
        return this.#afterOtherSuspects(next);
      default:
        return this.#end(next, sent);
    }
  }

  #end({ outgoing, resolve }: Waiting, outcome: PublishOutcome): void {
    this.#window.leave(outgoing.body.length);
    resolve(outcome);
    this.#pump();
    this.#reportIdle();
  }

  #afterOtherSuspects(next: Waiting): void {
    this.#suspects = this.#suspects.then(() => this.#endAlone(next));
  }

  async #tryExchange(next: Waiting): Promise<void> {
    const { exchange } = next.outgoing;
    const behind: Waiting[] = [];
    this.#onTrial.set(exchange, behind);
    await this.#endAlone(next);
    this.#onTrial.delete(exchange);
    this.#waiting.unshift(...behind); // they share the channel now, or the next of them tries
    this.#pump();
    this.#reportIdle();
  }

  /** Resolves with its end, or when nobody has to wait for that any longer. */
  async #endAlone(next: Waiting): Promise<void> {
    const ended = this.#alone(next).then((outcome) => this.#end(next, outcome));
    await within(this.#clock, ALONE_MS, ended);
  }

  async #alone({ outgoing, patience }: Waiting): Promise<PublishOutcome> {
    let channel: ConfirmChannel;
    try {
      channel = await ConfirmChannel.open(this.#connection);
    } catch (err) {
      return { kind: 'unknown', reason: messageOf(err) };
    }
    if (patience?.isOver) {
      void channel.close();
      return { kind: 'unknown', reason: GIVEN_UP };
    }
    const sent = await new Promise<Sent>((onSent) => channel.send(outgoing, patience, onSent));
    if (sent.kind === 'closed') this.#guilty.add(outgoing);
    const outcome = alonesOutcome(sent);
    if (outcome.kind === 'confirmed' || outcome.kind === 'returned') this.#knownExchanges.add(outgoing.exchange);
    void channel.close(); // never rejects, and says nothing more about the message
    return outcome;
  }

  #sayRepeating(reason: string, suspects: number, channel: ConfirmChannel): void {
    if (this.#reported === channel) return;
    this.#reported = channel;
    const what = `the broker closed the publishing channel with ${suspects} messages in flight: each is published again, alone`;
    this.#logger.warn({ reason }, `${what}; those that were stored already are duplicates now`);
  }

  #reportIdle(): void {
    if (this.#waiting.length > 0 || this.#onTrial.size > 0 || !this.#window.isEmpty) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

const GIVEN_UP = 'nobody waits for it any longer';

function alonesOutcome(sent: Sent): PublishOutcome {
  switch (sent.kind) {
    case 'closed':
      return { kind: 'refused', reason: sent.reason };
    case 'unsent':
      return { kind: 'unknown', reason: 'the connection to the broker has ended' };
    default:
      return sent;
  }
}
