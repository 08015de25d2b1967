// What a command that takes messages out of `taskqueue.dead` has done: one line for each with --json, else counts.
import { printable } from '../../core/text.ts';
import type { Done } from '../../parked/act.ts';
import { counted } from '../counted.ts';
import { EXIT_DATA, EXIT_OK, EXIT_UNAVAILABLE } from '../exit-codes.ts';
import type { Io } from '../io.ts';

const MOST_REASONS = 100;

export class Conclusion {
  readonly #io: Io;
  readonly #isJson: boolean;
  readonly #queues = new Map<string, number>();
  /** Why some are still there, and how many for each reason. */
  readonly #whys = new Map<string, number>();
  #deleted = 0;
  #exitCode = EXIT_OK;

  constructor(io: Io, isJson: boolean) {
    this.#io = io;
    this.#isJson = isJson;
  }

  add(done: Done): void {
    if (this.#isJson) this.#io.out(doneJson(done));
    switch (done.kind) {
      case 'requeued':
        return count(this.#queues, done.queue);
      case 'deleted':
        this.#deleted++;
        return;
      case 'refused':
        return this.#leave(done.why, EXIT_DATA);
      case 'left':
        return this.#leave(done.why, EXIT_UNAVAILABLE);
      default:
        done satisfies never;
    }
  }

  #leave(why: string, exitCode: number): void {
    count(this.#whys, why);
    this.#exitCode = Math.max(this.#exitCode, exitCode);
  }

  /** Tells it, and returns the exit code. */
  say(): number {
    if (!this.#isJson) this.#io.out(this.#text());
    for (const [why, times] of this.#whys) {
      this.#io.err(`taskqueue: ${counted(times, 'stays', 'stay')} parked: ${printable(why)}\n`);
    }
    return this.#exitCode;
  }

  #text(): string {
    const queues = [...this.#queues].map(([queue, times]) => `${times} to ${printable(queue)}`);
    if (queues.length > 0) return `requeued: ${queues.join(', ')}\n`;
    if (this.#deleted > 0) return `${this.#deleted} deleted\n`;
    return '';
  }
}

function count(counts: Map<string, number>, key: string): void {
  const known = counts.has(key) || counts.size < MOST_REASONS ? key : 'something else';
  counts.set(known, (counts.get(known) ?? 0) + 1);
}

/** One line of JSON. Its fields are part of the interface. */
function doneJson(done: Done): string {
  const { id, run, kind, type, reason } = done.facts;
  return `${JSON.stringify({ id, run, kind, type, reason, ...doneData(done) })}\n`;
}

function doneData(done: Done): Record<string, unknown> {
  switch (done.kind) {
    case 'requeued':
      return { done: done.kind, newRun: done.run, queue: done.queue };
    case 'deleted':
      return { done: done.kind };
    case 'refused':
    case 'left':
      return { done: done.kind, why: done.why };
    default:
      return done satisfies never;
  }
}
