// How much may be on its way to the broker without its confirm. amqplib buffers without bound what the socket does not
// take, so a broker that takes nothing (blocked, slow) would fill our memory. Decides only.

const MAX_MESSAGES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Properties, headers and bookkeeping: what a message costs beside its body. */
const OVERHEAD_BYTES = 1_024;

export class FlightWindow {
  #messages = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#messages === 0;
  }

  /** A message larger than the whole window goes alone. */
  hasRoomFor(bodyBytes: number): boolean {
    if (this.isEmpty) return true;
    return this.#messages < MAX_MESSAGES && this.#bytes + bodyBytes + OVERHEAD_BYTES <= MAX_BYTES;
  }

  enter(bodyBytes: number): void {
    this.#messages++;
    this.#bytes += bodyBytes + OVERHEAD_BYTES;
  }

  leave(bodyBytes: number): void {
    this.#messages--;
    this.#bytes -= bodyBytes + OVERHEAD_BYTES;
  }
}
