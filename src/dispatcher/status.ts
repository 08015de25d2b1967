// What a dispatcher says about itself when it is asked: read from its tables, changing nothing. Pure.
import type { AboutDaemon, DispatcherStatus, QueueCount, Whereabouts } from '../control/answer.ts';
import { LIMITS } from '../control/limits.ts';
import { isAbout } from '../control/whereabouts.ts';
import { identityOf } from '../workitem/envelope.ts';
import type { Message } from '../workitem/message.ts';

interface DispatcherFigures {
  readonly forwarded: number;
  readonly inFlight: number;
  readonly awaited: Iterable<string>;
  /** Why it does not get what waits in `taskqueue`. */
  readonly problem: string | null;
}

/** @param queues how many have been passed on to each */
export function dispatcherStatus(
  about: AboutDaemon,
  figures: DispatcherFigures,
  queues: readonly QueueCount[],
): DispatcherStatus {
  const { forwarded, inFlight, awaited, problem } = figures;
  return {
    ...about,
    problem: about.problem ?? problem,
    kind: 'dispatcher',
    forwarded,
    inFlight,
    awaited: [...awaited].slice(0, LIMITS.queues),
    queues,
  };
}

/** What it has in its hands. @param now ms since 1970: nobody has noted since when */
export function passing(id: string, messages: Iterable<Message>, now: number): readonly Whereabouts[] {
  return [...messages]
    .map((message) => identityOf(message))
    .filter((one) => isAbout(one, id))
    .map(({ id: own, run }) => ({ id: own, run, type: '', at: now, state: 'passing' }));
}
