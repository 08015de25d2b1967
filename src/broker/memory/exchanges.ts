// Which queues a message reaches: exchanges, their bindings, and what they do with what they can't route.
import type { Binding, ExchangeDeclaration } from '../declarations.ts';
import { topicMatches } from './topic.ts';

export class Exchanges {
  readonly #exchanges = new Map<string, ExchangeDeclaration>();
  readonly #bindings = new Map<string, Binding[]>();

  has(exchange: string): boolean {
    return exchange === '' || this.#exchanges.has(exchange);
  }

  /** Whether it is new: one that exists stays as it is. */
  add(declaration: ExchangeDeclaration): boolean {
    if (this.has(declaration.exchange)) return false;
    this.#exchanges.set(declaration.exchange, declaration);
    this.#bindings.set(declaration.exchange, []);
    return true;
  }

  bind(binding: Binding): void {
    const bindings = this.#bindings.get(binding.source) ?? [];
    const same = (other: Binding): boolean => JSON.stringify(other) === JSON.stringify(binding);
    if (!bindings.some(same)) bindings.push(binding);
  }

  unbindQueue(queue: string): void {
    for (const [source, bindings] of this.#bindings) {
      this.#bindings.set(
        source,
        bindings.filter(({ destination }) => !('queue' in destination && destination.queue === queue)),
      );
    }
  }

  /** Names of queues, each once, in the order of the bindings. Exchanges that lead back to each other end nowhere. */
  queuesFor(exchange: string, routingKey: string): ReadonlySet<string> {
    if (exchange === '') return new Set([routingKey]);
    const queues = new Set<string>();
    const exchanges = new Set([exchange]); // grows while it is walked
    for (const name of exchanges) {
      const destinations = this.#destinations(name, routingKey);
      for (const to of destinations) {
        if ('queue' in to) queues.add(to.queue);
        else exchanges.add(to.exchange);
      }
      const alternate = this.#exchanges.get(name)?.arguments['alternate-exchange'];
      if (destinations.length === 0 && alternate !== undefined) exchanges.add(alternate);
    }
    return queues;
  }

  #destinations(exchange: string, routingKey: string): Binding['destination'][] {
    const type = this.#exchanges.get(exchange)?.type;
    const bindings = this.#bindings.get(exchange) ?? [];
    return bindings.filter(({ pattern }) => matches(type, pattern, routingKey)).map(({ destination }) => destination);
  }
}

function matches(type: ExchangeDeclaration['type'] | undefined, pattern: string, routingKey: string): boolean {
  switch (type) {
    case 'topic':
      return topicMatches(pattern, routingKey);
    case 'direct':
      return pattern === routingKey;
    case 'fanout':
      return true;
    case undefined:
      return false;
    default:
      return type satisfies never;
  }
}
