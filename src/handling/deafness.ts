// A consumer may be deaf: connected and registered, with room for more, while its queue is not empty – and nothing arrives.
// No error tells of that. So one that has been quiet for a while is held against the number of messages that wait; what
// looks deaf again and again is made anew by whoever has it.
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

/** What a look at one consumer finds. */
export interface Look {
  /** Registered, with room for more, and nobody wants it to pause. */
  readonly isListening: boolean;
  /** How many deliveries there have been. */
  readonly arrivals: number;
  /** How many messages are ready to be delivered; `undefined` where nobody knows. */
  readonly waiting: number | undefined;
}

interface Suspicion {
  readonly arrivals: number;
  /** How many looks in a row found it listening to a queue that is not empty, with nothing arriving. */
  readonly looks: number;
}

export const UNSUSPECTED: Suspicion = { arrivals: -1, looks: 0 };
export const LOOK_EVERY_MS = 15_000;
const DEAF_AFTER_LOOKS = 4;

/** Pure. */
export function suspicionAfter(before: Suspicion, { isListening, arrivals, waiting }: Look): Suspicion {
  const isSuspect = isListening && arrivals === before.arrivals && waiting !== undefined && waiting > 0;
  return { arrivals, looks: isSuspect ? before.looks + 1 : 0 };
}

export function isDeaf({ looks }: Suspicion): boolean {
  return looks >= DEAF_AFTER_LOOKS;
}

interface WatchOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queue: string;
  look(): Pick<Look, 'isListening' | 'arrivals'>;
  rebuild(): void;
}

/** Watches until the function that it returns is called. The broker is only asked about consumers that are quiet. */
export function watchForDeafness({ broker, clock, logger, queue, look, rebuild }: WatchOptions): () => void {
  let suspicion = UNSUSPECTED;
  let isOver = false;
  let cancel = clock.after(LOOK_EVERY_MS, () => void watch());

  async function watch(): Promise<void> {
    const { isListening, arrivals } = look();
    const isQuiet = isListening && arrivals === suspicion.arrivals && broker.status.state === 'connected';
    const waiting = isQuiet ? await messagesIn(queue) : undefined;
    if (isOver) return;
    suspicion = suspicionAfter(suspicion, { ...look(), waiting });
    if (isDeaf(suspicion)) {
      logger.warn({ queue, waiting }, 'messages wait, and none arrives here: consuming anew');
      suspicion = UNSUSPECTED;
      rebuild();
    }
    cancel = clock.after(LOOK_EVERY_MS, () => void watch());
  }

  async function messagesIn(name: string): Promise<number | undefined> {
    try {
      return (await broker.queueInfo(name))?.messages;
    } catch (err) {
      logger.debug({ queue: name, err }, 'could not be asked for');
      return undefined;
    }
  }

  return () => {
    isOver = true;
    cancel();
  };
}
