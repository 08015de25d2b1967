// Commands that ask daemons, on an embedded broker where the test itself is the daemons.
import type { Broker } from '../../../src/broker/broker.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import {
  CONTROL_LOG,
  controlLogDeclarations,
  questionDeclarations,
  questionQueue,
} from '../../../src/broker/topology.ts';
import type { Io } from '../../../src/cli/io.ts';
import { ANSWER } from '../../../src/control/news.ts';
import type { Order } from '../../../src/control/order.ts';
import type { Question } from '../../../src/control/question.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { type Deferred, deferred } from '../../../src/core/deferred.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { HEADER } from '../../../src/workitem/headers.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { brokerBut } from '../../support/broker-but.ts';
import { cli, directoryWith, type Ran } from './run-cli.ts';

const config = directoryWith({ 'c.ini': '[amqp]\nuser = ada\n' });

export class ControlBench {
  readonly server: MemoryServer = createMemoryServer({ clock: systemClock });
  /** About these queues, the broker says nothing to a command. */
  readonly silent = new Set<string>();
  #others: MemoryBroker | undefined;
  /** How many answer what a command says. */
  #answering = 0;

  run(args: readonly string[], io: Partial<Io> = {}): Promise<Ran> {
    const openBroker = async (): Promise<Broker> => {
      const broker = createMemoryBroker(this.server, { name: 'mq:1', user: 'ada' });
      const queueInfo: Broker['queueInfo'] = async (queue) => {
        if (this.silent.has(queue)) throw new TaskqueueError('UNAVAILABLE', `nothing is said about queue ${queue}`);
        return broker.queueInfo(queue);
      };
      return brokerBut(confirmingOnceAnswered(broker, this.#answering), { queueInfo });
    };
    return cli([...args, '-c', `${config}/c.ini`], { openBroker, ...io });
  }

  async broker(): Promise<MemoryBroker> {
    this.#others ??= createMemoryBroker(this.server, { name: 'daemons' });
    await this.#others.start();
    return this.#others;
  }

  /** Answers questions, as it is told. */
  async daemon(name: string, kind: 'dispatcher' | 'workerpool', answer: (question: Question) => object): Promise<void> {
    this.#answering++;
    const broker = await this.broker();
    broker.consume({
      queue: questionQueue(name),
      declarations: questionDeclarations(name),
      prefetch: 10,
      onDelivery: (delivery) => {
        delivery.ack();
        const said = answer(JSON.parse(delivery.message.body.toString()) as Question);
        void this.#tell(broker, delivery.message, { v: 1, host: `host-${name}`, daemon: kind, name, ...said });
      },
    });
  }

  /** Obeys orders, as it is told; returns those that were given. */
  async follower(name: string, done: string): Promise<Order[]> {
    const orders: Order[] = [];
    this.#answering++;
    const broker = await this.broker();
    broker.consume({
      queue: CONTROL_LOG,
      declarations: controlLogDeclarations(),
      prefetch: 10,
      from: 'first',
      onDelivery: (delivery) => {
        delivery.ack();
        orders.push(JSON.parse(delivery.message.body.toString()) as Order);
        const answer = { v: 1, host: `host-${name}`, daemon: 'workerpool', name, kind: 'obeyed', done };
        void this.#tell(broker, delivery.message, answer);
      },
    });
    return orders;
  }

  async #tell(broker: MemoryBroker, { properties }: Message, answer: object): Promise<void> {
    const { correlationId = '', replyTo = '' } = properties;
    await broker.publish({
      exchange: '',
      routingKey: replyTo,
      mandatory: false,
      properties: { correlationId },
      headers: { [HEADER.kind]: ANSWER },
      body: Buffer.from(JSON.stringify(answer)),
    });
  }
}

/** Says that it has a question or an order only when all answers have come: however busy the machine, none is too late. */
function confirmingOnceAnswered(broker: MemoryBroker, awaited: number): Broker {
  const open = new Map<string, { missing: number; readonly complete: Deferred<void> }>();
  const parts: Partial<Broker> = {
    async publish(outgoing) {
      const { correlationId } = outgoing.properties;
      if (correlationId === undefined || awaited === 0) return broker.publish(outgoing);
      const one = open.get(correlationId) ?? { missing: awaited, complete: deferred<void>() };
      open.set(correlationId, one);
      const outcome = await broker.publish(outgoing);
      if (outcome.kind === 'confirmed') await one.complete.promise;
      return outcome;
    },
    consume: (options) =>
      broker.consume({
        ...options,
        onDelivery: (delivery) => {
          options.onDelivery(delivery);
          const one = open.get(delivery.message.properties.correlationId ?? '');
          if (one && --one.missing === 0) one.complete.resolve();
        },
      }),
  };
  return brokerBut(broker, parts);
}
