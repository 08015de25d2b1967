// How worker processes are started by a pool in the process of a test: as the built program.
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ChildSpec } from '../../src/child/spawn.ts';
import type { GroupPlan } from '../../src/pool/plan.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/worker/main.js', import.meta.url));

export async function childSpecFor({ group }: GroupPlan): Promise<ChildSpec> {
  return { program: PROGRAM, identity: null, environment: {}, workdir: group.options.workdir ?? tmpdir() };
}
