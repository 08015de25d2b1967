// Chance that can be replayed: the same seed gives the same numbers (splitmix32). Pure but for the state that it holds.

export interface Random {
  /** From 0 to 1, without 1. */
  fraction(): number;
  /** A whole number; both ends can come. */
  between(low: number, high: number): number;
  /** One of them, as often as its weight says. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T;
}

export function randomFrom(seed: number, stream = 0): Random {
  let state = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) | 0;
  const fraction = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  return {
    fraction,
    between: (low, high) => low + Math.floor(fraction() * (high - low + 1)),
    weighted<T>(choices: readonly (readonly [T, number])[]): T {
      let left = fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of choices) {
        left -= weight;
        if (left < 0) return choice;
      }
      throw new Error('nothing to choose from');
    },
  };
}
