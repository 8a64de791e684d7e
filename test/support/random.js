/** Random numbers for tests, benchmarks and experiments; plain JavaScript, as the last two run unbuilt. */

/**
 * Uniform numbers in [0, 1) from a seed: a 32-bit mix (splitmix), enough for test data.
 * @param {number} seed
 * @returns {() => number}
 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

/**
 * Normal numbers from uniform ones (Box and Muller).
 * @param {() => number} random
 * @returns {() => number}
 */
export const gaussianFrom = (random) => () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
