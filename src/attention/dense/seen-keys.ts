/** Which keys a query sees, as places in a list of keys. */

import { endSeen, firstSeen, type Visibility } from '../../entries/exact/visibility.js';
import type { PackedKeys } from './packed-keys.js';

/** Places from the first key that a query sees to the one after the last. */
export type SeenRange = readonly [from: number, to: number];

type KeyList = Pick<PackedKeys, 'index' | 'size'>;

/** The range of one query. */
export function seenKeys({ index, size }: KeyList, sight: Visibility, row: number): SeenRange {
  if (!sight.causal) return [0, size];
  const from = placeOf(index, firstSeen(sight, row));
  return [from, Math.max(from, placeOf(index, endSeen(sight, row)))];
}

/** The ranges of `rows` queries from `row` on. */
export const seenByEach = (keys: KeyList, sight: Visibility, row: number, rows: number): SeenRange[] =>
  Array.from({ length: rows }, (_, i) => seenKeys(keys, sight, row + i));

/** The range that covers those of some queries. */
export const coveringRange = (seen: readonly SeenRange[]): SeenRange => [
  Math.min(...seen.map(([from]) => from)),
  Math.max(...seen.map(([, to]) => to)),
];

/** How many of the ascending indices are below a bound. */
function placeOf(index: Float64Array, bound: number): number {
  let [low, high] = [0, index.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (index[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
