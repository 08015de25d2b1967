import { describe, expect, it } from 'vitest';
import { delayRoute, MAX_DELAY_SECONDS } from '../../../src/broker/topology.ts';
import { inTheBroker, later } from '../../../src/handling/later.ts';
import { message } from '../../support/fake-tools.ts';

describe('a message for later', () => {
  it('is the message, on its way through the delay levels', () => {
    const original = message('body', { properties: { messageId: 'm' }, headers: { x: 1 } });
    const route = delayRoute(5, 'worker_w');
    expect(later(original, 'worker_w', 5_000)).toEqual({ ...original, ...route, mandatory: true });
  });

  it.each([
    [1, 1],
    [0, 1],
    [-5, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [Number.MAX_VALUE, MAX_DELAY_SECONDS],
    [Infinity, MAX_DELAY_SECONDS],
  ])('of %d ms waits %i whole seconds', (delayMs, seconds) => {
    const { exchange, routingKey } = later(message(), 'worker_w', delayMs);
    expect({ exchange, routingKey }).toEqual(delayRoute(seconds, 'worker_w'));
    expect(inTheBroker(delayMs)).toBe(seconds * 1000);
  });
});
