// A daemon as systemd sees it: when it is ready, what `systemctl status` says about it, whether it is alive, and for how
// long it may stop. A broker that is away is a state to be shown, never a reason to be killed; a session that hangs
// between two states is one. Changes nothing in what the daemon does.
import type { Broker } from '../broker/broker.ts';
import { type Clock, pause } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Service } from '../service/service.ts';
import type { Notifier } from '../service/systemd.ts';
import { lastMinute } from './last-minute.ts';
import { brokerText, isStuck } from './vital-signs.ts';

export interface Supervised {
  readonly service: Service;
  reload(): Promise<void>;
  /** Whether it does all that it can with a broker that is there. */
  isReady(): boolean;
  /** Workitems done since the start. */
  done(): number;
  /** Other figures for the status line. */
  figures(): readonly string[];
  /** No stop takes longer than this. */
  stopWithinMs(): number;
}

interface SupervisionTools {
  readonly notifier: Notifier;
  readonly broker: Broker;
  readonly clock: Clock;
  /** A clock that nobody sets, in ms. */
  monotonic?(): number;
}

/** After this, `systemctl start` and `systemctl reload` are not kept waiting: the status line tells how far it is. */
const WAIT_AT_MOST_MS = 20_000;
const LOOK_EVERY_MS = 50;
const STATUS_EVERY_MS = 2_000;
/** How much time is asked for while it stops, again and again. */
const EXTENSION_MS = 30_000;

/** The same service and reload, for `runService`; systemd is told on the way. */
export function supervise(
  subject: Supervised,
  tools: SupervisionTools,
): { readonly service: Service; readonly onReload: () => Promise<void> } {
  const supervision = new Supervision(subject, tools);
  return { service: supervision, onReload: () => supervision.reload() };
}

class Supervision implements Service {
  readonly #subject: Supervised;
  readonly #tools: Required<SupervisionTools>;
  readonly #rate = lastMinute();
  readonly #over = new AbortController();
  #brokerChangedAt: number;
  /** It stops; no later than then. */
  #stopUntil: number | undefined;
  /** Why the last reload was refused. */
  #refusal: string | null = null;
  #said = '';
  #cancelTick = (): void => undefined;

  constructor(subject: Supervised, { monotonic = () => performance.now(), ...tools }: SupervisionTools) {
    this.#subject = subject;
    this.#tools = { ...tools, monotonic };
    this.#brokerChangedAt = monotonic();
  }

  async start(): Promise<void> {
    const { broker, notifier, monotonic } = this.#tools;
    broker.onStatus(() => {
      this.#brokerChangedAt = monotonic();
    });
    this.#tick();
    const started = this.#subject.service.start();
    await this.#unlessTooLong(started.then(() => this.#untilReady()));
    this.#tellStatus();
    notifier.ready();
    await started;
  }

  async stop(): Promise<void> {
    const { notifier, monotonic } = this.#tools;
    if (this.#stopUntil === undefined) {
      this.#stopUntil = monotonic() + this.#subject.stopWithinMs();
      notifier.stopping();
      notifier.extendTimeout(EXTENSION_MS);
    }
    try {
      await this.#subject.service.stop();
    } finally {
      this.#over.abort();
      this.#cancelTick();
    }
  }

  /** A refused one counts as over, too: systemd has no word for it, but the status line has. */
  async reload(): Promise<void> {
    const { notifier } = this.#tools;
    notifier.reloading();
    const reloaded = this.#reloadSubject();
    try {
      await this.#unlessTooLong(reloaded);
    } finally {
      this.#tellStatus();
      notifier.ready();
    }
    await reloaded;
  }

  async #reloadSubject(): Promise<void> {
    try {
      await this.#subject.reload();
      this.#refusal = null;
    } catch (err) {
      this.#refusal = messageOf(err).split('\n', 1)[0] ?? '';
      throw err;
    }
  }

  #tick(): void {
    const { broker, clock, notifier, monotonic } = this.#tools;
    const now = monotonic();
    this.#tellStatus();
    if (this.#stopUntil !== undefined && now < this.#stopUntil) notifier.extendTimeout(EXTENSION_MS);
    if (!isStuck(broker.status, now - this.#brokerChangedAt)) notifier.alive();
    const everyMs = Math.min(STATUS_EVERY_MS, (notifier.watchdogMs ?? STATUS_EVERY_MS * 4) / 4);
    this.#cancelTick = clock.after(everyMs, () => this.#tick());
  }

  #tellStatus(): void {
    const { broker, notifier, monotonic } = this.#tools;
    const doneLately = this.#rate.at(monotonic(), this.#subject.done());
    const text = [
      ...(this.#stopUntil === undefined ? [] : ['stopping']),
      ...this.#subject.figures(),
      `${doneLately} done in the last minute`,
      brokerText(broker.status),
      ...(this.#refusal === null ? [] : [`last reload refused: ${this.#refusal}`]),
    ].join('; ');
    if (text !== this.#said) notifier.status(text);
    this.#said = text;
  }

  async #untilReady(): Promise<void> {
    const { broker, clock } = this.#tools;
    const mayWait = (): boolean => broker.status.state === 'connected' && this.#stopUntil === undefined;
    while (!this.#over.signal.aborted && mayWait() && !this.#subject.isReady())
      await pause(clock, LOOK_EVERY_MS, this.#over.signal);
  }

  #unlessTooLong(work: Promise<void>): Promise<void> {
    return Promise.race([work, pause(this.#tools.clock, WAIT_AT_MOST_MS, this.#over.signal)]);
  }
}
