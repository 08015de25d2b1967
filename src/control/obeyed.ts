// What a daemon says it has done about an order, in one sentence for whoever gave it. Pure, but for what it asks.
import type { DispatcherStatus, PoolStatus, Whereabouts } from './answer.ts';
import type { Order } from './order.ts';

/** What the daemon knows; each costs it something, so that only what the sentence needs is asked for. */
export interface Knowledge {
  status(): DispatcherStatus | PoolStatus;
  /** As they are once the order is obeyed. */
  whereabouts(id: string): readonly Whereabouts[];
}

/** For orders that come faster than they can be looked into: they are obeyed all the same. */
export const NOT_LOOKED_INTO = 'noted: too many orders at a time to say more';

export function doneAbout(order: Order, knowledge: Knowledge): string {
  switch (order.kind) {
    case 'cancel':
      return cancelled(knowledge.whereabouts(order.id));
    case 'pause':
    case 'repeat':
      return aboutType(order.type, knowledge.status(), 'nothing begins in');
    case 'resume':
      return aboutType(order.type, knowledge.status(), 'work goes on in');
    case 'mark':
      return 'noted';
    default:
      return order satisfies never;
  }
}

function aboutType(type: string, status: DispatcherStatus | PoolStatus, what: string): string {
  switch (status.kind) {
    case 'dispatcher':
      return 'noted: a dispatcher only passes on what it gets';
    case 'workerpool': {
      const count = status.groups
        .filter((one) => one.type === type)
        .reduce((sum, one) => sum + one.instances.length, 0);
      return count === 0
        ? 'noted: no instance of this type is here'
        : `${what} ${count} ${count === 1 ? 'instance' : 'instances'}`;
    }
    default:
      return status satisfies never;
  }
}

function cancelled(whereabouts: readonly Whereabouts[]): string {
  const places = new Set(whereabouts.map(placeOf).filter((place) => place !== undefined));
  return places.size === 0 ? 'noted: it is not here, or waits in a queue' : [...places].join('; ');
}

function placeOf(where: Whereabouts): string | undefined {
  switch (where.state) {
    case 'running':
      return `${where.instance} works on it, and is told to stop`;
    case 'waiting':
    case 'passing':
      return 'it is here, and does not begin';
    case 'settling':
      return 'it has just been handled: too late';
    case 'delayed':
      return 'it is delayed, and ends when that is over';
    case 'ended':
      return where.status === 'cancelled' ? 'it has ended: cancelled' : `it had ended before: ${where.status}`;
    case 'parked':
      return 'it is parked: only an operator would start it again';
    case 'unroutable':
      return 'it is set aside, and ends when it is looked at next';
    case 'routed':
      return 'it has gone to its worker queue: a pool ends it';
    case 'cancelled':
      return undefined; // this very order
    default:
      return where satisfies never;
  }
}
