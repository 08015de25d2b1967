// Sees every outcome through to its end (step 8 of the path): settled with the broker, or kept for when the broker delivers
// the workitem again. Knows what still runs here. Never leaves a delivery that it holds unsettled.
import type { Delivery } from '../broker/broker.ts';
import { pause } from '../core/clock.ts';
import { Adoption } from './adoption.ts';
import type { Job } from './job.ts';
import { type SettleTools, settle } from './settle.ts';
import { type Outcome, type Settlement, settlementOf } from './settlement.ts';

/** After a mistake of ours the workitem comes again, but not in a tight loop. */
const AFTER_MISTAKE_MS = 5_000;

export class Settling {
  readonly #tools: SettleTools;
  readonly #adoption = new Adoption();
  readonly #open = new Set<Promise<void>>();
  /** Outcomes settled since the start. */
  settled = 0;

  constructor(tools: SettleTools) {
    this.#tools = tools;
  }

  /** A worker process has the job from now on: an outcome will follow. */
  begins(job: Job): void {
    this.#adoption.begins(job);
  }

  /** Whether the broker takes for lost what still runs here, or has just ended. If so, it is not to be started again. */
  adopts(delivery: Delivery): boolean {
    const { clock, logger } = this.#tools;
    const known = this.#adoption.find(delivery, clock.now());
    if (!known) return false;
    const { job, outcome } = known;
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, instance: job.instance };
    logger.info(fields, 'delivered again while it is known here: not started again');
    job.delivery = delivery;
    if (outcome) this.settle(job, outcome);
    return true;
  }

  settle(job: Job, outcome: Outcome): void {
    this.#track(job, async () => this.#untilDone(job, outcome, settlementOf(job, outcome)));
  }

  /** For a job that no worker gets now. Where its delivery is gone, the broker brings it again. */
  divert(job: Job, settlement: Settlement): void {
    this.#track(job, async () => void (await settle(this.#tools, job, settlement)));
  }

  /** Resolves when nothing is open. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  /** A delivery that goes away on the way may have come back under another one by then: see `adoption.ts`. */
  async #untilDone(job: Job, outcome: Outcome, settlement: Settlement): Promise<void> {
    let delivery: Delivery;
    do {
      delivery = job.delivery;
      if (await settle(this.#tools, job, settlement)) {
        this.#adoption.ends(job);
        this.settled++;
        return;
      }
    } while (job.delivery !== delivery);
    this.#adoption.ends(job);
    if (isUnfinished(outcome)) return; // the broker has it already
    this.#adoption.keep(job, outcome, this.#tools.clock.now());
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, outcome: outcome.kind };
    this.#tools.logger.warn(fields, 'the delivery was gone before its outcome was settled: it will be delivered again');
  }

  #track(job: Job, work: () => Promise<void>): void {
    const tracked = work()
      .catch((err: unknown) => this.#giveUp(job, err))
      .then(() => {
        this.#open.delete(tracked);
      });
    this.#open.add(tracked);
  }

  async #giveUp(job: Job, err: unknown): Promise<void> {
    const { clock, logger } = this.#tools;
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, err };
    logger.error(fields, 'its outcome could not be settled: it goes back to the broker');
    await pause(clock, AFTER_MISTAKE_MS);
    this.#adoption.ends(job);
    job.delivery.requeue();
  }
}

/** There is nothing in it that would have to be kept. */
function isUnfinished({ kind }: Outcome): boolean {
  return kind === 'handedBack' || kind === 'notStarted' || kind === 'postponed';
}
