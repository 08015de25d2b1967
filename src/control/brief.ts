// Events as they are kept and sent: their texts – what handlers throw, say – are bounded, since thousands of them may wait, and
// thousands are remembered. Pure.
import { cutToBytes } from '../core/text.ts';
import type { TaskqueueEvent } from '../events/event.ts';
import { LIMITS } from './limits.ts';

/** The same event where nothing in it is too long. */
export function briefed(event: TaskqueueEvent): TaskqueueEvent {
  switch (event.kind) {
    case 'failed':
    case 'cancelled':
    case 'parked':
      return isLong(event.error) ? { ...event, error: cut(event.error) } : event;
    case 'delayed':
    case 'queued':
    case 'failing':
      return isLong(event.why) ? { ...event, why: cut(event.why) } : event;
    case 'progress':
      return isLong(event.note) ? { ...event, note: cut(event.note) } : event;
    case 'died':
      return isLong(event.how) ? { ...event, how: cut(event.how) } : event;
    case 'routed':
    case 'unroutable':
    case 'started':
    case 'finished':
    case 'expired':
    case 'ready':
    case 'gone':
      return event;
    default:
      return event satisfies never;
  }
}

const isLong = (text: string): boolean => text.length > LIMITS.text;
/** By way of bytes: a part of a text would keep the whole of it in memory. */
const cut = (text: string): string => cutToBytes(text, LIMITS.text);
