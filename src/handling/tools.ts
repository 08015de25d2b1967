// What everything that handles deliveries needs at hand.

import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { EventSink } from '../events/event.ts';

export interface Tools {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventSink;
  /** Name of this host. */
  readonly host: string;
  /** `dispatcher` or `workerpool`: goes into what is parked, with the host. */
  readonly daemon: string;
}

export function placeOf({ host, daemon }: Tools): string {
  return `${host} ${daemon}`;
}
