// Who may run beside whom: a workitem that keeps being redelivered may be what brings the pool down, so it runs alone, and
// the innocent ones wait outside. Everybody else runs beside everybody else.

interface Visitor {
  readonly isAlone: boolean;
  /** False once it has lost its place here: its delivery is gone, or its process. */
  isWaiting(): boolean;
  /** It may run now. */
  enter(): void;
  /** It has lost its place, and will not enter. */
  turnAway(): void;
}

export class Turnstile {
  #inside = 0;
  #isOneAlone = false;
  #queue: Visitor[] = [];
  #isAdmitting = false;

  /** How many wait outside. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** One is inside that is to run alone. */
  get isOneAlone(): boolean {
    return this.#isOneAlone;
  }

  /** Calls `enter` once it may run – at once, where nothing speaks against it. In order of arrival. */
  pass(visitor: Visitor): void {
    this.#queue.push(visitor);
    if (this.#queue.length > 1 || !this.#isFreeFor(visitor)) this.review();
    else this.#admit(visitor);
  }

  /** One that has entered is done. */
  leave(): void {
    this.#inside--;
    if (this.#inside === 0) this.#isOneAlone = false;
    this.review();
  }

  /** Whoever runs alone has shown for long enough that it can: others may enter beside it. */
  acquit(): void {
    this.#isOneAlone = false;
    this.review();
  }

  /** Nobody is to wait outside any longer. */
  turnAwayAll(): void {
    for (const visitor of this.#queue.splice(0)) visitor.turnAway();
  }

  /** Turns away who has lost its place, and admits who may enter. What those do may lead back here. */
  review(): void {
    if (this.#isAdmitting || this.#queue.length === 0) return;
    this.#isAdmitting = true;
    try {
      for (const visitor of this.#queue.filter((one) => !one.isWaiting())) this.#turnAway(visitor);
      for (let next = this.#queue[0]; next && this.#isFreeFor(next); next = this.#queue[0]) this.#admit(next);
    } finally {
      this.#isAdmitting = false;
    }
  }

  #turnAway(visitor: Visitor): void {
    this.#queue = this.#queue.filter((other) => other !== visitor);
    visitor.turnAway();
  }

  #admit(visitor: Visitor): void {
    this.#queue.shift();
    if (!visitor.isWaiting()) return visitor.turnAway(); // while others were admitted
    this.#inside++;
    this.#isOneAlone = visitor.isAlone;
    visitor.enter();
  }

  #isFreeFor({ isAlone }: Visitor): boolean {
    return isAlone ? this.#inside === 0 : !this.#isOneAlone;
  }
}
