/** Random numbers from seeds: weights, orders of images, and seeds for what is drawn step by step. */

import { hashUnit } from '../../../dist/sketch/sample/sample-filter.js';

/** Uniform numbers in (0, 1), the same for the same seed. */
export function uniformFrom(seed) {
  let drawn = 0;
  return () => hashUnit(drawn++, seed);
}

/** Normal numbers (Box and Muller). */
export function gaussianFrom(seed) {
  const uniform = uniformFrom(seed);
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The numbers 0 … count - 1 in a random order (Fisher and Yates). */
export function shuffled(count, seed) {
  const uniform = uniformFrom(seed);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.min(i, Math.floor(uniform() * (i + 1)));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Seeds of a run that do not meet: one for each purpose and number below 2^24. */
export const derivedSeed = (seed, purpose, number = 0) => (seed * 8 + purpose) * 2 ** 24 + number;

export const WEIGHTS = 0;
export const ORDER = 1;
export const TRAINING_KEYS = 2;
export const TEST_KEYS = 3;
