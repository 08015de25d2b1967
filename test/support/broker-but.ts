import type { Broker } from '../../src/broker/broker.ts';

/** That broker, but for these parts of it. */
export function brokerBut(broker: Broker, parts: Partial<Broker>): Broker {
  return new Proxy(broker, {
    get: (target, name) => {
      const value: unknown = parts[name as keyof Broker] ?? target[name as keyof Broker];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
