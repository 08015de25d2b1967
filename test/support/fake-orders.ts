// Standing orders in the hands of a test.
import type { Cancellation, OrderChange, Pause, StandingOrders } from '../../src/control/standing.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Message } from '../../src/workitem/message.ts';

export class FakeOrders implements StandingOrders {
  known = Promise.resolve();
  readonly problem = null;
  rereading: Promise<void> | null = null;
  readonly #clock: Clock;
  readonly #cancellations = new Map<string, Cancellation>();
  readonly #pauses = new Map<string, Pause>();
  readonly #listeners = new Set<(change: OrderChange) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  cancellationOf({ properties, headers }: Message): Cancellation | undefined {
    return this.#cancellations.get(properties.messageId ?? '') ?? this.#cancellations.get(String(headers['tq-run']));
  }

  pauseOf(type: string): Pause | undefined {
    const pause = this.#pauses.get(type);
    return pause && (pause.untilMs ?? Infinity) > this.#clock.now() ? pause : undefined;
  }

  get pauses(): readonly Pause[] {
    return [...this.#pauses.values()];
  }

  onChange(listener: (change: OrderChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  cancel(id: string, reason = 'no longer wanted'): void {
    const cancellation = { id, by: 'ada', reason, at: this.#clock.now() };
    this.#cancellations.set(id, cancellation);
    this.#tell({ kind: 'cancelled', cancellation });
  }

  pause(type: string, forMs: number | null = null): void {
    const since = this.#clock.now();
    const untilMs = forMs === null ? null : since + forMs;
    this.#pauses.set(type, { type, by: 'ada', reason: 'maintenance', since, untilMs });
    this.#tell({ kind: 'paused', type });
    if (forMs !== null) this.#clock.after(forMs, () => this.#tell({ kind: 'paused', type }));
  }

  resume(type: string): void {
    this.#pauses.delete(type);
    this.#tell({ kind: 'paused', type });
  }

  #tell(change: OrderChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
