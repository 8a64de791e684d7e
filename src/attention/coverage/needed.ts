/** How many keys of a selection keep a share of the attention. */

import type { Selection } from './selections.js';

/** Shares of the attention that are asked for. */
export const SHARES = [0.9, 0.95, 0.99] as const;

/** The fewest keys that keep 90, 95 and 99 % of the attention. */
export interface NeededKeys {
  readonly selection: string;
  /** 0 where no query gives anything to any key. */
  readonly k: readonly number[];
}

/**
 * What the first 1, 2, … keys of a selection have of a sum over keys; of several orders the average.
 * @returns one for each key
 */
export function captureCurve({ orders }: Selection, of: Float64Array): Float64Array {
  const curve = new Float64Array(of.length);
  for (const order of orders) {
    let sum = 0;
    for (let k = 0; k < order.length; k++) {
      sum += of[order[k]];
      curve[k] += sum;
    }
  }
  return orders.length === 1 ? curve : curve.map((sum) => sum / orders.length);
}

/** How many keys have this much; all where they do not. */
export function leastReaching(curve: Float64Array, mass: number): number {
  let k = 1;
  while (k < curve.length && !(curve[k - 1] >= mass)) k++;
  return k;
}

/**
 * @param curve - ascending: what 1, 2, … keys have
 * @param total - what all have
 */
export const neededFor = (selection: string, curve: Float64Array, total: number): NeededKeys => ({
  selection,
  k: SHARES.map((share) => (total === 0 ? 0 : leastReaching(curve, share * total))),
});
