// Very many workitems of one client, through a real dispatcher and pool: each gets its own result, and the client's memory
// holds little more than what its caller holds on to.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openScene } from '../support/pipeline.ts';
import { outputOf } from '../support/run.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/submit-many.js', import.meta.url));
const COUNT = 50_000;
/** Node itself takes 90,000 of these; 50,000 handles with their results, 500 characters each, some 70,000. */
const MOST_KB = 300_000;

it('50,000 submitted at once have 50,000 results, each the right one, in bounded memory', async () => {
  const { pipeline, broker } = await openScene('[first]\ninstances = 2\nconcurrency = 20', []);
  pipeline.installFixture('../../plugins/first', 'first');
  await pipeline.dispatcher();
  await pipeline.pool(2);
  const said = await outputOf(process.execPath, [PROGRAM, broker.url, String(COUNT)], { deadlineMs: 140_000 });
  const { submittedKb, maxKb, ...told } = JSON.parse(said);
  expect(told).toEqual({ right: COUNT, pending: 0, unknownResults: 0, statuses: ['FINISHED'] });
  expect(maxKb, `${submittedKb} kB once all were submitted`).toBeLessThan(MOST_KB);
});
