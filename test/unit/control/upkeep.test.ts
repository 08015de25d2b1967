import { describe, expect, it } from 'vitest';
import { OrderBook, type StandingPause } from '../../../src/control/order-book.ts';
import { createUpkeep, type Upkeep } from '../../../src/control/upkeep.ts';
import { given, orderOf } from './orders.ts';

const LOG_BYTES = 100_000;

/** These pauses stand. */
function standing(...operations: string[]): readonly StandingPause[] {
  const book = new OrderBook();
  for (const operation of operations) book.apply(given('pause', { operation, type: operation }), 0, 1);
  return book.pauses(1);
}
const fading = (upkeep: Upkeep, ...operations: string[]): string[] =>
  upkeep.fading(standing(...operations)).map(({ operation }) => operation);

describe('a pause in the log', () => {
  it('fades once a quarter of a full log stands behind it, and no longer when it is read again', () => {
    const upkeep = createUpkeep(LOG_BYTES);
    upkeep.read(100, orderOf('pause', { operation: 'a' }));
    upkeep.complete();
    upkeep.read(24_000, null);
    expect(fading(upkeep, 'a')).toEqual([]);
    upkeep.read(1_000, orderOf('cancel'));
    expect(fading(upkeep, 'a')).toEqual(['a']);
    upkeep.read(100, orderOf('repeat', { operation: 'a' }));
    expect(fading(upkeep, 'a')).toEqual([]);
  });

  it('does not fade while the log is still read, though it may have been read long ago', () => {
    const upkeep = createUpkeep(LOG_BYTES);
    upkeep.read(100, orderOf('pause', { operation: 'a' }));
    upkeep.read(90_000, null);
    expect(fading(upkeep, 'a')).toEqual([]);
    upkeep.read(100, orderOf('repeat', { operation: 'a' }));
    upkeep.complete();
    expect(fading(upkeep, 'a')).toEqual([]);
  });

  it('has faded where the log was read to its end and it is not in there: somebody has deleted the log', () => {
    const upkeep = createUpkeep(LOG_BYTES);
    upkeep.read(100, orderOf('pause', { operation: 'a' }));
    upkeep.begin();
    upkeep.read(100, orderOf('pause', { operation: 'b' }));
    expect(fading(upkeep, 'a', 'b')).toEqual([]);
    upkeep.complete();
    expect(fading(upkeep, 'a', 'b')).toEqual(['a']);
  });

  it('fades by the number of entries, too: each takes more than its body', () => {
    const upkeep = createUpkeep(LOG_BYTES);
    upkeep.read(0, orderOf('pause', { operation: 'a' }));
    upkeep.complete();
    for (let n = 0; n < 200; n++) upkeep.read(0, orderOf('mark'));
    expect(fading(upkeep, 'a')).toEqual(['a']);
  });
});
