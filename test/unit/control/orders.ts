// Orders, and entries of the control log, for tests.
import { orderRoute } from '../../../src/broker/topology.ts';
import type { GivenOrder, Order } from '../../../src/control/order.ts';
import type { Posted } from '../../../src/control/provenance.ts';
import type { Properties } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';

type OrderOf<K extends Order['kind']> = Extract<Order, { kind: K }>;

const ABOUT = { v: 1, operation: 'op', at: 1_000, reason: 'because' } as const;
const ORDERS: { readonly [K in Order['kind']]: OrderOf<K> } = {
  cancel: { ...ABOUT, kind: 'cancel', id: 'one' },
  pause: { ...ABOUT, kind: 'pause', type: 'w', untilMs: null },
  resume: { ...ABOUT, kind: 'resume', type: 'w' },
  repeat: { ...ABOUT, kind: 'repeat', type: 'w', untilMs: null, by: 'bob', upTo: 0 },
  mark: { ...ABOUT, kind: 'mark' },
};

export function orderOf<K extends Order['kind']>(kind: K, more: Partial<OrderOf<K>> = {}): OrderOf<K> {
  return { ...ORDERS[kind], ...more };
}

export function given<K extends Order['kind']>(kind: K, more: Partial<OrderOf<K>> = {}, by = 'alice'): GivenOrder {
  return { order: orderOf(kind, more), by, replyTo: null };
}

/** As alice, who may, sends it. */
export function entry(
  order: Order,
  more: Partial<Omit<Posted, 'message'>> & { readonly properties?: Properties } = {},
): Posted {
  const { properties = { userId: 'alice' }, ...posted } = more;
  return { ...orderRoute(order.kind), ...posted, message: message(JSON.stringify(order), { properties }) };
}
