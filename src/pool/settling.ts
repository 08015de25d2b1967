// Sees every outcome through to its end (step 8 of the path): settled with the broker, or kept for when the broker delivers
// the workitem again. Knows what still runs here. Never leaves a delivery that it holds unsettled.
import type { Delivery } from '../broker/broker.ts';
import { isInTime } from '../broker/in-time.ts';
import { pause } from '../core/clock.ts';
import { HEADER } from '../workitem/headers.ts';
import { Adoption } from './adoption.ts';
import type { Job } from './job.ts';
import { isCutOff, whatHolds } from './said-first.ts';
import { type SettleTools, settle } from './settle.ts';
import { type Outcome, type Settlement, settlementOf } from './settlement.ts';

/** After a mistake of ours the workitem comes again, but not in a tight loop. */
const AFTER_MISTAKE_MS = 5_000;
/** Longer than a lease lives. */
const LEASES_KNOWN_MS = 30 * 60_000;

export class Settling {
  readonly #tools: SettleTools;
  readonly #adoption = new Adoption();
  readonly #open = new Set<Promise<unknown>>();
  /** Jobs whose outcome is known, and is being settled. */
  readonly #ending = new Set<Job>();
  /** Leases of jobs that are settled, with when that was: a copy may still be on its way. */
  readonly #settledLeases = new Map<string, number>();
  /** Outcomes settled since the start, without those of workitems that somebody else has to do. */
  settled = 0;
  /** The delivery of a job that runs has been exchanged for a lease. */
  onMoved: (job: Job) => void = () => undefined;

  constructor(tools: SettleTools) {
    this.#tools = tools;
  }

  /** A worker process has the job from now on: an outcome will follow. */
  begins(job: Job): void {
    this.#adoption.begins(job);
  }

  /** The job, where the broker takes for lost what still runs here, or has just ended: it is not to be started again. */
  adopts(delivery: Delivery): Job | undefined {
    const { clock, logger } = this.#tools;
    const known = this.#adoption.find(delivery, clock.now());
    if (!known) return undefined;
    const { job, outcome } = known;
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, instance: job.instance };
    logger.info(fields, 'delivered again while it is known here: not started again');
    job.delivery = delivery;
    job.heldSince = clock.now();
    if (outcome) this.settle(job, outcome);
    return job;
  }

  /** What worker processes are working on. */
  get running(): readonly Job[] {
    return [...this.#adoption.running].filter((job) => !this.#ending.has(job));
  }

  /** Those whose outcome is known, and not settled yet. */
  get ending(): Iterable<Job> {
    return this.#ending;
  }

  /** Whether this copy belongs to a handling that this pool knows: then it takes the place of the delivery before. */
  adoptsLease(delivery: Delivery): boolean {
    const lease = delivery.message.headers[HEADER.lease];
    if (typeof lease !== 'string') return false;
    if (this.#settledLeases.has(lease)) return delivery.ack();
    const now = this.#tools.clock.now();
    const known = this.#adoption.findLease(lease, now);
    if (!known) return false;
    const { job, outcome } = known;
    if (this.#ending.has(job) && job.delivery.isOpen) {
      job.spare?.ack();
      job.spare = delivery;
      return true;
    }
    const before = job.delivery;
    job.delivery = delivery;
    job.heldSince = now;
    this.onMoved(job); // so that nothing comes for the place that it seems to leave
    before.ack();
    if (outcome) this.settle(job, outcome);
    return true;
  }

  settle(job: Job, outcome: Outcome): void {
    this.#ending.add(job);
    this.#track(job, this.#untilDone(job, outcome));
  }

  /** For a job that no worker gets now. Where its delivery is gone, the broker brings it again. */
  divert(job: Job, settlement: Settlement): void {
    this.#track(job, this.#diverted(job, settlement));
  }

  async #diverted(job: Job, settlement: Settlement): Promise<void> {
    const isSettled = await settle(this.#tools, job, settlement);
    if (!isSettled && job.passedOn) this.#adoption.keep(job, { kind: 'notStarted' }, this.#tools.clock.now());
  }

  /** Resolves when nothing is open. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  /** A delivery that goes away on the way may have come back under another one by then: see `adoption.ts`. */
  async #untilDone(job: Job, ended: Outcome): Promise<void> {
    if (isCutOff(ended) && job.reports.size > 0) await this.#hear(job);
    const outcome = whatHolds(job.out, ended);
    const settlement = settlementOf(job, outcome);
    let delivery: Delivery;
    do {
      delivery = job.delivery;
      if (await settle(this.#tools, job, settlement)) {
        this.#forget(job);
        if (!isUnfinished(outcome)) this.settled++;
        return;
      }
      if (job.spare?.isOpen) [job.delivery, job.spare] = [job.spare, undefined];
    } while (job.delivery !== delivery);
    this.#adoption.ends(job);
    this.#ending.delete(job);
    if (isUnfinished(outcome) && !job.passedOn) return; // the broker has it already
    this.#adoption.keep(job, outcome, this.#tools.clock.now());
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, outcome: outcome.kind };
    this.#tools.logger.warn(fields, 'the delivery was gone before its outcome was settled: it will be delivered again');
  }

  /** What its plugin was publishing when it was cut off. A confirm that comes after that is too late to count. */
  async #hear({ reports, envelope }: Job): Promise<void> {
    const { broker, clock, logger } = this.#tools;
    if (await isInTime(broker, clock, Promise.all(reports))) return;
    const fields = { workitem: envelope.id, type: envelope.workerType };
    logger.warn(fields, 'what its plugin has published is not confirmed: it is settled without it');
  }

  /** It is settled: no copy of it means anything any more. */
  #forget(job: Job): void {
    this.#adoption.ends(job);
    this.#ending.delete(job);
    job.spare?.ack();
    if (job.lease === undefined) return;
    const now = this.#tools.clock.now();
    for (const [lease, at] of this.#settledLeases) if (now - at > LEASES_KNOWN_MS) this.#settledLeases.delete(lease);
    this.#settledLeases.set(job.lease, now);
  }

  #track(job: Job, work: Promise<unknown>): void {
    const tracked: Promise<unknown> = this.#followed(job, work).then(() => this.#open.delete(tracked));
    this.#open.add(tracked);
  }

  async #followed(job: Job, work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (err) {
      await this.#giveUp(job, err);
    }
  }

  async #giveUp(job: Job, err: unknown): Promise<void> {
    const { clock, logger } = this.#tools;
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, err };
    logger.error(fields, 'its outcome could not be settled: it goes back to the broker');
    await pause(clock, AFTER_MISTAKE_MS);
    this.#adoption.ends(job);
    this.#ending.delete(job);
    job.delivery.requeue();
    job.spare?.ack();
  }
}

/** There is nothing in it that would have to be kept – but that the broker has it by now, where it has been passed on. */
function isUnfinished({ kind }: Outcome): boolean {
  return kind === 'handedBack' || kind === 'interrupted' || kind === 'notStarted' || kind === 'postponed';
}
