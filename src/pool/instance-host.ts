// What the pool does for its instances, and what they tell it.
import type { Delivery } from '../broker/broker.ts';
import type { ChildSpec } from '../child/spawn.ts';
import type { Instance } from './instance.ts';
import type { Job } from './job.ts';
import type { GroupPlan } from './plan.ts';
import type { SettleTools } from './settle.ts';
import type { Outcome } from './settlement.ts';
import type { StartProcess } from './start-process.ts';

export interface InstanceHost {
  readonly tools: SettleTools;
  /** How a process of this group is started. Rejects where it can't be: an unknown user, say. */
  childSpecFor(plan: GroupPlan): Promise<ChildSpec>;
  readonly startProcess: StartProcess;
  onDelivery(instance: Instance, delivery: Delivery): void;
  onOutcome(job: Job, outcome: Outcome): void;
  /** For the first time it is ready, or its process has ended. */
  onTried(instance: Instance): void;
  /** One of its workitems has ended. */
  onFreed(instance: Instance): void;
  /** It has stopped for good. */
  onGone(instance: Instance): void;
}
