// What the dispatcher has on its desk while it works.
import type { StandingOrders } from '../control/standing.ts';
import { TimelyPublisher } from '../handling/publish-in-time.ts';
import type { Tools } from '../handling/tools.ts';
import type { ResultsSettings } from './cancelled.ts';
import type { Refusals } from './refusals.ts';
import type { Formats } from './route.ts';
import { NO_STALLS, type Stalls } from './stalls.ts';

export interface DispatcherTools extends Tools {
  readonly orders: StandingOrders;
}

export interface Desk {
  readonly tools: DispatcherTools;
  /** To worker queues. */
  readonly publisher: TimelyPublisher;
  /** Replaced by a reload. */
  settings: ForwardSettings;
  refusals: Refusals;
  stalls: Stalls;
}

export interface ForwardSettings extends ResultsSettings {
  readonly formats: Formats;
  readonly maxMessageSize: number;
  /** Asks the format of a plugin which worker type a body names. Rejects as the format reader does. */
  workerTypeOf(format: string, body: Buffer): Promise<string>;
}

export function newDesk(tools: DispatcherTools, settings: ForwardSettings): Desk {
  const publisher = new TimelyPublisher(tools.broker, tools.clock);
  return { tools, publisher, settings, refusals: new Map(), stalls: NO_STALLS };
}
