// Where orders are given and followed, on the memory broker: for tests.
import { expect, onTestFinished } from 'vitest';
import { NOTHING } from '../../../src/broker/declarations.ts';
import type { MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import { CONTROL_LOG, controlLogDeclarations, orderRoute } from '../../../src/broker/topology.ts';
import { Follower } from '../../../src/control/follow.ts';
import type { GivenOrder, Order } from '../../../src/control/order.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { connectTo } from '../../support/memory-client.ts';
import { entry } from './orders.ts';

export interface Hall {
  readonly clock: ManualClock;
  readonly server: MemoryServer;
  /** How often a pause has been appended again. */
  repeats(): number;
  /** Gives an order as alice. */
  order(order: Order): Promise<void>;
  publish(...args: Parameters<typeof entry>): Promise<void>;
  follower(more?: { readonly user?: string; readonly random?: () => number }): Promise<Followed>;
}

export interface Followed {
  readonly follower: Follower;
  readonly broker: MemoryBroker;
  readonly lines: string[];
  readonly given: GivenOrder[];
  /** `paused w`, `cancelled one` */
  readonly changes: string[];
}

/** `log`: whether there is one when the first daemon comes. */
export async function openHall(log = true): Promise<Hall> {
  const clock = manualClock();
  const server = createMemoryServer({ clock });
  onTestFinished(() => server.stop());
  const alice = await connectTo(server, 'alice', 'alice');
  if (log) await alice.declare(controlLogDeclarations());
  let repeats = 0;
  alice.consume({
    queue: CONTROL_LOG,
    declarations: NOTHING,
    prefetch: 100,
    from: 'first',
    onDelivery(delivery) {
      delivery.ack();
      if (delivery.routingKey === orderRoute('repeat').routingKey) repeats++;
    },
  });
  const publish: Hall['publish'] = async (...args) => {
    const { exchange, routingKey, message } = entry(...args);
    const outcome = await alice.publish({ exchange, routingKey, mandatory: true, ...message });
    expect(outcome).toEqual({ kind: 'confirmed' });
  };
  return {
    clock,
    server,
    repeats: () => repeats,
    publish,
    order: (order) => publish(order),
    async follower({ user = 'daemon', ...more } = {}) {
      const broker = await connectTo(server, 'daemon', 'daemon');
      const [lines, given, changes]: [string[], GivenOrder[], string[]] = [[], [], []];
      const say =
        (level: string) =>
        (fields: object, text: string): void =>
          void lines.push(`${level}: ${text} ${JSON.stringify(fields)}`);
      const logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
      const onGiven = (one: GivenOrder): void => void given.push(one);
      const follower = new Follower({ broker, clock, logger }, { user, onGiven, ...more });
      onTestFinished(() => follower.stop());
      follower.onChange((change) => {
        changes.push(change.kind === 'paused' ? `paused ${change.type}` : `cancelled ${change.cancellation.id}`);
      });
      return { follower, broker, lines, given, changes };
    },
  };
}
