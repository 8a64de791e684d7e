/** Random numbers from a seed, the same on every machine: splitmix, 32 bits at a time. */

/** Uniform numbers in [0, 1). */
export function uniformFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** Normal numbers by uniform ones. */
export const normalFrom = (uniform: () => number) => (): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

/** `count` of the whole numbers below n, ascending; all of them where there are no more. */
export function choose(n: number, count: number, uniform: () => number): number[] {
  const chosen: number[] = [];
  // Each is taken with the probability that is left for it (Knuth, Algorithm S).
  for (let i = 0; i < n && chosen.length < count; i++) {
    if (uniform() * (n - i) < count - chosen.length) chosen.push(i);
  }
  return chosen;
}
