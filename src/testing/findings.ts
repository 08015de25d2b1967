// What a test finds out about its workitems: results and parked ones are taken from their queues, as their receiver and an
// operator would; events tell the rest.
import type { Broker, Delivery } from '../broker/broker.ts';
import type { Declarations } from '../broker/declarations.ts';
import { DEAD, internalDeclarations } from '../broker/topology.ts';
import type { TaskqueueEvent } from '../events/event.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import { type Outcome, outcomeOf, type Traces } from './outcome.ts';

/** As many at once as a test may ever have. */
const PREFETCH = 1_000;

export class Findings {
  /** Those that it empties. */
  readonly queues = new Set<string>();
  readonly #traces = new Map<string, Traces>();

  collectResults(broker: Broker, queue: string, declarations: Declarations): void {
    this.#collect(broker, queue, declarations, (message) => this.#note(resultId(message), { result: message }));
  }

  collectParked(broker: Broker): void {
    this.#collect(broker, DEAD, internalDeclarations(), (message) =>
      this.#note(message.properties.messageId ?? '', { parked: message }),
    );
  }

  told(event: TaskqueueEvent): void {
    if (!('id' in event)) return;
    switch (event.kind) {
      case 'finished':
        return this.#note(event.id, { told: { kind: event.kind, error: '' } });
      case 'expired':
        return this.#note(event.id, { told: { kind: event.kind, error: 'expired before it was worked on' } });
      case 'failed':
      case 'cancelled':
        return this.#note(event.id, { told: { kind: event.kind, error: event.error } });
      case 'unroutable':
        return this.#note(event.id, { isUnroutable: true });
      default:
        return this.#note(event.id, {});
    }
  }

  knows(id: string): boolean {
    return this.#traces.has(id);
  }

  outcomeOf(id: string): Outcome | undefined {
    return outcomeOf(this.#traces.get(id) ?? {});
  }

  #collect(broker: Broker, queue: string, declarations: Declarations, onMessage: (message: Message) => void): void {
    this.queues.add(queue);
    const onDelivery = (delivery: Delivery): void => {
      onMessage(delivery.message);
      delivery.ack();
    };
    broker.consume({ queue, declarations, prefetch: PREFETCH, onDelivery });
  }

  #note(id: string, more: Traces): void {
    this.#traces.set(id, { ...this.#traces.get(id), ...more });
  }
}

function resultId({ headers, properties }: Message): string {
  const id = headers[HEADER.id];
  return typeof id === 'string' ? id : (properties.correlationId ?? '');
}
