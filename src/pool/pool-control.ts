// A pool as it is seen from outside: what it answers when it is asked, and where its events go.
import { briefed } from '../control/brief.ts';
import { Control } from '../control/control.ts';
import type { EventSink } from '../events/event.ts';
import { inHandOf } from './in-hand.ts';
import type { Pool } from './pool.ts';
import type { SettleTools } from './settle.ts';
import { poolStatus } from './status.ts';
import { Tally } from './tally.ts';

export interface Seen {
  readonly control: Control;
  /** For the tools of the pool. */
  readonly events: EventSink;
}

/** @param pool the one that has been made with these events; asked for only when somebody asks */
export function poolControl(tools: Omit<SettleTools, 'events'>, pool: () => Pool): Seen {
  const tally = new Tally();
  const control = new Control({
    ...tools,
    daemon: 'workerpool',
    status: (about, memory) => {
      const { roster, instances } = pool();
      const postponed = memory.delayedAt(tools.clock.now());
      return poolStatus(about, { roster, instances, counts: tally.byGroup, postponed });
    },
    inHand: (id) => inHandOf(id, pool().instances, pool().ending),
  });
  return {
    control,
    events(event) {
      const brief = briefed(event);
      tally.sink(brief);
      control.events(brief);
    },
  };
}
