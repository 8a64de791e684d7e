/** Products of queries with every key, by their definition, in compensated sums. */

import { product } from './sums.js';

/** Keys that products are worked out with. */
export interface ProductKeys {
  readonly d: number;
  /** n x d. */
  readonly values: Float64Array;
}

/** Products of one query. */
export interface QueryProducts {
  /** scale <q, k_j> by position of the key. */
  readonly x: Float64Array;
  /** scale times the sum of the sizes of its terms. */
  readonly size: Float64Array;
}

/**
 * Works out the products of a query.
 * @param queries - holds it, from `at` on, d numbers
 * @param products - overwritten; default: room of its own
 */
export function multiplyQuery(
  { d, values }: ProductKeys,
  queries: Float64Array,
  at: number,
  scale: number,
  { x, size }: QueryProducts = roomFor(values.length / d),
): QueryProducts {
  for (let j = 0; j < x.length; j++) {
    const found = product(values, j * d, queries, at, d);
    x[j] = scale * found.value;
    size[j] = scale * found.size;
  }
  return { x, size };
}

const roomFor = (n: number): QueryProducts => ({ x: new Float64Array(n), size: new Float64Array(n) });
