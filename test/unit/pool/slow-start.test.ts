// A process whose start is held up, by a directory of users that answers late, say. Worker processes and broker are in the
// hands of the test.
import { beforeEach, expect, it } from 'vitest';
import type { ChildSpec } from '../../../src/child/spawn.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { Pool } from '../../../src/pool/pool.ts';
import { fakeTools } from '../../support/fake-tools.ts';
import { FAKE_PROCESSES, forgetProcesses, processes } from './fake-worker-process.ts';
import { byName, planFor } from './fixtures.ts';

beforeEach(forgetProcesses);

it('one that is started only after start_timeout is not waited for without an end', async () => {
  const tools = fakeTools('workerpool');
  const spec = deferred<ChildSpec>();
  const plans = byName([planFor('w', 1, { startTimeoutMs: 1_000 })]);
  await new Pool({ tools, plans, ...FAKE_PROCESSES, childSpecFor: () => spec.promise }).start();
  await tools.clock.advance(3_500);
  spec.resolve({} as ChildSpec);
  await tools.clock.advance(0);
  expect(processes.map(({ killed }) => killed)).toEqual([undefined]);
  await tools.clock.advance(1_000);
  expect(processes.map(({ killed }) => killed)).toEqual(['was not ready within start_timeout']);
});
