import { describe, expect, it } from 'vitest';
import { FlightWindow } from '../../../../src/broker/amqp/flight-window.ts';

const MIB = 1024 * 1024;

describe('the flight window', () => {
  it('takes a thousand small messages, and the next when one has landed', () => {
    const window = new FlightWindow();
    for (let n = 0; n < 1_000; n++) {
      expect(window.hasRoomFor(10)).toBe(true);
      window.enter(10);
    }
    expect(window.hasRoomFor(10)).toBe(false);
    window.leave(10);
    expect(window.hasRoomFor(10)).toBe(true);
  });

  it('takes 16 MiB in all', () => {
    const window = new FlightWindow();
    window.enter(10 * MIB);
    expect(window.hasRoomFor(7 * MIB)).toBe(false);
    expect(window.hasRoomFor(5 * MIB)).toBe(true);
  });

  it('takes a message larger than itself, alone', () => {
    const window = new FlightWindow();
    expect(window.hasRoomFor(100 * MIB)).toBe(true);
    window.enter(100 * MIB);
    expect(window.hasRoomFor(0)).toBe(false);
    window.leave(100 * MIB);
    expect(window.isEmpty).toBe(true);
  });
});
