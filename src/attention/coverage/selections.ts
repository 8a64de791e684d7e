/** Ways to choose k keys, each an order of all keys of which the first k are taken. */

import { hashUnit } from '../../sketch/sample/priority-sampler.js';
import { fallingOrder } from './falling-order.js';

/** Tokens at the beginning that are always kept, as attention sinks are there (Xiao et al., StreamingLLM, arXiv:2309.17453). */
const SINKS = 4;

/** Of k keys, how many are the first; the others are the last. */
export const sinksOf = (k: number): number => Math.min(SINKS, Math.floor(k / 2));

/** Of the keys that a query sees, `from` to `to`, those that {@link firstAndLast} leaves out: the k that are kept lie before and behind. */
export function windowOf(k: number, from: number, to: number): readonly [first: number, last: number] {
  const first = Math.min(to, from + sinksOf(k));
  return [first, Math.max(first, to - (k - sinksOf(k)))];
}

/** The selection that is another one for each query where attention is causal. */
export const WINDOW = 'first+last';
/** The selection that knows the queries. */
export const HINDSIGHT = 'best afterwards';

/** Names of all selections that are measured. */
export const SELECTIONS = ['leverage', 'lewis p=1', 'lewis p=4', 'key norm', WINDOW, 'random', HINDSIGHT] as const;

/** A way to choose keys. */
export interface Selection {
  readonly name: string;
  /** Orders of the keys, by their places; what several capture is averaged. */
  readonly orders: readonly Int32Array[];
}

/** Keys by falling score; of equal ones the first. */
export const byScore = (score: Float64Array): Int32Array => fallingOrder(score);

/** Keys in an order that a seed draws. */
export const byChance = (size: number, seed: number): Int32Array =>
  byScore(Float64Array.from({ length: size }, (_, i) => hashUnit(i, seed)));

/** The last key, the first, the last but one, … until there are enough first ones. */
export function firstAndLast(size: number): Int32Array {
  const order = new Int32Array(size);
  for (let k = 1; k <= size; k++) {
    const sinks = sinksOf(k);
    order[k - 1] = sinks > sinksOf(k - 1) ? sinks - 1 : size - (k - sinks);
  }
  return order;
}

/**
 * What the first k keys of a selection have of a sum over keys.
 * @returns one for each k
 */
export function captured({ orders }: Selection, of: Float64Array, sizes: readonly number[]): number[] {
  const sums = sizes.map(() => 0);
  for (const order of orders) {
    let sum = 0;
    let k = 0;
    for (const [at, size] of sizes.entries()) {
      for (; k < size; k++) sum += of[order[k]];
      sums[at] += sum;
    }
  }
  return sums.map((sum) => sum / orders.length);
}
