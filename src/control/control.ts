// All that a daemon needs to be asked and to tell, put together: its memory and its listeners, which both get every event,
// and the desk that answers. Everything else about it – what it has in hand, how it goes – the daemon says itself.
import { randomUUID } from 'node:crypto';
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { RELEASE } from '../core/release.ts';
import type { EventSink } from '../events/event.ts';
import type { Service } from '../service/service.ts';
import { HEADER } from '../workitem/headers.ts';
import { Announcer } from './announcer.ts';
import type { AboutDaemon, DispatcherStatus, PoolStatus, Whereabouts } from './answer.ts';
import { briefed } from './brief.ts';
import { Desk } from './desk.ts';
import { LIMITS } from './limits.ts';
import { Memory } from './memory.ts';
import { doneAbout, type Knowledge, NOT_LOOKED_INTO } from './obeyed.ts';
import type { GivenOrder } from './order.ts';
import { fullPace, type Pace, paced } from './pace.ts';
import { type Answerer, Replies } from './replies.ts';
import type { StandingOrders } from './standing.ts';
import { withOrdersAndHands } from './whereabouts.ts';

export interface ControlOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly orders: StandingOrders;
  readonly host: string;
  readonly daemon: Answerer['daemon'];
  /** Counters and tables of the daemon, as they are now. */
  status(about: AboutDaemon, memory: Memory): DispatcherStatus | PoolStatus;
  /** What of this workitem, by its id or its run, the daemon has in its hands. */
  inHand(id: string): readonly Whereabouts[];
}

export class Control implements Service {
  readonly #options: ControlOptions;
  readonly #startedAt: number;
  readonly #memory = new Memory();
  readonly #announcer: Announcer;
  readonly #desk: Desk;
  /** Names this process: no other has the same. */
  readonly name: string;
  /** Where the daemon's events go. */
  readonly events: EventSink;
  readonly #replies: Replies;
  readonly #knowledge: Knowledge = {
    status: () => this.#status(),
    whereabouts: (id) => this.#whereabouts(id),
  };
  /** Of orders that are looked into for whoever gave them. */
  #orderPace: Pace;

  constructor(options: ControlOptions) {
    const { host, daemon, clock } = options;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#orderPace = fullPace(this.#startedAt);
    this.name = `${daemon}.${randomUUID()}`;
    const answerer = { v: 1, host, daemon, name: this.name } as const;
    this.#replies = new Replies(options, answerer);
    this.#announcer = new Announcer(options, answerer);
    this.events = (event) => {
      const brief = briefed(event);
      this.#memory.sink(brief);
      this.#announcer.sink(brief);
    };
    this.#desk = new Desk({
      ...options,
      name: this.name,
      replies: this.#replies,
      announcer: this.#announcer,
      ...this.#knowledge,
    });
  }

  /** Does not wait for the broker, and never fails. */
  async start(): Promise<void> {
    await this.#desk.start();
  }

  /** While there is still a broker: what listeners have not got yet goes out. */
  async stop(): Promise<void> {
    await this.#desk.stop();
    this.#announcer.stop();
  }

  /** Tells whoever gave this order what has become of it here; where there are very many, no more than that it is noted. */
  obeyed({ order, by, replyTo }: GivenOrder): void {
    if (replyTo === null) return;
    const { pace, waitMs } = paced(this.#orderPace, this.#options.clock.now());
    this.#orderPace = pace;
    const done = waitMs === 0 ? doneAbout(order, this.#knowledge) : NOT_LOOKED_INTO;
    this.#replies.answer({ replyTo, correlationId: order.operation, userId: by }, { kind: 'obeyed', done });
  }

  #status(): DispatcherStatus | PoolStatus {
    return this.#options.status(this.#about(), this.#memory);
  }

  #about(): AboutDaemon {
    const { host, problem } = this.#options.broker.status;
    const pauses = this.#options.orders.pauses.slice(0, LIMITS.pauses);
    return {
      pid: process.pid,
      release: RELEASE,
      startedAt: this.#startedAt,
      broker: host,
      problem: problem ?? this.#options.orders.problem,
      pauses,
    };
  }

  #whereabouts(id: string): readonly Whereabouts[] {
    const message = { properties: { messageId: id }, headers: { [HEADER.run]: id }, body: Buffer.alloc(0) };
    const cancellation = this.#options.orders.cancellationOf(message);
    return withOrdersAndHands(this.#memory.recall(id), this.#options.inHand(id), cancellation);
  }
}
