// Warnings about what strangers send: one a minute for each kind, with how many there were; a flood must not fill the log.
import type { Clock } from '../core/clock.ts';
import type { LogFields, Logger } from '../core/logger.ts';

const EVERY_MS = 60_000;

export class Complaints {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By message: when it was said, and how many came since. */
  readonly #said = new Map<string, { at: number; more: number }>();

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @param message one of few: what differs goes into the fields */
  say(fields: LogFields, message: string): void {
    const now = this.#clock.now();
    const before = this.#said.get(message);
    if (before && now - before.at < EVERY_MS) {
      before.more++;
      return;
    }
    this.#said.set(message, { at: now, more: 0 });
    this.#logger.warn(before && before.more > 0 ? { ...fields, more: before.more } : fields, message);
  }
}
