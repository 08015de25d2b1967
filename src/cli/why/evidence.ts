// All that can be known of a workitem: what daemons say, and what is kept in taskqueue.dead and taskqueue.unroutable. Nothing
// else is looked into: what waits in `taskqueue`, in worker queues and in delays is never consumed.
import { type Broker, isConnected } from '../../broker/broker.ts';
import { DEAD, UNROUTABLE } from '../../broker/topology.ts';
import type { Whereabouts } from '../../control/answer.ts';
import { TaskqueueError } from '../../core/errors.ts';
import { factsOf, type ParkedFacts } from '../../parked/facts.ts';
import { lookThrough } from '../../parked/look.ts';
import { isNamed } from '../../parked/selection.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { surveyFleet } from '../fleet/survey.ts';
import type { Correspondence } from '../with-correspondent.ts';

/** What one daemon says. */
export interface Testimony {
  readonly host: string;
  readonly daemon: 'dispatcher' | 'workerpool';
  readonly where: Whereabouts;
}

export interface Evidence {
  readonly id: string;
  readonly fleet: Fleet;
  readonly testimonies: readonly Testimony[];
  /** What is kept of it. */
  readonly parked: readonly ParkedFacts[];
  readonly setAside: readonly ParkedFacts[];
  /** False where somebody else was at work in one of the two queues, or nobody could look there. */
  readonly isWhole: boolean;
  /** Whoever asks may not look there, or the broker says nothing about the queue. */
  readonly refusal: TaskqueueError | null;
}

/** How long to wait for others who look into the same queues. */
const PATIENCE_MS = 10_000;
/** Ids may be said again and again: so many are kept of each. */
const MOST_KEPT = 1_000;

export async function gather(tools: Correspondence, id: string, waitMs: number): Promise<Evidence> {
  const [answers, fleet] = await Promise.all([
    tools.correspondent.ask({ kind: 'why', id }, { forMs: waitMs }),
    surveyFleet(tools, waitMs),
  ]);
  const testimonies = answers.flatMap(({ host, daemon, whereabouts }) =>
    whereabouts.map((where) => ({ host, daemon, where })),
  );
  // Only now: what is parked meanwhile is found there, and what a daemon remembers as parked has had the time to be.
  const [dead, unroutable] = await Promise.all([kept(tools, DEAD, id), kept(tools, UNROUTABLE, id)]);
  const isWhole = dead.isWhole && unroutable.isWhole;
  const refusal = dead.refusal ?? unroutable.refusal;
  return { id, fleet, testimonies, parked: dead.found, setAside: unroutable.found, isWhole, refusal };
}

interface Kept {
  readonly found: readonly ParkedFacts[];
  readonly isWhole: boolean;
  readonly refusal: TaskqueueError | null;
}

async function kept(tools: Correspondence, queue: string, id: string): Promise<Kept> {
  try {
    return { ...(await keptIn(tools, queue, id)), refusal: null };
  } catch (err) {
    if (!isOfThisQueue(err, tools.broker)) throw err;
    return { found: [], isWhole: false, refusal: err };
  }
}

/** All else is known in spite of it. */
function isOfThisQueue(err: unknown, { status }: Broker): err is TaskqueueError {
  if (!(err instanceof TaskqueueError)) return false;
  return err.code === 'PERMISSION' || (err.code === 'UNAVAILABLE' && isConnected(status));
}

async function keptIn(tools: Correspondence, queue: string, id: string): Promise<Omit<Kept, 'refusal'>> {
  let found: ParkedFacts[] = [];
  const { isWhole } = await lookThrough(tools, {
    queue,
    patienceMs: PATIENCE_MS,
    begin: () => {
      found = [];
    },
    visit: ({ message }) => {
      const facts = factsOf(message);
      if (isNamed(facts, id) && found.length < MOST_KEPT) found.push(facts);
    },
  });
  return { found, isWhole };
}
