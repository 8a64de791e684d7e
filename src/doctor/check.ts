/**
 * Holds a backend to the plain one: the same input through every operation, and how far the results lie apart.
 *
 * Sizes are odd on purpose, so that the edges of tiles are looked at, too.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { Values } from '../rows/row-block.js';

const ROWS = 515;
const D = 67;
const KEYS = 131;

/** Results further apart than this are wrong: rounding alone stays below (ROWS + D) 2^-53 with room to spare. */
export const TOLERANCE = 1e-12;

/**
 * The largest deviation of a backend's results from those of a reference, relative to the size of what was summed;
 * Infinity where it lists other pairs than the reference.
 */
export function largestDeviation(kernels: Kernels, reference: Kernels): number {
  const next = wholeNumbers(12345);
  // Multiples of 1/16 up to 8: not so few digits that every sum is exact, and not so many that squares are.
  const rows = Float32Array.from({ length: ROWS * D }, () => next() / 16 + 1e-3);
  const factor = Float64Array.from({ length: D * D }, (_, at) => (at % D < Math.floor(at / D) ? 0 : next() / 16));
  const keys = Float32Array.from({ length: KEYS * D }, next);
  const queries = Float32Array.from({ length: ROWS * D }, next);
  return Math.max(
    ...[rows, Float64Array.from(rows)].flatMap((a) => [
      gramDeviation(gramOf(kernels, a), gramOf(reference, a)),
      deviation(squaresOf(kernels, a), squaresOf(reference, a)),
      deviation(normsOf(kernels, a), normsOf(reference, a)),
      deviation(scoresOf(kernels, a, factor), scoresOf(reference, a, factor)),
      deviation(productOf(kernels, a, factor), productOf(reference, a, factor), 64 * D),
      deviation(peaksOf(kernels, a), peaksOf(reference, a)),
      deviation(dotsOf(kernels, a, keys), dotsOf(reference, a, keys), 64 * D),
    ]),
    samePairs(pairsOf(kernels, queries, keys), pairsOf(reference, queries, keys)) ? 0 : Number.POSITIVE_INFINITY,
  );
}

/** Whole numbers from -128 to 127, the same ones for the same seed. */
function wholeNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 24) - 128;
  };
}

const gramOf = (kernels: Kernels, a: Values): Float64Array => {
  const gram = new Float64Array(D * D);
  kernels.addGram(a, ROWS, D, gram);
  return gram;
};

const squaresOf = (kernels: Kernels, a: Values): Float64Array => {
  const squares = new Float64Array(D);
  kernels.normsAndSquares(a, ROWS, D, new Float64Array(D).fill(1), new Float64Array(ROWS), squares);
  return squares;
};

const normsOf = (kernels: Kernels, a: Values): Float64Array => {
  const norms = new Float64Array(ROWS);
  kernels.rowNorms(a, ROWS, D, new Float64Array(D).fill(1), norms);
  return norms;
};

const scoresOf = (kernels: Kernels, a: Values, factor: Float64Array): Float64Array => {
  const scores = new Float64Array(ROWS);
  kernels.rowScores(a, ROWS, D, factor, D, true, scores);
  return scores;
};

const productOf = (kernels: Kernels, a: Values, factor: Float64Array): Float64Array => {
  const product = new Float64Array(ROWS * D);
  kernels.multiply(a, ROWS, D, factor, D, false, product);
  return product;
};

const peaksOf = (kernels: Kernels, a: Values): Float64Array => {
  const peaks = new Float64Array(D);
  kernels.scan(a, ROWS, D, peaks);
  return peaks;
};

const dotsOf = (kernels: Kernels, a: Values, keys: Float32Array): Float64Array => {
  const pairs = Int32Array.from({ length: 2 * ROWS }, (_, at) => (at % 2 ? (at * 7) % KEYS : at >> 1));
  const products = new Float64Array(ROWS);
  kernels.pairDots(a, keys, D, pairs, products);
  return products;
};

/** Pairs whose product reaches a threshold: of whole numbers, so that float32 has them exactly. */
const pairsOf = (kernels: Kernels, queries: Float32Array, keys: Float32Array): string[] => {
  const listed: string[] = [];
  const thresholds = new Float32Array(ROWS).fill(1e10);
  kernels.screenPairs(queries, ROWS, D, kernels.packRows(keys, KEYS, D), KEYS, thresholds, (pairs) => {
    for (let p = 0; p < pairs.length; p += 2) listed.push(`${pairs[p]} ${pairs[p + 1]}`);
  });
  return listed.sort();
};

const samePairs = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((pair, i) => pair === b[i]);

/** Largest |a - b| / max(|b|, size); NaN where a number is not one. */
const deviation = (a: Float64Array, b: Float64Array, size = 0): number =>
  a.reduce(
    (most, value, i) => Math.max(most, value === b[i] ? 0 : Math.abs(value - b[i]) / Math.max(Math.abs(b[i]), size)),
    0,
  );

/** Upper triangles, relative to the diagonal. */
function gramDeviation(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let i = 0; i < D; i++) {
    for (let j = i; j < D; j++) {
      const size = Math.sqrt(b[i * D + i] * b[j * D + j]);
      most = Math.max(most, Math.abs(a[i * D + j] - b[i * D + j]) / size);
    }
  }
  return most;
}
