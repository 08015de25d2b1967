import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROL, CONTROL_LOG, orderRoute } from '../../../src/broker/topology.ts';
import { checkOrder } from '../../../src/control/check-order.ts';
import type { Order } from '../../../src/control/order.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { message } from '../../support/fake-tools.ts';
import { entry, orderOf } from './orders.ts';

const KINDS = ['cancel', 'pause', 'resume', 'repeat', 'mark'] as const satisfies readonly Order['kind'][];

describe('an entry of the control log', () => {
  it.each(KINDS)('that is a %s through the exchange for orders is taken, with who gave it', (kind) => {
    const order = orderOf(kind);
    expect(checkOrder(entry(order))).toEqual({ order, by: 'alice', replyTo: null });
  });

  it('says where to answer', () => {
    const { replyTo } = checkOrder(
      entry(orderOf('resume'), { properties: { userId: 'alice', replyTo: 'tq.client.1' } }),
    );
    expect(replyTo).toBe('tq.client.1');
  });

  it('has nothing but what belongs to its kind', () => {
    const taken = checkOrder(entry({ ...orderOf('resume'), by: 'root', __proto__: { evil: 1 }, untilMs: 5 } as Order));
    expect(taken).toEqual({ order: orderOf('resume'), by: 'alice', replyTo: null });
  });

  it.each<[string, Parameters<typeof entry>, RegExp]>([
    ['without a user_id', [orderOf('pause'), { properties: {} }], /who it is from/],
    ['with an empty user_id', [orderOf('pause'), { properties: { userId: '' } }], /who it is from/],
    [
      'through the default exchange',
      [orderOf('pause'), { exchange: '', routingKey: CONTROL_LOG }],
      /through the exchange/,
    ],
    ['through another exchange', [orderOf('pause'), { exchange: 'mine' }], /exchange "mine"/],
    ['copied from a question (CC)', [orderOf('pause'), { routingKey: 'ask.status' }], /"ask\.status"/],
    [
      'sent as an order of another kind',
      [orderOf('pause'), { routingKey: orderRoute('cancel').routingKey }],
      /"order\.cancel"/,
    ],
    ['of more than 64 KiB', [{ ...orderOf('pause'), reason: 'x'.repeat(65 * 1024) }], /at most 65536 bytes/],
    ['of another version', [{ ...orderOf('pause'), v: 2 as 1 }], /order\.v = 2/],
    ['without an operation', [{ ...orderOf('pause'), operation: '' }], /operation/],
    ['with an operation of 256 characters', [{ ...orderOf('pause'), operation: 'x'.repeat(256) }], /operation/],
    ['from before 1970', [{ ...orderOf('pause'), at: -1 }], /order\.at = -1/],
    ['from the year 300,000', [{ ...orderOf('pause'), at: 9e15 }], /order\.at/],
    ['to pause until a text', [{ ...orderOf('pause'), untilMs: 'tomorrow' as unknown as number }], /untilMs/],
    ['to pause what is no worker type', [orderOf('pause', { type: '../etc' })], /worker type begins with/],
    ['to resume a type with a name of 129 characters', [orderOf('resume', { type: 'x'.repeat(129) })], /worker type/],
    ['to cancel nothing', [orderOf('cancel', { id: '' })], /order\.id/],
    ['to cancel an id of 256 characters', [orderOf('cancel', { id: 'x'.repeat(256) })], /order\.id/],
    ['of an unknown kind', [{ ...orderOf('mark'), kind: 'shutdown' as 'mark' }], /kind = "shutdown"/],
    ['of an inherited kind', [{ ...orderOf('mark'), kind: 'constructor' as 'mark' }], /kind/],
  ])('%s is refused', (_, args, why) => {
    expect(() => checkOrder(entry(...args))).toThrow(why);
  });

  it('has a reason of at most 256 characters: more is cut, for only people read it', () => {
    const { order } = checkOrder(entry({ ...orderOf('pause'), reason: 'x'.repeat(300) }));
    expect(order.reason).toBe(`${'x'.repeat(255)}…`);
  });

  it.each(['', 'null', '[]', '"pause"', '{', '[{}]', '\u0000', '['.repeat(1000), '{"kind":'.repeat(600)])(
    'of which the body is %j is refused',
    (body) => {
      const posted = { ...entry(orderOf('mark')), message: message(body, { properties: { userId: 'alice' } }) };
      expect(() => checkOrder(posted)).toThrow(TaskqueueError);
    },
  );

  it('is taken or refused, whatever it is: no other error, and never what is not bounded', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('w', 1e300, -0, 'x'.repeat(300)));
    const wild = fc.record(
      {
        v: odd,
        kind: fc.constantFrom(...KINDS, 'x'),
        operation: odd,
        at: odd,
        reason: odd,
        id: odd,
        type: odd,
        upTo: odd,
      },
      { requiredKeys: [] },
    );
    const bytes = fc.oneof(
      wild.map((value) => Buffer.from(JSON.stringify(value))),
      fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw)),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(...KINDS), (body, kind) => {
        const posted = { exchange: CONTROL, routingKey: orderRoute(kind).routingKey };
        try {
          const { order } = checkOrder({ ...posted, message: message(body, { properties: { userId: 'alice' } }) });
          expect(order.kind).toBe(kind);
          expect(JSON.stringify(order).length).toBeLessThan(4_000);
        } catch (err) {
          if (!(err instanceof TaskqueueError)) throw err;
          expect(err.message.length).toBeLessThan(1_000);
        }
      }),
    );
  });
});
