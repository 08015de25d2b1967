// The fleet on the whole screen: looks again and again, and draws what it has seen last whenever somebody presses a key.
import { type Clock, pause } from '../../core/clock.ts';
import { deferred } from '../../core/deferred.ts';
import { messageOf } from '../../core/errors.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { NO_RATES, ratesBetween } from '../fleet/rates.ts';
import { bold } from '../style.ts';
import { screenFor, type View } from './screen.ts';
import type { Key, Terminal } from './terminal.ts';

interface WatchOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly intervalMs: number;
  look(): Promise<Fleet>;
}

/** Resolves when somebody has pressed `q`. Rejects where not even the first look is possible; later ones may fail. */
export async function watchFleet({ terminal, clock, intervalMs, look }: WatchOptions): Promise<void> {
  let view: View = { fleet: await look(), rates: NO_RATES, scroll: 0, isFrozen: false, problem: null };
  const quit = new AbortController();

  function draw(): void {
    const { lines, titles, mostScroll } = screenFor(view, terminal.columns, terminal.rows);
    view = { ...view, scroll: Math.min(view.scroll, mostScroll) };
    terminal.draw(lines.map((line, index) => (titles.has(index) ? bold(line) : line)));
  }

  async function lookAgain(): Promise<void> {
    try {
      const fleet = await look();
      if (view.isFrozen) return;
      view = { ...view, fleet, rates: ratesBetween(view.fleet, fleet), problem: null };
    } catch (err) {
      view = { ...view, problem: messageOf(err) };
    }
    draw();
  }

  terminal.onResize(draw);
  terminal.onKey((key) => {
    if (key === 'quit') return quit.abort();
    view = pressed(view, key, screenFor(view, terminal.columns, terminal.rows));
    draw();
  });
  terminal.open();
  try {
    draw();
    while (!quit.signal.aborted) {
      await pause(clock, intervalMs, quit.signal);
      if (!quit.signal.aborted && !view.isFrozen) await unlessAborted(lookAgain(), quit.signal);
    }
  } finally {
    terminal.close();
  }
}

function pressed(
  view: View,
  key: Exclude<Key, 'quit'>,
  { mostScroll, page }: { mostScroll: number; page: number },
): View {
  const scrolled = (to: number): View => ({ ...view, scroll: Math.min(mostScroll, Math.max(0, to)) });
  switch (key) {
    case 'up':
      return scrolled(view.scroll - 1);
    case 'down':
      return scrolled(view.scroll + 1);
    case 'pageUp':
      return scrolled(view.scroll - page);
    case 'pageDown':
      return scrolled(view.scroll + page);
    case 'home':
      return scrolled(0);
    case 'end':
      return scrolled(mostScroll);
    case 'freeze':
      return { ...view, isFrozen: !view.isFrozen };
    default:
      return key satisfies never;
  }
}

/** Resolves when the work is done, or as soon as the signal aborts; leaves nothing behind on a signal that lives for long. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const isAborted = deferred<void>();
  const end = (): void => isAborted.resolve();
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([work, isAborted.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
