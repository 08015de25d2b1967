import { expect, it } from 'vitest';
import type { Fleet } from '../../../../src/cli/fleet/fleet.ts';
import type { Key, Terminal } from '../../../../src/cli/top/terminal.ts';
import { watchFleet } from '../../../../src/cli/top/watch.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { fleet, group, instance, NOW, pool } from '../fleet/fleet.ts';

function stage(looks: (number: number) => Fleet) {
  const clock = manualClock();
  let press: (key: Key) => void = () => undefined;
  let resize: () => void = () => undefined;
  let number = 0;
  const seen = { screens: [] as (readonly string[])[], isOpen: false, columns: 80, rows: 24 };
  const terminal: Terminal = {
    get columns() {
      return seen.columns;
    },
    get rows() {
      return seen.rows;
    },
    open: () => void Object.assign(seen, { isOpen: true }),
    close: () => void Object.assign(seen, { isOpen: false }),
    draw: (lines) => void seen.screens.push(lines),
    onKey: (listener) => {
      press = listener;
    },
    onResize: (listener) => {
      resize = listener;
    },
  };
  const look = async (): Promise<Fleet> => looks(++number);
  const isOver = watchFleet({ terminal, clock, intervalMs: 1000, look });
  const last = (): string => seen.screens.at(-1)?.join('\n') ?? '';
  return { clock, seen, isOver, last, press: (key: Key) => press(key), resize: () => resize() };
}

/** Every look finds ten more done. */
const working = (number: number): Fleet =>
  fleet({ at: NOW + number * 1000, pools: [pool('p1', { groups: [group({ finished: number * 10 })] })] });

it('draws at once, and after each look, with the rate between the two', async () => {
  const { clock, seen, isOver, last, press } = stage(working);
  await clock.advance(0);
  expect([seen.isOpen, seen.screens.length, /build +0 +0 +1\/1 +- /.test(last())]).toEqual([true, 1, true]);
  await clock.advance(1000);
  expect(last()).toMatch(/build +0 +0 +1\/1 +10\.0 /);
  press('quit');
  await isOver;
  expect(seen.isOpen).toBe(false);
});

it('shows that it cannot look, keeps what it has seen, and goes on', async () => {
  const { clock, isOver, last, press } = stage((number) => {
    if (number === 2) throw new Error('the broker is away');
    return working(number);
  });
  await clock.advance(1000);
  expect(last()).toMatch(/! the broker is away/);
  expect(last()).toMatch(/build#1/);
  await clock.advance(1000);
  expect(last()).not.toMatch(/away/);
  press('quit');
  await isOver;
});

it('rejects where not even the first look is possible, and leaves the screen alone', async () => {
  const { seen, isOver } = stage(() => {
    throw new Error('no permission');
  });
  await expect(isOver).rejects.toThrow('no permission');
  expect([seen.isOpen, seen.screens]).toEqual([false, []]);
});

it('scrolls, never beyond the end, and fits a new size', async () => {
  const instances = Array.from({ length: 50 }, (_, n) => instance({ name: `build#${n + 1}` }));
  const { clock, seen, isOver, last, press, resize } = stage(() =>
    fleet({ pools: [pool('p1', { groups: [group({ instances })] })] }),
  );
  await clock.advance(0);
  press('down');
  expect(last()).toMatch(/^2-\d+ of 50/m);
  press('end');
  press('down');
  expect(last()).toMatch(/-50 of 50/);
  seen.rows = 60;
  resize();
  expect(last()).not.toMatch(/ of 50/);
  press('quit');
  await isOver;
});

it('stands still while it is frozen', async () => {
  const { clock, seen, isOver, last, press } = stage(working);
  await clock.advance(0);
  press('freeze');
  const { length } = seen.screens;
  await clock.advance(5000);
  expect([seen.screens.length, /frozen/.test(last())]).toEqual([length, true]);
  press('freeze');
  await clock.advance(1000);
  expect(last()).not.toMatch(/frozen/);
  press('quit');
  await isOver;
});

it('can be left open: looks leave no listeners behind, of which Node would warn on the screen', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const { clock, isOver, press } = stage(working);
  for (let look = 0; look < 15; look++) await clock.advance(1000);
  press('quit');
  await isOver;
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
