// One sink of events made of several. Pure.
import type { EventSink } from './event.ts';

/** Every event goes to each of them, in this order. */
export function fanOut(...sinks: readonly EventSink[]): EventSink {
  return (event) => {
    for (const sink of sinks) sink(event);
  };
}
