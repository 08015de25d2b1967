import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AckWindow, PATIENCE_MS } from '../../../../src/broker/amqp/ack-window.ts';

function windowOf(deliveries: number): AckWindow {
  const window = new AckWindow();
  for (let tag = 1; tag <= deliveries; tag++) window.delivered(tag);
  return window;
}

describe('the ack window', () => {
  it('sends what is acked without a gap from the oldest on as one', () => {
    const window = windowOf(5);
    for (const tag of [3, 1, 2]) window.acked(tag, 0);
    expect(window.take(0)).toEqual({ upTo: 3, singly: [] });
    expect(window.take(0)).toEqual({ upTo: null, singly: [] });
  });

  it('keeps what waits behind an older delivery for a moment, and then sends it singly', () => {
    const window = windowOf(3);
    window.acked(2, 100);
    window.acked(3, 101);
    expect(window.take(100)).toEqual({ upTo: null, singly: [] });
    expect(window.nextDueAt()).toBe(100 + PATIENCE_MS);
    expect(window.take(100 + PATIENCE_MS)).toEqual({ upTo: null, singly: [2] });
    expect(window.nextDueAt()).toBe(101 + PATIENCE_MS);
  });

  it('goes on behind what was sent singly', () => {
    const window = windowOf(4);
    window.acked(2, 0);
    window.take(PATIENCE_MS);
    window.acked(1, PATIENCE_MS);
    window.acked(3, PATIENCE_MS);
    expect(window.take(PATIENCE_MS)).toEqual({ upTo: 3, singly: [] });
    expect(window.open).toBe(1);
  });

  it('waits no longer where the clock has been set back', () => {
    const window = windowOf(2);
    window.acked(2, 3_600_000);
    expect(window.take(100)).toEqual({ upTo: null, singly: [2] });
  });

  it('does not wait for what was requeued', () => {
    const window = windowOf(3);
    window.requeued(1);
    window.acked(2, 0);
    expect(window.take(0)).toEqual({ upTo: 2, singly: [] });
  });

  it('sends everything when told to', () => {
    const window = windowOf(4);
    for (const tag of [1, 3, 4]) window.acked(tag, 0);
    expect(window.take(0, true)).toEqual({ upTo: 1, singly: [3, 4] });
    expect(window.nextDueAt()).toBeNull();
  });

  type Step = { kind: 'deliver' | 'take' } | { kind: 'ack' | 'requeue'; which: number } | { kind: 'pass'; ms: number };
  const which = fc.nat();
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.constant({ kind: 'deliver' }),
    fc.record({ kind: fc.constant('ack'), which }),
    fc.record({ kind: fc.constant('requeue'), which }),
    fc.constant({ kind: 'take' }),
    fc.record({ kind: fc.constant('pass'), ms: fc.nat(30) }),
  );

  it('tells the broker of each acked delivery exactly once, and of no other, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = new AckWindow();
        const unsettled = new Set<number>(); // with us
        const held = new Set<number>(); // not settled with the broker
        const acked = new Map<number, number>(); // by us, not by the broker: since when
        let [now, tags] = [0, 0];
        const settle = (tag: number): void => {
          expect(acked.has(tag)).toBe(true);
          acked.delete(tag);
          expect(held.delete(tag)).toBe(true); // a second ack of one tag would close the channel
        };
        const take = (all: boolean): void => {
          const { upTo, singly } = window.take(now, all);
          if (upTo !== null) expect(held.has(upTo)).toBe(true);
          for (const tag of [...held]) if (upTo !== null && tag <= upTo) settle(tag);
          for (const tag of singly) settle(tag);
          for (const since of acked.values()) expect(now - since).toBeLessThan(PATIENCE_MS);
        };
        for (const one of steps) {
          const chosen = 'which' in one ? [...unsettled][one.which % Math.max(1, unsettled.size)] : undefined;
          if (one.kind === 'deliver') {
            window.delivered(++tags);
            unsettled.add(tags);
            held.add(tags);
          } else if (one.kind === 'pass') now += one.ms;
          else if (one.kind === 'take') take(false);
          else if (chosen !== undefined) {
            unsettled.delete(chosen);
            if (one.kind === 'ack') acked.set(chosen, now);
            else held.delete(chosen);
            if (one.kind === 'ack') window.acked(chosen, now);
            else window.requeued(chosen);
          }
          expect(window.open).toBe(unsettled.size);
        }
        take(true);
        expect([...held]).toEqual([...unsettled]);
      }),
    );
  });
});
