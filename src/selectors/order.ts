/** Orders of keys, by their places, of which the first k are taken. */

import { hashUnit } from '../sketch/sample/sample-filter.js';
import { fallingOrder } from './falling-order.js';

/** Tokens at the beginning that are always kept, as attention sinks are there (Xiao et al., StreamingLLM, arXiv:2309.17453). */
export const SINKS = 4;

/** Of k keys, how many are the first; the others are the last. */
export const sinksOf = (k: number, sinks = SINKS): number => Math.min(sinks, Math.floor(k / 2));

/** Keys by falling score; of equal ones the first. A score that is NaN is the least. */
export function byScore(score: Float64Array): Int32Array {
  const known = score.some(Number.isNaN)
    ? score.map((one) => (Number.isNaN(one) ? Number.NEGATIVE_INFINITY : one))
    : score;
  return fallingOrder(known);
}

/** Keys in an order that a seed draws. */
export const byChance = (size: number, seed: number): Int32Array =>
  byScore(Float64Array.from({ length: size }, (_, i) => hashUnit(i, seed)));

/**
 * The last key, the first, the last but one, … until there are enough first ones.
 * @param sinks - how many first ones are enough; default 4
 */
export function firstAndLast(size: number, sinks = SINKS): Int32Array {
  const order = new Int32Array(size);
  for (let k = 1; k <= size; k++) {
    const first = sinksOf(k, sinks);
    order[k - 1] = first > sinksOf(k - 1, sinks) ? first - 1 : size - (k - first);
  }
  return order;
}

/** Keys that are taken whatever the selection says, and count among its k. */
export interface KeptKeys {
  /** The first ones, >= 0. */
  readonly first: number;
  /** The last ones, >= 0. */
  readonly last: number;
}

/** An order in which the first and the last keys come before all others, themselves in the order of {@link firstAndLast}. */
export function keepFirst(order: Int32Array, { first, last }: KeptKeys): Int32Array {
  const n = order.length;
  const kept = firstAndLast(n, first).filter((j) => j < first || j >= n - last);
  const isKept = new Uint8Array(n);
  for (const j of kept) isKept[j] = 1;
  const all = new Int32Array(n);
  all.set(kept);
  all.set(
    order.filter((j) => !isKept[j]),
    kept.length,
  );
  return all;
}

/** Some keys in front, and behind them all others by their places. */
export function withRest(first: ArrayLike<number>, n: number): Int32Array {
  const taken = new Uint8Array(n);
  const order = new Int32Array(n);
  let at = 0;
  for (let i = 0; i < first.length; i++) {
    order[at++] = first[i];
    taken[first[i]] = 1;
  }
  for (let j = 0; j < n; j++) if (!taken[j]) order[at++] = j;
  return order;
}
