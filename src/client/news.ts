// What the daemons tell a client: events about its tasks, and where one of them is. All of it takes the permission to ask
// questions; without it, tasks get their results all the same, and how they are is known from those alone.
import { type Broker, isConnected } from '../broker/broker.ts';
import type { Whereabouts } from '../control/answer.ts';
import type { Correspondent } from '../control/correspondent.ts';
import type { Listening } from '../control/listening.ts';
import type { EventBatch } from '../control/news.ts';
import { type Clock, within } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

interface NewsOptions {
  readonly correspondent: Correspondent;
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Events are wanted about workitems with this `reply_to`. */
  readonly replyQueue: string;
  onEvents(batch: EventBatch): void;
}

/** How long the first submission waits for the daemons to hear that events are wanted. */
const LISTEN_WITHIN_MS = 1_500;
/** How long daemons have to say where a workitem is. */
const ASK_FOR_MS = 250;

export class News {
  readonly #options: NewsOptions;
  #listening: Listening | null = null;
  #isHeard = false;
  #epoch = 1;
  #forgetStatus: () => void = () => undefined;

  constructor(options: NewsOptions) {
    this.#options = options;
  }

  /** Why nobody could be asked the last time; `null` while all is well, or before anybody was. */
  get problem(): string | null {
    return this.#listening?.problem ?? null;
  }

  /**
   * Names a time during which no event was missed; 0 where none is heard. What began in it, and in which it still is, is
   * known from events.
   */
  get epoch(): number {
    return this.#isHeard && this.problem === null ? this.#epoch : 0;
  }

  /** Resolves once events are told, or cannot be for now. */
  async open(): Promise<void> {
    if (this.#isHeard) return;
    this.#listening ??= this.#listen();
    const heard = this.#listening.ready.then(
      () => {
        this.#isHeard = true;
      },
      () => undefined, // it tries on; `problem` says why
    );
    await within(this.#options.clock, LISTEN_WITHIN_MS, heard);
  }

  /** What the daemons know of one workitem; nothing where they can't be asked. */
  async whereabouts(id: string): Promise<readonly Whereabouts[]> {
    const { correspondent, clock, logger } = this.#options;
    void correspondent.start();
    const asking = correspondent.ask({ kind: 'why', id }, { forMs: ASK_FOR_MS }).catch((err: unknown) => {
      logger.debug({ workitem: id, reason: messageOf(err) }, 'nobody could be asked where it is');
      return [];
    });
    if (!(await within(clock, LISTEN_WITHIN_MS, asking))) return [];
    return (await asking).flatMap(({ whereabouts }) => whereabouts);
  }

  close(): void {
    this.#forgetStatus();
    this.#listening?.stop();
  }

  #listen(): Listening {
    const { correspondent, broker, replyQueue, onEvents } = this.#options;
    void correspondent.start();
    this.#forgetStatus = broker.onStatus((status) => {
      if (!isConnected(status)) this.#epoch++;
    });
    return correspondent.listen(replyQueue, (batch) => {
      if (batch.dropped > 0) this.#epoch++;
      onEvents(batch);
    });
  }
}
