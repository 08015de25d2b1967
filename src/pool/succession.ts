// A worn process is replaced without a gap and without a crowd: its successor starts and gets ready beside it, then the old
// one takes nothing more, and each place that it frees is the successor's. So there are never fewer places than configured,
// and never more workitems at once.
//
// One that a reload replaces ends first. Where it is late, since it works for longer than `stop_timeout`, its successor starts
// beside it with what it leaves free, and with one place at least: one workitem more is better than nobody who takes any.
import type { Logger } from '../core/logger.ts';
import type { Instance } from './instance.ts';
import type { GroupPlan } from './plan.ts';
import { wornReason } from './wear.ts';

interface SuccessionOptions {
  readonly logger: Logger;
  /** All that are not gone, in the order in which they were started. */
  readonly instances: Iterable<Instance>;
  /** Starts another instance under the name of this one; it may take nothing yet. */
  launch(old: Instance): Instance;
  /** Memory of a process in bytes, where it can be told. */
  memoryOf(pid: number): number | undefined;
  /** One that is late works on less than before, or is gone: there may be room for another of that name. */
  onRoom(name: string): void;
}

interface Handover {
  readonly heir: Instance;
  /** The heir has been ready: the old one takes nothing more. */
  isUnderWay: boolean;
}

export class Succession {
  readonly #options: SuccessionOptions;
  readonly #handovers = new Map<Instance, Handover>();
  /** They have been retired by a reload, and were still at work when their time was over. */
  readonly #late = new Set<Instance>();

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** One of its workitems has ended: may its process have another? One whose type is paused is replaced meanwhile. */
  checkWear(instance: Instance): void {
    const { pid, tasks, plan } = instance;
    if (pid === undefined || !instance.isAvailable) return;
    const why = wornReason(plan.group.options, { tasks, residentBytes: () => this.#options.memoryOf(pid) });
    if (why !== undefined) this.#worn(instance, why);
  }

  /** May be said again and again. One that still waits for its own predecessor to end has to wait for that. */
  #worn(old: Instance, why: string): void {
    if (this.#handovers.has(old) || this.#isHeir(old)) return;
    const { name: instance, plan, pid } = old;
    this.#options.logger.info(
      { type: plan.group.type, instance, pid },
      `the worker process ${why}: another takes its place`,
    );
    this.#handovers.set(old, { heir: this.#options.launch(old), isUnderWay: false });
  }

  /** For this instance, a process has become ready, or has ended. */
  tried(instance: Instance): void {
    for (const [old, handover] of this.#handovers) {
      if (handover.heir !== instance || handover.isUnderWay || !instance.isRunning) continue;
      handover.isUnderWay = true;
      old.retire();
      this.share(old.name);
    }
  }

  isLate(instance: Instance): boolean {
    return this.#late.has(instance);
  }

  /** Retired by a reload, and still at work though its time is over. */
  late(old: Instance): void {
    this.#late.add(old);
    const about = { type: old.plan.group.type, instance: old.name, pid: old.pid };
    this.#options.logger.info(about, 'still at work as it was before the reload: it ends when that is done');
  }

  /**
   * Whether another of that name may start: beside one that is late in any case; beside several, of several reloads, while
   * they leave it no less than one workitem beyond `concurrency`. So a handler that hangs can't pile up processes.
   */
  hasRoom(name: string, { group }: GroupPlan): boolean {
    const all = this.#called(name);
    if (!all.every((one) => this.#late.has(one))) return false;
    return all.length <= 1 || jobsOf(all) <= group.options.concurrency;
  }

  /** This instance has fewer workitems than before. */
  freed(instance: Instance): void {
    if (this.#handovers.size === 0 && this.#late.size === 0) return; // so it is nearly always
    this.share(instance.name);
    if (this.#late.has(instance)) this.#options.onRoom(instance.name);
  }

  gone(instance: Instance): void {
    const wasLate = this.#late.delete(instance);
    this.#handovers.delete(instance);
    for (const [old, { heir }] of this.#handovers) if (heir === instance) this.#handovers.delete(old);
    this.share(instance.name);
    if (wasLate) this.#options.onRoom(instance.name);
  }

  /** The newest of that name that may work gets the places that the others do not need any more. */
  share(name: string): void {
    const all = this.#called(name);
    const newest = all.findLast((one) => !this.#late.has(one) && !this.#isWaitingHeir(one));
    if (newest === undefined) return;
    const { concurrency } = newest.plan.group.options;
    const late = all.filter((one) => this.#late.has(one));
    const leaving = all.filter((one) => one !== newest && !late.includes(one));
    const own = late.length === 0 ? concurrency : Math.max(1, concurrency - jobsOf(late));
    const places = Math.max(0, own - jobsOf(leaving));
    if (places !== newest.bench.places) newest.grant(places);
  }

  #called(name: string): Instance[] {
    return [...this.#options.instances].filter((instance) => instance.name === name);
  }

  #isHeir(instance: Instance): boolean {
    return [...this.#handovers.values()].some(({ heir }) => heir === instance);
  }

  #isWaitingHeir(instance: Instance): boolean {
    return [...this.#handovers.values()].some(({ heir, isUnderWay }) => heir === instance && !isUnderWay);
  }
}

function jobsOf(instances: readonly Instance[]): number {
  return instances.reduce((sum, { jobs }) => sum + jobs.size, 0);
}
