// What one worker process may ask of the pool. Its frames are cheap for it and cost the pool work and memory: a process that
// floods it is ended, and nothing else suffers. The bounds are far above what a plugin in its right mind needs.
import type { Clock } from '../core/clock.ts';
import type { WorkFrame } from './process-life.ts';

const FRAMES_PER_SECOND = 5_000;
const FRAMES_AT_ONCE = 50_000;
const MOST_OPEN_CALLS = 5_000;
const OPEN_BYTES_BESIDE_ONE = 64 * 1024 * 1024;

export class Allowance {
  readonly #clock: Clock;
  readonly #mostOpenBytes: number;
  #frames = FRAMES_AT_ONCE;
  #countedAt: number;
  #openCalls = 0;
  #openBytes = 0;

  constructor(clock: Clock, maxMessageSize: number) {
    this.#clock = clock;
    this.#countedAt = clock.now();
    this.#mostOpenBytes = maxMessageSize + OPEN_BYTES_BESIDE_ONE;
  }

  /** Takes in one frame. What it answers, if anything, completes the sentence "the worker process …": then it is too much. */
  excessOf(frame: Pick<WorkFrame, 'kind'>, bodyBytes: number): string | undefined {
    if (frame.kind === 'outcome') return undefined; // one for each workitem: there can't be too many
    const now = this.#clock.now();
    const earned = (Math.max(0, now - this.#countedAt) * FRAMES_PER_SECOND) / 1000;
    this.#frames = Math.min(FRAMES_AT_ONCE, this.#frames + earned) - 1;
    this.#countedAt = now;
    if (this.#frames < 0) return `flooded the pool with messages: more than ${FRAMES_PER_SECOND} a second`;
    return frame.kind === 'publish' ? this.#excessOfCall(bodyBytes) : undefined;
  }

  #excessOfCall(bodyBytes: number): string | undefined {
    this.#openCalls++;
    this.#openBytes += bodyBytes;
    if (this.#openCalls > MOST_OPEN_CALLS) return `publishes more than ${MOST_OPEN_CALLS} messages at once`;
    return this.#openBytes > this.#mostOpenBytes
      ? `publishes more than ${this.#mostOpenBytes} bytes at once`
      : undefined;
  }

  /** A call to publish has been answered. */
  answered(bodyBytes: number): void {
    this.#openCalls--;
    this.#openBytes -= bodyBytes;
  }
}
