// What a daemon itself appends to the control log.
import type { Broker } from '../broker/broker.ts';
import { orderRoute } from '../broker/topology.ts';
import type { Order } from './order.ts';

/**
 * Resolves with why it is not in the log, and will not be; `null`: it is there, or may be.
 * @param user the login at the broker, which compares it
 */
export async function append(broker: Broker, user: string, order: Order): Promise<string | null> {
  const outcome = await broker.publish({
    ...orderRoute(order.kind),
    mandatory: true,
    properties: { contentType: 'application/json', deliveryMode: 2, messageId: order.operation, userId: user },
    headers: {},
    body: Buffer.from(JSON.stringify(order)),
  });
  return outcome.kind === 'confirmed' || outcome.kind === 'unknown' ? null : outcome.reason;
}
