/** The last so many of something, in order. */
export class Ring<T> {
  readonly #slots: T[] = [];
  readonly #size: number;
  /** Where the next one goes, once it is full. */
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  push(value: T): void {
    if (this.#slots.length < this.#size) {
      this.#slots.push(value);
      return;
    }
    this.#slots[this.#next] = value;
    this.#next = (this.#next + 1) % this.#size;
  }

  /** From the oldest to the newest. */
  *[Symbol.iterator](): Iterator<T> {
    yield* this.#slots.slice(this.#next);
    yield* this.#slots.slice(0, this.#next);
  }
}
