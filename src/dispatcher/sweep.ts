// Moves on what waits in `taskqueue.unroutable`. Every 30 s it asks whether there is a queue now for one of the types that
// wait there. Only then, and now and then to learn what else has come, what is cancelled, and to let old ones go, does it
// walk through the queue: each message moves on, or goes back to the end, and is acknowledged only when that is confirmed.
import { internalDeclarations, UNROUTABLE } from '../broker/topology.ts';
import { walk } from '../handling/walk.ts';
import type { DispatcherTools } from './desk.ts';
import type { TargetState } from './sweep-decision.ts';
import { isResting, isWorthTrying, type Rest, type SweepSettings, visit } from './sweep-visit.ts';

const EVERY_MS = 30_000;
/** A walk for its own sake: so much of the time at most. */
const SHARE_OF_TIME = 0.05;
/** What waits for further queues has to wait for the next walk: anybody can think up names. */
const MOST_AWAITED = 1_000;

export class Sweep {
  readonly #tools: DispatcherTools;
  #settings: SweepSettings;
  /** Queues that messages are waiting for. */
  #awaited = new Set<string>();
  /** Those of them that the log has named. */
  readonly #named = new Set<string>();
  #nextWalkAt = 0;
  readonly #resting = new Map<string, Rest>();
  #cancelTimer: () => void = () => undefined;
  readonly #stopping = new AbortController();
  #round: Promise<void> = Promise.resolve();

  constructor(tools: DispatcherTools, settings: SweepSettings) {
    this.#tools = tools;
    this.#settings = settings;
  }

  set settings(settings: SweepSettings) {
    this.#settings = settings;
  }

  /** Queues that something waits for, as far as is known. */
  get awaited(): Iterable<string> {
    return this.#awaited;
  }

  start(): void {
    if (!this.#stopping.signal.aborted) this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer();
    await this.#round;
  }

  /** Something has been set aside for this queue: it will be asked for. */
  awaits(queue: string): void {
    if (this.#awaited.size >= MOST_AWAITED) return;
    this.#awaited.add(queue);
    if (this.#named.has(queue) || this.#named.size >= MOST_AWAITED) return;
    this.#named.add(queue);
    this.#tools.logger.warn(
      { queue },
      `missing, or takes nothing: what is for it waits in ${UNROUTABLE} until it does`,
    );
  }

  #schedule(): void {
    this.#cancelTimer = this.#tools.clock.after(EVERY_MS, () => {
      this.#round = this.#sweep()
        .catch((err: unknown) => this.#tools.logger.debug({ queue: UNROUTABLE, err }, 'could not sweep'))
        .then(() => {
          if (!this.#stopping.signal.aborted) this.#schedule();
        });
    });
  }

  async #sweep(): Promise<void> {
    const { broker, clock } = this.#tools;
    const waiting = (await broker.queueInfo(UNROUTABLE))?.messages ?? 0;
    if (waiting === 0) return this.#forget();
    if (clock.now() < this.#nextWalkAt && !(await this.#isAnyThere())) return;
    const startedAt = clock.now();
    await this.#walk(waiting);
    this.#nextWalkAt = clock.now() + (clock.now() - startedAt) / SHARE_OF_TIME;
  }

  #forget(): void {
    this.#awaited.clear();
    this.#named.clear();
    this.#resting.clear();
  }

  async #isAnyThere(): Promise<boolean> {
    for (const queue of this.#awaited) {
      if (this.#stopping.signal.aborted) return false;
      if (isResting({ resting: this.#resting }, queue, this.#tools.clock.now())) continue;
      if (await isWorthTrying(this.#tools, queue)) return true;
    }
    return false;
  }

  /** Looks at `count` messages, once each. What is set aside meanwhile is awaited, whatever the walk finds. */
  async #walk(count: number): Promise<void> {
    const tools = this.#tools;
    const before = this.#awaited;
    this.#awaited = new Set();
    const states = new Map<string, TargetState>();
    let levels: Promise<boolean> | undefined;
    const areLevelsThere = (): Promise<boolean> => {
      levels ??= withLevels(tools);
      return levels;
    };
    const round = { settings: this.#settings, states, resting: this.#resting, areLevelsThere };
    const isWhole = await walk(tools, {
      queue: UNROUTABLE,
      count,
      signal: this.#stopping.signal,
      visit: (delivery) => visit(tools, round, delivery),
    });
    const missing = [...states].filter(([, state]) => state === 'missing').map(([queue]) => queue);
    for (const [queue, state] of states) {
      if (state === 'there' && this.#named.delete(queue)) {
        tools.logger.info({ queue }, `there again: what waited for it in ${UNROUTABLE} has been moved on`);
      }
    }
    for (const queue of isWhole ? missing : [...missing, ...before]) this.awaits(queue);
  }
}

/** Makes what is missing of the delay levels. */
async function withLevels({ broker, logger }: DispatcherTools): Promise<boolean> {
  const outcome = await broker.declare(internalDeclarations());
  if (outcome.kind === 'declared')
    logger.warn({}, 'a delay level was gone: it is made again, and what was to wait there waits');
  else
    logger.warn(
      { reason: outcome.reason },
      'a delay level is gone, and cannot be made: what was to wait there comes early',
    );
  return outcome.kind === 'declared';
}
