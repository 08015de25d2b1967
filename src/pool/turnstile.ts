// Who may run beside whom: a workitem that keeps being redelivered may be what brings the pool down, so it runs alone, and
// the innocent ones wait outside. Everybody else runs beside everybody else.

interface Waiting {
  readonly isAlone: boolean;
  readonly enter: () => void;
}

export class Turnstile {
  #inside = 0;
  #isOneAlone = false;
  #queue: Waiting[] = [];

  /** Calls `enter` once it may run – at once, where nothing speaks against it. In order of arrival. */
  pass(isAlone: boolean, enter: () => void): void {
    this.#queue.push({ isAlone, enter });
    this.#admit();
  }

  /** One that has entered is done. */
  leave(): void {
    this.#inside--;
    if (this.#inside === 0) this.#isOneAlone = false;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#queue[0]; next && this.#isFreeFor(next); next = this.#queue[0]) {
      this.#queue.shift();
      this.#inside++;
      this.#isOneAlone = next.isAlone;
      next.enter();
    }
  }

  #isFreeFor({ isAlone }: Waiting): boolean {
    return isAlone ? this.#inside === 0 : !this.#isOneAlone;
  }
}
