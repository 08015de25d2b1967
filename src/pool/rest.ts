// The time after somebody who is to run alone has been waited for in vain: what went on meanwhile takes long, and the next one
// would be waited for in vain, too. So many, one after the other, would keep everybody else from work all the time.

export class Rest {
  #since = 0;
  #lengthMs = 0;

  begin(now: number, lengthMs: number): void {
    this.#since = now;
    this.#lengthMs = lengthMs;
  }

  isOver(now: number): boolean {
    const restedMs = now - this.#since;
    return restedMs < 0 || restedMs >= this.#lengthMs; // a clock may be set back
  }
}
