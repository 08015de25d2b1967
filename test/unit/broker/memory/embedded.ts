// An embedded broker under a clock that the test turns.
import type { Consumer, Delivery, Outgoing } from '../../../../src/broker/broker.ts';
import { type Declarations, NOTHING } from '../../../../src/broker/declarations.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../../src/broker/memory/server.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

export let clock: ManualClock;
export let server: MemoryServer;
export let broker: MemoryBroker;

/** For `beforeEach`: nothing is left of the test before. */
export async function setUp(): Promise<void> {
  clock = manualClock();
  server = createMemoryServer({ clock });
  broker = createMemoryBroker(server, { name: 'memory' });
  await broker.start();
}

export const queues = (...names: string[]): Declarations => queue(Object.fromEntries(names.map((name) => [name, {}])));
export const queue = (all: Record<string, Record<string, string | number>>): Declarations => ({
  ...NOTHING,
  queues: Object.entries(all).map(([name, args]) => ({ queue: name, arguments: args })),
});
export const to = (routingKey: string, text: string, more: Partial<Outgoing> = {}): Outgoing => ({
  exchange: '',
  routingKey,
  mandatory: true,
  properties: {},
  headers: {},
  body: Buffer.from(text),
  ...more,
});

/** Consumes and keeps what comes. */
export function collect(name: string, prefetch = 100, by = broker): { got: Delivery[]; consumer: Consumer } {
  const got: Delivery[] = [];
  const consumer = by.consume({ queue: name, declarations: queues(name), prefetch, onDelivery: (d) => got.push(d) });
  return { got, consumer };
}
export const texts = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ message }) => message.body.toString());
export const passing = (): Promise<void> => clock.advance(0);
