// One walk through a queue of ours: so many of its messages, each visited once. A message that were handed back while we
// consume would be here again at once, and at the back of the queue; so what a visit leaves as it is, and what comes beyond
// the count, is held until the walk is over, and goes back then, in the order in which it came.
import type { Consumer, Delivery } from '../broker/broker.ts';
import { NOTHING } from '../broker/declarations.ts';
import { deferred } from '../core/deferred.ts';
import type { Tools } from './tools.ts';

interface WalkOptions {
  readonly queue: string;
  /** How many messages are to be visited. */
  readonly count: number;
  /** Ends the walk: what is being visited is visited to its end. */
  readonly signal: AbortSignal;
  /** May settle the delivery, or leave it open: then it stays where it is. Where it rejects, the walk does. */
  visit(delivery: Delivery): void | Promise<void>;
  /**
   * Asked when as many have been visited, or when it is quiet: how many more there are; 0 ends the walk. Where it rejects,
   * the walk does.
   */
  more?(walked: Walked): Promise<number>;
}

export interface Walked {
  readonly visited: number;
  /** How many consumers of the queue are ours. */
  readonly consumers: number;
  /** Why the broker does not let one of them consume, in its words; `null` where it does. */
  readonly problem: string | null;
}

type WalkTools = Pick<Tools, 'broker' | 'clock'>;

/** A walk that gets nothing for so long is over: somebody else is walking, too. */
const QUIET_MS = 2_000;
/** One that can ask does so soon. */
const ASK_AFTER_MS = 250;

/** Settles when it is over and what was held has gone back: true where it has visited as many as it was to. */
export async function walk(tools: WalkTools, options: WalkOptions): Promise<boolean> {
  if (options.count === 0) return true;
  const progress = new Walk(tools, options);
  await progress.over;
  return progress.isWhole;
}

class Walk {
  readonly over: Promise<void>;
  readonly #tools: WalkTools;
  readonly #options: WalkOptions;
  readonly #end = deferred<void>();
  /** Each holds what came to it and was left as it is; only the last one gets more. */
  readonly #consumers: Consumer[] = [];
  /** Came while it was asked whether there are more. */
  #surplus: Delivery[] = [];
  #count: number;
  #window = 0;
  #largest = 0;
  #visited = 0;
  /** By the last consumer. */
  #held = 0;
  #beingVisited = 0;
  #isAsking = false;
  #isOver = false;
  /** The first that went wrong. */
  #failure: { readonly err: unknown } | undefined;
  #cancelQuiet: () => void = () => undefined;

  constructor(tools: WalkTools, options: WalkOptions) {
    this.#tools = tools;
    this.#options = options;
    this.#count = options.count;
    this.over = this.#run();
  }

  get isWhole(): boolean {
    return this.#visited === this.#count;
  }

  async #run(): Promise<void> {
    const { signal } = this.#options;
    const look = (): void => this.#look();
    this.#consume();
    signal.addEventListener('abort', look);
    look();
    await this.#end.promise;
    signal.removeEventListener('abort', look);
    await Promise.all(this.#consumers.map((one) => one.release()));
    if (this.#failure) throw this.#failure.err;
  }

  #consume(): void {
    const { queue } = this.#options;
    this.#window = Math.min(windowAfter(this.#window, this.#largest), this.#count - this.#visited);
    this.#held = 0;
    const onDelivery = (delivery: Delivery): void => this.#onDelivery(delivery);
    const consumer = this.#tools.broker.consume({ queue, declarations: NOTHING, prefetch: this.#window, onDelivery });
    this.#consumers.push(consumer);
  }

  #onDelivery(delivery: Delivery): void {
    if (this.#isOver || this.#isEnding) return; // goes back with the rest
    if (!this.isWhole) this.#visit(delivery);
    else if (this.#options.more) this.#surplus.push(delivery);
  }

  #visit(delivery: Delivery): void {
    this.#visited++;
    this.#beingVisited++;
    this.#largest = Math.max(this.#largest, delivery.message.body.length);
    this.#cancelQuiet();
    void this.#untilVisited(delivery);
  }

  async #untilVisited(delivery: Delivery): Promise<void> {
    try {
      await this.#options.visit(delivery);
    } catch (err) {
      this.#failure ??= { err };
    }
    this.#beingVisited--;
    if (delivery.isOpen) this.#held++;
    this.#look();
  }

  #look(): void {
    this.#cancelQuiet();
    if (this.#beingVisited > 0 || this.#isAsking || this.#isOver) return;
    if (this.#isEnding) return this.#finish();
    const { more } = this.#options;
    if (this.isWhole) return more ? void this.#ask(more) : this.#finish();
    if (this.#held === this.#window) this.#consume();
    this.#cancelQuiet = this.#tools.clock.after(more ? ASK_AFTER_MS : QUIET_MS, () =>
      more ? void this.#ask(more) : this.#finish(),
    );
  }

  async #ask(more: NonNullable<WalkOptions['more']>): Promise<void> {
    this.#isAsking = true;
    const visited = this.#visited;
    const problem = this.#consumers.map((one) => one.problem).find((one) => one !== null) ?? null;
    const left = await this.#answerOf(more({ visited, consumers: this.#consumers.length, problem }));
    this.#isAsking = false;
    if (this.#isEnding) return this.#look();
    const [came, surplus] = [this.#visited - visited, this.#surplus];
    if (left + came + surplus.length === 0) return this.#finish();
    this.#surplus = [];
    this.#count = this.#visited + left + surplus.length;
    for (const delivery of surplus) this.#visit(delivery);
    this.#look();
  }

  async #answerOf(asked: Promise<number>): Promise<number> {
    try {
      return await asked;
    } catch (err) {
      this.#failure ??= { err };
      return 0;
    }
  }

  /** Nothing more is visited; what is being visited is visited to its end. */
  get #isEnding(): boolean {
    return this.#options.signal.aborted || this.#failure !== undefined;
  }

  #finish(): void {
    this.#isOver = true;
    this.#end.resolve();
  }
}

const FIRST_WINDOW = 100;
const LARGEST_WINDOW = 2_000;
const SMALLEST_WINDOW = 10;
/** All that is being visited at a time shall fit into this. */
const BYTES_AT_ONCE = 32 * 1024 * 1024;

/**
 * How many messages a consumer may hold: more with each that is full, lest a long queue need hundreds of them; fewer where
 * messages are large. Pure.
 * @param before 0: it is the first one @param largest bytes of the largest body so far
 */
export function windowAfter(before: number, largest: number): number {
  if (before === 0) return FIRST_WINDOW;
  const fitting = Math.floor(BYTES_AT_ONCE / Math.max(1, largest));
  return Math.max(SMALLEST_WINDOW, Math.min(2 * before, LARGEST_WINDOW, fitting));
}
