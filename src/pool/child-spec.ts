// How the processes of a group are started: their user, their working directory, their environment.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Identity } from '../child/identity.ts';
import type { ChildSpec } from '../child/spawn.ts';
import { workerIdentity } from '../child/worker-user.ts';
import { programOf } from '../core/own-package.ts';
import type { GroupPlan } from './plan.ts';

const PROGRAM = programOf('worker/main');

/**
 * New objects have 4 MiB before V8 looks which of them are in use, instead of 1 MiB: a process that handles one small
 * workitem after another keeps next to none of them, and would look very often. Every Node that we support knows it.
 */
const NODE_OPTIONS = ['--min-semi-space-size=4'];

/** Rejects with a TaskqueueError where the group can't run as its user: that stops nobody else. */
export async function childSpecFor(plan: GroupPlan): Promise<ChildSpec> {
  return childSpecAs(plan, await workerIdentity(plan.group.options.user));
}

/** @param identity `null`: as whoever we are */
export function childSpecAs({ group }: GroupPlan, identity: Identity | null): ChildSpec {
  const ownData = `/var/lib/taskqueue/${group.type}`;
  const home = identity?.home ?? homedir();
  return {
    program: PROGRAM,
    nodeOptions: NODE_OPTIONS,
    identity,
    keepsCapabilities: group.options.user === 'root',
    environment: group.options.environment,
    workdir: group.options.workdir ?? (existsSync(ownData) ? ownData : home),
  };
}
