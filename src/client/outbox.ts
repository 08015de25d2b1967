// Publishes a workitem and tells when the broker has it, or why it has not. An end that nobody knows – the connection was
// lost before the confirm – is tried again under the same id: the workitem may then be there twice, and run twice.
import type { Broker, Outgoing } from '../broker/broker.ts';
import { refusalCode } from '../broker/denied.ts';
import { type QueueType, sharedQueue, TASKQUEUE } from '../broker/topology.ts';
import type { Clock } from '../core/clock.ts';
import { TaskqueueError } from '../core/errors.ts';
import { patienceUntil } from '../core/patience.ts';
import { type KnownOutcome, publishUntilKnown } from '../handling/publish-until-known.ts';

export interface OutboxTools {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly queueType: QueueType;
}

/**
 * Resolves once it is confirmed. As every client does, this one sees to the queue `taskqueue`, where it is missing.
 * @param enough aborts when nobody waits any longer
 */
export async function publishWorkitem(tools: OutboxTools, outgoing: Outgoing, enough: AbortSignal): Promise<void> {
  const first = await publish(tools, outgoing, enough);
  if (first.kind !== 'returned') return demandConfirmed(first);
  const declared = await tools.broker.declare(sharedQueue(TASKQUEUE, tools.queueType));
  if (declared.kind === 'refused') throw new TaskqueueError('UNAVAILABLE', missing(declared.reason));
  demandConfirmed(await publish(tools, outgoing, enough));
}

function publish({ broker, clock }: OutboxTools, outgoing: Outgoing, enough: AbortSignal): Promise<KnownOutcome> {
  return publishUntilKnown(broker, clock, { isOpen: true }, outgoing, patienceUntil(enough));
}

function demandConfirmed(outcome: KnownOutcome): void {
  switch (outcome.kind) {
    case 'confirmed':
    case 'gone': // nobody waits any more: whoever set the time says so
      return;
    case 'returned':
      throw new TaskqueueError('UNAVAILABLE', missing(outcome.reason));
    case 'refused':
      throw new TaskqueueError(refusalCode(outcome.reason), `the broker refuses the workitem: ${outcome.reason}`);
    case 'unwritable':
      throw new TaskqueueError('USAGE', `the workitem cannot be written as a message: ${outcome.reason}`);
    default:
      outcome satisfies never;
  }
}

function missing(reason: string): string {
  return `there is no queue "${TASKQUEUE}", and this user may not make it: start a dispatcher, which does (the broker says: ${reason})`;
}

/** What to say of a workitem that is not confirmed in time. */
export function unconfirmed(broker: Broker, id: string, ms: number): TaskqueueError {
  const why = broker.status.problem ?? 'it gave no answer';
  const message = `the broker did not confirm workitem ${id} within ${ms} ms (${why}): it may have it, or not`;
  return new TaskqueueError('TIMEOUT', message);
}
