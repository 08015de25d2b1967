/**
 * A map that forgets what was put in long ago: it keeps at least so many, and at most twice as many. (To look for the oldest
 * entry of one large `Map`, time and again, takes far longer than to let go of a whole generation.)
 */
export class RecentMap<K, V> {
  readonly #least: number;
  #older = new Map<K, V>();
  #younger = new Map<K, V>();

  constructor(least: number) {
    this.#least = least;
  }

  get size(): number {
    return this.#older.size + this.#younger.size;
  }

  set(key: K, value: V): void {
    this.#older.delete(key);
    this.#younger.set(key, value);
    if (this.#younger.size < this.#least) return;
    this.#older = this.#younger;
    this.#younger = new Map();
  }

  delete(key: K): void {
    this.#older.delete(key);
    this.#younger.delete(key);
  }

  *values(): Iterable<V> {
    yield* this.#older.values();
    yield* this.#younger.values();
  }
}
