/** Selections that are measured: orders of all keys of which the first k are taken. */

import { FIRST_AND_LAST } from '../../selectors/fixed.js';
import { type KeptKeys, sinksOf } from '../../selectors/order.js';

export { byScore } from '../../selectors/order.js';

/** Of the keys that a query sees, `from` to `to`, those that first+last leaves out: the k that are kept lie before and behind. */
export function windowOf(k: number, from: number, to: number): readonly [first: number, last: number] {
  const first = Math.min(to, from + sinksOf(k));
  return [first, Math.max(first, to - (k - sinksOf(k)))];
}

/**
 * The same where first and last keys are kept before all others. With fewer than these, as many of the first as first+last would have of them, but
 * no more than there are to keep of either.
 */
export function keptWindow(
  k: number,
  from: number,
  to: number,
  { first, last }: KeptKeys,
): readonly [first: number, last: number] {
  const sinks = k < first + last ? Math.max(sinksOf(k, first), Math.min(first, k - last)) : first;
  const begin = Math.min(to, from + sinks);
  return [begin, Math.max(begin, to - (k < first + last ? k - sinks : last))];
}

/** The selection that is another one for each query where attention is causal. */
export const WINDOW = FIRST_AND_LAST;

/** A way to choose keys. */
export interface Selection {
  readonly name: string;
  /** Orders of the keys, by their places; what several capture is averaged. */
  readonly orders: readonly Int32Array[];
  /** How many keys it orders, where these are not all: the others follow by their places, and no figures are given for more. */
  readonly length?: number | undefined;
  /** Whether figures are given only for all of these together. */
  readonly whole?: boolean | undefined;
  /** Keys that each query keeps before those of the orders, the last ones of its own. */
  readonly moving?: KeptKeys | undefined;
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
