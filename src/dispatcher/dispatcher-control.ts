// A dispatcher as it is seen from outside: what it answers when it is asked, and where its events go.
import { Control } from '../control/control.ts';
import type { DispatcherTools } from './desk.ts';
import type { Dispatcher } from './dispatcher.ts';
import { dispatcherStatus, passing } from './status.ts';

/** @param dispatcher the one whose events go to `events` of this; asked for only when somebody asks */
export function dispatcherControl(tools: Omit<DispatcherTools, 'events'>, dispatcher: () => Dispatcher): Control {
  return new Control({
    ...tools,
    daemon: 'dispatcher',
    status: (about, memory) => dispatcherStatus(about, dispatcher(), memory.queues),
    inHand: (id) => passing(id, dispatcher().messages, tools.clock.now()),
  });
}
