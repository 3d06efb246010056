/** A source of uniform numbers in [0, 1), shaped like `Math.random`. */
export type Random = () => number;

/** As many numbers as one call of the runtime yields here: a call costs far more than a number. */
const drawnAtOnce = 1024;
let drawn = new Uint32Array(0);
let used = 0;

/** Numbers nobody can guess, from the runtime. */
export const secureRandom: Random = () => {
  if (used >= drawn.length) {
    drawn = crypto.getRandomValues(new Uint32Array(drawnAtOnce));
    used = 0;
  }
  const number = drawn[used] ?? 0;
  used += 1;
  return number / 2 ** 32;
};

/**
 * The same numbers for the same seed, everywhere (SplitMix32).
 *
 * @example
 * const random = seededRandom(42);
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) / 2 ** 32;
  };
}

/** One uniform number for a seed and a place in its sequence, without any state to keep. */
export function randomAt(seed: number, index: number): number {
  return mix(Math.imul(mix(seed | 0), 0x9e3779b1) + Math.imul(index | 0, 0x85ebca6b)) / 2 ** 32;
}

function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** A whole number from `min` to `max`, both included. */
export function integerBetween(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}
