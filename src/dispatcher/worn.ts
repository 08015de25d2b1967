// A workitem in `taskqueue` that comes again and again: something dies at it, or beside it. A broker deletes what it has
// delivered too often (RabbitMQ 4: 20 times, on quorum queues), so it is published anew long before that. Pure.
import type { Delivery } from '../broker/broker.ts';
import { counter, HEADER } from '../workitem/headers.ts';

/** `count`: how often it had to be delivered again, in all. */
type Wear = { readonly kind: 'fresh' } | { readonly kind: 'worn' | 'outworn'; readonly count: number };

const WORN_FROM = 10;
/** As in the pool. */
const MOST_REDELIVERIES = 50;

/** What the broker counts is believed on redelivery only: before, it is what a sender wrote. */
export function wearOf({ message: { headers }, redelivered }: Delivery): Wear {
  const byBroker = redelivered ? counter(headers, 'x-delivery-count') : 0;
  if (byBroker < WORN_FROM) return { kind: 'fresh' };
  const count = counter(headers, HEADER.redeliveries) + byBroker;
  return { kind: count < MOST_REDELIVERIES ? 'worn' : 'outworn', count };
}
