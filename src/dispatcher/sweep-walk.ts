// One walk through a queue: so many of its messages, each visited once. What comes beyond that is held until the walk is
// over and only then handed back: a message that is handed back while we consume would be here again at once.
import type { Delivery } from '../broker/broker.ts';
import { internalDeclarations } from '../broker/topology.ts';
import { deferred } from '../core/deferred.ts';
import type { Tools } from '../handling/tools.ts';

export interface WalkOptions {
  readonly queue: string;
  /** How many messages are to be visited. */
  readonly count: number;
  /** Ends the walk: what is being visited is visited to its end. */
  readonly signal: AbortSignal;
  /** Settles the delivery. Must not reject. */
  visit(delivery: Delivery): Promise<void>;
}

const PREFETCH = 100;
/** A walk that gets nothing for so long is over: somebody else is walking, too. */
const QUIET_MS = 2_000;

/** Resolves when it is over: true where it has visited as many as it was to. */
export async function walk(
  { broker, clock }: Pick<Tools, 'broker' | 'clock'>,
  { queue, count, signal, visit }: WalkOptions,
): Promise<boolean> {
  const over = deferred<void>();
  const surplus: Delivery[] = [];
  let [visited, open, isOver] = [0, 0, false];
  let cancelQuiet: () => void = () => undefined;

  const end = (): void => {
    isOver = true;
    over.resolve();
  };
  const look = (): void => {
    cancelQuiet();
    if (open > 0) return;
    if (visited === count || signal.aborted) end();
    else cancelQuiet = clock.after(QUIET_MS, end);
  };
  const onDelivery = (delivery: Delivery): void => {
    if (isOver || visited === count || signal.aborted) return void surplus.push(delivery);
    visited++;
    open++;
    cancelQuiet();
    void visit(delivery).then(() => {
      open--;
      look();
    });
  };

  const prefetch = Math.min(PREFETCH, count);
  const consumer = broker.consume({ queue, declarations: internalDeclarations(), prefetch, onDelivery });
  signal.addEventListener('abort', look);
  look();
  await over.promise;
  signal.removeEventListener('abort', look);
  await consumer.stop();
  for (const delivery of surplus) delivery.requeue();
  return visited === count;
}
