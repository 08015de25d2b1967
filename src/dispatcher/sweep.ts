// Moves on what waits in `taskqueue.unroutable`. Every 30 s it asks whether there is a queue now for one of the types that
// wait there. Only then, and now and then to learn what else has come and to let old ones go, does it walk through the
// queue: each message moves on, or goes back to the end, and is acknowledged only when that is confirmed.
import type { Consumer, Delivery } from '../broker/broker.ts';
import { internalDeclarations, UNROUTABLE } from '../broker/topology.ts';
import { messageOf } from '../core/errors.ts';
import { keep, park } from '../handling/keep.ts';
import { publishUntilKnown } from '../handling/publish-until-known.ts';
import type { Tools } from '../handling/tools.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import { relayed } from '../workitem/relay.ts';
import { sweepDecision, targetOf, withoutStory } from './sweep-decision.ts';

const EVERY_MS = 30_000;
/** A walk for its own sake: so much of the time at most. */
const SHARE_OF_TIME = 0.05;
const PREFETCH = 100;
/** A walk that gets nothing for so long is over: somebody else is walking, too. */
const QUIET_MS = 2_000;

export class Sweep {
  readonly #tools: Tools;
  #ttlMs: number;
  /** Queues that messages were waiting for at the last walk. */
  #awaited: ReadonlySet<string> = new Set();
  #nextWalkAt = 0;
  #cancelTimer: () => void = () => undefined;
  #isStopped = true;
  #round: Promise<void> = Promise.resolve();

  constructor(tools: Tools, ttlMs: number) {
    this.#tools = tools;
    this.#ttlMs = ttlMs;
  }

  set ttlMs(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  start(): void {
    this.#isStopped = false;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#round;
  }

  /** Something has been set aside for this queue: its type will be probed. */
  awaits(queue: string): void {
    if (!this.#awaited.has(queue)) this.#awaited = new Set([...this.#awaited, queue]);
  }

  #schedule(): void {
    this.#cancelTimer = this.#tools.clock.after(EVERY_MS, () => {
      this.#round = this.#sweep()
        .catch((err) => this.#tools.logger.debug({ queue: UNROUTABLE, err }, 'could not sweep'))
        .then(() => {
          if (!this.#isStopped) this.#schedule();
        });
    });
  }

  async #sweep(): Promise<void> {
    const { broker, clock } = this.#tools;
    const waiting = (await broker.queueInfo(UNROUTABLE))?.messages ?? 0;
    if (waiting === 0) return;
    if (clock.now() < this.#nextWalkAt && !(await this.#isAnyThere())) return;
    const startedAt = clock.now();
    await this.#walk(waiting);
    this.#nextWalkAt = clock.now() + (clock.now() - startedAt) / SHARE_OF_TIME;
  }

  async #isAnyThere(): Promise<boolean> {
    for (const queue of this.#awaited) {
      if (await this.#tools.broker.queueInfo(queue)) return true;
    }
    return false;
  }

  /** Looks at `count` messages, once each. */
  async #walk(count: number): Promise<void> {
    const { broker, clock } = this.#tools;
    const isThere = new Map<string, boolean>();
    const awaited = new Set<string>();
    let left = count;
    let open = 0;
    await new Promise<void>((resolve) => {
      let cancelQuiet: () => void = () => undefined;
      const consumer: Consumer = broker.consume({
        queue: UNROUTABLE,
        declarations: internalDeclarations(),
        prefetch: Math.min(PREFETCH, count),
        onDelivery: (delivery) => {
          if (left === 0 || this.#isStopped) return void delivery.requeue();
          left--;
          open++;
          watch();
          this.#handle(delivery, isThere, awaited)
            .catch((err) => {
              this.#tools.logger.warn(
                { queue: UNROUTABLE, error: messageOf(err) },
                'could not be moved on; stays there',
              );
              delivery.requeue();
            })
            .then(() => {
              open--;
              watch();
            });
        },
      });
      const watch = (): void => {
        cancelQuiet();
        if (open > 0) return;
        const end = (): void => void consumer.stop().then(resolve);
        if (left === 0) end();
        else cancelQuiet = clock.after(QUIET_MS, end);
      };
      watch();
    });
    this.#awaited = awaited;
  }

  async #handle(delivery: Delivery, isThere: Map<string, boolean>, awaited: Set<string>): Promise<void> {
    const { broker, clock } = this.#tools;
    const { message } = delivery;
    const target = targetOf(message);
    const hasQueue = isThere.get(target) ?? (target !== '' && (await broker.queueInfo(target)) !== undefined);
    isThere.set(target, hasQueue);
    if (!hasQueue) awaited.add(target);
    const isDone = await this.#carryOut(delivery, message, hasQueue, clock.now());
    if (isDone) delivery.ack();
    else delivery.requeue();
  }

  async #carryOut(delivery: Delivery, message: Message, hasQueue: boolean, now: number): Promise<boolean> {
    const tools = this.#tools;
    const id = message.properties.messageId;
    const decision = sweepDecision(message, hasQueue, this.#ttlMs, now);
    const { queue } = decision;
    switch (decision.kind) {
      case 'move': {
        const isResult = message.headers[HEADER.kind] === 'result';
        const onward = relayed(withoutStory(message), { headers: isResult ? {} : { [HEADER.queued]: now } });
        const route = { exchange: '', routingKey: queue, mandatory: true };
        const outcome = await publishUntilKnown(tools.broker, tools.clock, delivery, { ...onward, ...route });
        if (outcome.kind === 'confirmed') tools.logger.debug({ workitem: id, queue }, 'moved on: its queue is there');
        return outcome.kind === 'confirmed';
      }
      case 'keep': {
        const kept = relayed(message, { headers: { [HEADER.when]: new Date(decision.since).toISOString() } });
        return keep(tools, delivery, kept, UNROUTABLE);
      }
      case 'park': {
        const error = `no queue ${queue} for longer than unroutable_ttl`;
        tools.logger.warn({ workitem: id, queue }, 'parked: there was no queue for it in all this time');
        return park(tools, delivery, withoutStory(message), { reason: 'unroutable', error, queue });
      }
      case 'drop':
        tools.logger.info({ workitem: id, queue }, 'dropped a result: its reply queue has been gone for too long');
        return true;
      default:
        return decision satisfies never;
    }
  }
}
