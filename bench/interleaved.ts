// Comparisons are made in one run, turn by turn, so that whatever else the machine does hits all contestants alike.
import type { Figure, Unit } from './figures.ts';

export interface Contestant {
  readonly who: string;
  readonly where: string;
  /** One repetition: a number for each thing that it measures. */
  run(): Promise<Readonly<Record<string, number>>>;
}

/** The first round only warms up; its samples are thrown away. */
export async function interleaved(
  repetitions: number,
  contestants: readonly Contestant[],
  unitOf: (what: string) => Unit,
): Promise<Figure[]> {
  const figures = new Map<string, Figure & { samples: number[] }>();
  for (let round = 0; round <= repetitions; round++) {
    for (const { who, where, run } of contestants) {
      const measured = await run();
      if (round === 0) continue;
      for (const [what, sample] of Object.entries(measured)) {
        const key = JSON.stringify([what, who, where]);
        const figure = figures.get(key) ?? { what, who, where, unit: unitOf(what), samples: [] };
        figure.samples.push(sample);
        figures.set(key, figure);
      }
    }
  }
  return [...figures.values()];
}
