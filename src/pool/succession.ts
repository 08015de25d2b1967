// A worn process is replaced without a gap and without a crowd: its successor starts and gets ready beside it, then the old
// one takes nothing more, and each place that it frees is the successor's. So there are never fewer places than configured,
// and never more workitems at once.
import type { Logger } from '../core/logger.ts';
import type { Instance } from './instance.ts';
import { wornReason } from './wear.ts';

interface SuccessionOptions {
  readonly logger: Logger;
  /** Starts another instance under the name of this one; it may take nothing yet. */
  launch(old: Instance): Instance;
  /** Memory of a process in bytes, where it can be told. */
  memoryOf(pid: number): number | undefined;
}

interface Handover {
  readonly heir: Instance;
  /** The heir has been ready: the old one takes nothing more. */
  isUnderWay: boolean;
}

export class Succession {
  readonly #options: SuccessionOptions;
  readonly #handovers = new Map<Instance, Handover>();

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
      this.freed(old);
    }
  }

  /** This instance has fewer workitems than before. */
  freed(old: Instance): void {
    const handover = this.#handovers.get(old);
    if (handover?.isUnderWay) handover.heir.grant(old.plan.group.options.concurrency - old.jobs.size);
  }

  gone(instance: Instance): void {
    const handover = this.#handovers.get(instance);
    this.#handovers.delete(instance);
    handover?.heir.grant(instance.plan.group.options.concurrency);
    for (const [old, { heir }] of this.#handovers) if (heir === instance) this.#handovers.delete(old);
  }

  #isHeir(instance: Instance): boolean {
    return [...this.#handovers.values()].some(({ heir }) => heir === instance);
  }
}
