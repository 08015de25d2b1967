// Where the contract is tried: one broker on one server, and the steps that its tests share.
import { expect } from 'vitest';
import type { Broker, ConsumeOptions, Consumer, Delivery, Outgoing } from '../../src/broker/broker.ts';
import { type Declarations, NOTHING } from '../../src/broker/declarations.ts';
import { Inbox } from './inbox.ts';

export interface ContractServer {
  /** The login of all its brokers. */
  readonly user: string;
  /** A broker on this server, started and connected. All brokers of one server share its queues. */
  connect(name: string): Promise<Broker>;
  /** As another program would. */
  deleteQueue(queue: string): Promise<void>;
  /** Ends the server, and whatever brokers are still connected. */
  stop(): Promise<void>;
}

type QueueArguments = Readonly<Record<string, string | number>>;

export class Bench {
  #server: ContractServer | null = null;
  #broker: Broker | null = null;
  #names = 0;

  async open(server: ContractServer): Promise<void> {
    this.#server = server;
    this.#broker = await server.connect('contract');
  }

  async close(): Promise<void> {
    await this.#broker?.stop();
    await this.#server?.stop();
  }

  get server(): ContractServer {
    if (this.#server === null) throw new Error('not before the first test');
    return this.#server;
  }

  get broker(): Broker {
    if (this.#broker === null) throw new Error('not before the first test');
    return this.#broker;
  }

  /** A name that no other test uses. */
  fresh(what = 'queue'): string {
    return `contract_${what}_${++this.#names}`;
  }

  async freshQueue(args: QueueArguments = {}): Promise<string> {
    const queue = this.fresh();
    expect(await this.broker.declare(queueOf(queue, args))).toEqual({ kind: 'declared' });
    return queue;
  }

  /** Consumes into an inbox, until the bench is closed. */
  consume(queue: string, options: Partial<ConsumeOptions> = {}): { inbox: Inbox; consumer: Consumer } {
    const inbox = new Inbox();
    const onDelivery = (delivery: Delivery): void => inbox.put(delivery);
    const consumer = this.broker.consume({ queue, declarations: NOTHING, prefetch: 100, onDelivery, ...options });
    return { inbox, consumer };
  }

  async publishAll(queue: string, bodies: readonly string[]): Promise<void> {
    const outcomes = await Promise.all(bodies.map((body) => this.broker.publish(outgoing(queue, body))));
    expect(outcomes.every((one) => one.kind === 'confirmed')).toBe(true);
  }
}

export function texts(deliveries: readonly Delivery[]): string[] {
  return deliveries.map((one) => one.message.body.toString());
}

export function outgoing(routingKey: string, body: string): Outgoing {
  return { exchange: '', routingKey, mandatory: true, properties: {}, headers: {}, body: Buffer.from(body) };
}

export function queueOf(queue: string, args: QueueArguments = {}): Declarations {
  return { ...NOTHING, queues: [{ queue, arguments: args }] };
}

export function boundQueue(queue: string, exchange: string): Declarations {
  return {
    exchanges: [{ exchange, type: 'topic', arguments: {} }],
    queues: [{ queue, arguments: {} }],
    bindings: [{ source: exchange, pattern: 'a.#', destination: { queue } }],
  };
}

/** Asks again and again; the test's own timeout is the end of its patience. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
