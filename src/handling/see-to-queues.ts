// Sees to queues that others' work passes through, beside that work: where one of them is silent, none of it waits for
// long.
import { isConnected } from '../broker/broker.ts';
import type { Declarations } from '../broker/declarations.ts';
import type { Tools } from './tools.ts';

/** Never rejects. What can't be there now is told; without a connection there is nothing to tell: the next one sees to it. */
export async function seeToQueues({ broker, logger }: Tools, declarations: Declarations): Promise<void> {
  const outcome = await broker.declare(declarations);
  if (outcome.kind === 'declared' || !isConnected(broker.status)) return;
  logger.warn({ reason: outcome.reason }, 'not all queues could be declared');
}
