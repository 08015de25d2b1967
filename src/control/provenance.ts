// Who a question or an order is from, and whether whoever it is from was allowed to send it: what the broker vouches for, and
// never what the body says. Pure.
//
// The permission is the one to write to the exchange `taskqueue.control`, and it can be narrowed down to routing keys. There
// are two ways round it, and neither counts: anybody who may use the default exchange reaches every queue by its name, and
// a sender who may only ask can have copies sent to other routing keys with a header `CC` (RabbitMQ 3.10 looks at the first
// key only). Both are seen by the exchange and the routing key that the message comes with.
import type { Delivery } from '../broker/broker.ts';
import type { Route } from '../broker/topology.ts';
import { TaskqueueError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

/** What the broker says of a message. */
export type Posted = Pick<Delivery, 'exchange' | 'routingKey' | 'message'>;

/**
 * The login of whoever sent this by that route, which the broker has compared with what the message says.
 * @throws TaskqueueError `PROTOCOL`
 */
export function senderOf(posted: Posted, route: Route): string {
  const { exchange, routingKey } = posted;
  if (exchange !== route.exchange || routingKey !== route.routingKey) {
    const [came, due] = [
      printable(`"${exchange}" with "${routingKey}"`),
      `"${route.exchange}" with "${route.routingKey}"`,
    ];
    throw new TaskqueueError('PROTOCOL', `it came through the exchange ${came}, not through ${due}`);
  }
  const { userId } = posted.message.properties;
  if (userId === undefined || userId === '') {
    throw new TaskqueueError(
      'PROTOCOL',
      'it does not say who it is from: it has no user_id, which the broker would verify',
    );
  }
  return userId;
}
