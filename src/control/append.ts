// What a daemon itself appends to the control log.
import type { Broker, PublishOutcome } from '../broker/broker.ts';
import { orderRoute } from '../broker/topology.ts';
import type { Order } from './order.ts';

/** @param user the login at the broker, which compares it */
export function append(broker: Broker, user: string, order: Order): Promise<PublishOutcome> {
  return broker.publish({
    ...orderRoute(order.kind),
    mandatory: true,
    properties: { contentType: 'application/json', deliveryMode: 2, messageId: order.operation, userId: user },
    headers: {},
    body: Buffer.from(JSON.stringify(order)),
  });
}
