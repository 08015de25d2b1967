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

export interface SupervisionTools {
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
  const { notifier, broker, clock, monotonic = () => performance.now() } = tools;
  const rate = lastMinute();
  const over = new AbortController();
  let brokerChangedAt = monotonic();
  let stopUntil: number | undefined;
  let refusal: string | null = null;
  let said = '';
  let cancelTick = (): void => undefined;

  function tick(): void {
    const now = monotonic();
    tellStatus(rate.at(now, subject.done()));
    if (stopUntil !== undefined && now < stopUntil) notifier.extendTimeout(EXTENSION_MS);
    if (!isStuck(broker.status, now - brokerChangedAt)) notifier.alive();
    cancelTick = clock.after(Math.min(STATUS_EVERY_MS, (notifier.watchdogMs ?? STATUS_EVERY_MS * 4) / 4), tick);
  }

  function tellStatus(doneLately: number): void {
    const figures = [...subject.figures(), `${doneLately} done in the last minute`, brokerText(broker.status)];
    const all = [
      ...(stopUntil === undefined ? [] : ['stopping']),
      ...figures,
      ...(refusal === null ? [] : [`last reload refused: ${refusal}`]),
    ];
    const text = all.join('; ');
    if (text !== said) notifier.status(text);
    said = text;
  }

  async function start(): Promise<void> {
    broker.onStatus(() => {
      brokerChangedAt = monotonic();
    });
    tick();
    const started = subject.service.start();
    await Promise.race([started.then(untilReady), pause(clock, WAIT_AT_MOST_MS, over.signal)]);
    tellStatus(rate.at(monotonic(), subject.done()));
    notifier.ready();
    await started;
  }

  async function untilReady(): Promise<void> {
    const mayWait = (): boolean => broker.status.state === 'connected' && stopUntil === undefined;
    while (!over.signal.aborted && mayWait() && !subject.isReady()) await pause(clock, LOOK_EVERY_MS, over.signal);
  }

  async function stop(): Promise<void> {
    if (stopUntil === undefined) {
      stopUntil = monotonic() + subject.stopWithinMs();
      notifier.stopping();
      notifier.extendTimeout(EXTENSION_MS);
    }
    try {
      await subject.service.stop();
    } finally {
      over.abort();
      cancelTick();
    }
  }

  /** A refused one counts as over, too: systemd has no word for it, but the status line has. */
  async function onReload(): Promise<void> {
    notifier.reloading();
    const reloaded = subject.reload().then(
      () => {
        refusal = null;
      },
      (err: unknown) => {
        refusal = messageOf(err).split('\n', 1)[0] ?? '';
        throw err;
      },
    );
    try {
      await Promise.race([reloaded, pause(clock, WAIT_AT_MOST_MS, over.signal)]);
    } finally {
      tellStatus(rate.at(monotonic(), subject.done()));
      notifier.ready();
    }
    await reloaded;
  }

  return { service: { start, stop }, onReload };
}
