// What is measured on queues of each type by turns: both scenes stay up until the figures are there.
import type { Figure } from '../figures.ts';
import type { QueueType } from './client.ts';
import type { Stage } from './stage.ts';

interface Scene {
  end(): Promise<void>;
}

export function onBothTypes<S extends Scene>(
  stage: Stage,
  open: (stage: Stage, url: string, queueType: QueueType) => Promise<S>,
  measure: (scenes: readonly S[]) => Promise<Figure[]>,
): Promise<Figure[]> {
  return stage.inVhost((classic) =>
    stage.inVhost(async (quorum) => {
      const scenes = [await open(stage, classic, 'classic'), await open(stage, quorum, 'quorum')];
      const figures = await measure(scenes);
      for (const { end } of scenes) await end();
      return figures;
    }),
  );
}
