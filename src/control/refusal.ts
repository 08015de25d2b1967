// What to do where the broker does not let somebody ask or give orders: in its own words, and with the permission that is
// missing. Pure.
import { refusalCode } from '../broker/denied.ts';
import { CLIENT_PREFIX, CONTROL } from '../broker/topology.ts';
import { TaskqueueError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

/** @param verb `ask`: it was a question; `order`: an order */
export function publishRefusal(reason: string, user: string, verb: 'ask' | 'order'): TaskqueueError {
  const who = `user "${printable(user)}"`;
  if (/user_id/.test(reason)) {
    const message = `${who} is not who is logged in at the broker, which therefore refuses to pass on what is said in that name (${reason})`;
    return new TaskqueueError('PERMISSION', message);
  }
  const what = verb === 'ask' ? 'ask the daemons' : 'give orders';
  const message = `${who} may not ${what}: that takes the permission to write to the exchange ${CONTROL} (rabbitmqctl set_permissions; the broker says: ${reason})`;
  return new TaskqueueError(refusalCode(reason), message);
}

/** It may not have the queue for what comes back. */
export function queueRefusal(reason: string, user: string): TaskqueueError {
  const message = `user "${printable(user)}" can't have a queue for the answers: that takes the permissions to configure and read queues that are called ${CLIENT_PREFIX}* (rabbitmqctl set_permissions; the broker says: ${reason})`;
  return new TaskqueueError(refusalCode(reason), message);
}
