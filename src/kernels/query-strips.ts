/**
 * Queries as the kernels read them that work on many at once: in strips of eight, an element of each beside the other.
 *
 * The invariant of {@link QueryStrips}: a query's denominator is 2^reference times its sum, and what was listed. Its
 * reference is the largest x it has seen, rounded up, or {@link NOTHING_SEEN}, and the sum then means nothing.
 */

import type { Values } from '../rows/row-block.js';

/** Queries of a strip. */
export const STRIP = 8;

/** A query's reference before it has seen a key. */
export const NOTHING_SEEN = -1.7e308;

/** Keys of a block. */
export interface KeyRows {
  readonly rows: number;
  /** rows x d. */
  readonly values: Values;
  /** rows: 0 for a key that no query sees; or undefined where there is none such. */
  readonly seen: Int32Array | undefined;
  /** rows: squares of norms that stand for their size; Infinity where the values are float64. */
  readonly squares: Float64Array;
}

/**
 * Queries, and what they have seen so far. Entry i of the arrays with one number a query belongs to query i; strip s holds
 * queries 8 s … 8 s + 7, all of which there must be, if need be without keys to see.
 *
 * 2^(x - reference) is float32, good to 3e-7; x is float32 or float64, as squares of norms decide. Sums go through
 * eleven float32 roundings before they are added up in float64.
 */
export interface QueryStrips {
  readonly d: number;
  /** Strips of steps x 8, where steps is d rounded up to an even number and the rest zeros. */
  readonly single: Float32Array;
  /** The same queries as strips of steps x 4. */
  readonly double: Float64Array;
  /** One a strip: the largest square of its queries. */
  readonly squares: Float64Array;
  /** Where the product of the squares of a query and a key is larger, x is float64, and may be where it is not. */
  readonly mostProduct: number;
  /** Whole numbers. */
  readonly reference: Float64Array;
  readonly sum: Float64Array;
  /** x below it need not be listed. */
  readonly floor: Float64Array;
  /** A query sees the rows first … last - 1 of the block, of which it has them all: 0 <= first, last <= rows. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Steps of a strip for d columns. */
export const stepsOf = (d: number): number => d + (d & 1);

/**
 * Lays rows out in strips.
 *
 * @param rows - count x d
 * @param width - rows of a strip
 * @param strips - steps x width for each strip; what rows and columns are lacking are zeros
 */
export function packStrips(rows: Float64Array, count: number, d: number, width: number, strips: Values): void {
  const steps = stepsOf(d);
  strips.fill(0, 0, Math.ceil(count / width) * width * steps);
  for (let i = 0; i < count; i++) {
    const lane = Math.floor(i / width) * width * steps + (i % width);
    for (let k = 0; k < d; k++) strips[lane + k * width] = rows[i * d + k];
  }
}
