// Worker queues that take messages and never confirm them. What is for them is set aside at once, but for one that tries,
// now and then. Pure.
//
// A broker that confirms nothing at all – it is overloaded, its disk hangs – is no reason to set anything aside: that would
// make duplicates of everything that is on its way. So a publish is given up only where one that was sent later has been
// confirmed; or, where there is none, by one at a time: whether it can be set aside shows what is the matter.

export interface Stalls {
  /** When the latest publish was sent of those that have been confirmed (ms since 1970). */
  readonly confirmedSentAt: number;
  /** One has been given up without proof, and is being set aside. */
  readonly isProving: boolean;
  /** By worker type: until when nothing is sent there (ms since 1970); `trying`: one is on its way. */
  readonly types: ReadonlyMap<string, { readonly until: number; readonly isTrying: boolean }>;
}

export const NO_STALLS: Stalls = { confirmedSentAt: 0, isProving: false, types: new Map() };

const REST_MS = 60_000;

export function withConfirmed(stalls: Stalls, sentAt: number): Stalls {
  return sentAt > stalls.confirmedSentAt ? { ...stalls, confirmedSentAt: sentAt } : stalls;
}

/** May a publish that was sent at `sentAt`, and is late, be given up? */
export function mayGiveUp(stalls: Stalls, sentAt: number): boolean {
  return stalls.confirmedSentAt > sentAt || !stalls.isProving;
}

export function withProving(stalls: Stalls, isProving: boolean): Stalls {
  return { ...stalls, isProving };
}

/** May something be sent to the queue of this type? */
export function maySend({ types }: Stalls, type: string, now: number): boolean {
  const stall = types.get(type);
  return stall === undefined || (!stall.isTrying && now >= stall.until);
}

/** Something is sent there. */
export function withTry(stalls: Stalls, type: string): Stalls {
  const stall = stalls.types.get(type);
  return stall === undefined ? stalls : withType(stalls, type, { ...stall, isTrying: true });
}

export function withStall(stalls: Stalls, type: string, now: number): Stalls {
  return withType(stalls, type, { until: now + REST_MS, isTrying: false });
}

/** Its queue has answered, whatever it said. */
export function withoutStall(stalls: Stalls, type: string): Stalls {
  return stalls.types.has(type) ? withType(stalls, type, undefined) : stalls;
}

function withType(
  stalls: Stalls,
  type: string,
  stall: { readonly until: number; readonly isTrying: boolean } | undefined,
): Stalls {
  const types = new Map(stalls.types);
  if (stall) types.set(type, stall);
  else types.delete(type);
  return { ...stalls, types };
}
