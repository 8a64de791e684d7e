/** What is held of a matrix, by position and by global row. */

import type { HeldRows } from '../rows/held-rows.js';
import { pickRows } from '../rows/held-rows.js';
import type { RowBlock } from '../rows/row-block.js';
import { choose, uniformFrom } from './random.js';

/** Some of the rows that are held, each set of that size with the same probability; all where there are no more. */
export function sampleRows(held: HeldRows, count: number, seed: number): HeldRows {
  const index = Float64Array.from(choose(held.index.length, count, uniformFrom(seed)), (at) => held.index[at]);
  return { ...held, index, values: pickRows(held, index) };
}

/**
 * The rows that are held as row blocks, numbered by position.
 * @param mask - one number a row that is held, 0 for padding
 */
export function* blocksOf({ d, index, values }: HeldRows, mask?: Uint8Array): Generator<RowBlock, void, undefined> {
  const most = Math.max(1, Math.floor(2 ** 17 / d));
  for (let start = 0; start < index.length; start += most) {
    const rows = Math.min(most, index.length - start);
    const own = mask?.subarray(start, start + rows);
    yield { start, rows, d, values: values.subarray(start * d, (start + rows) * d), mask: own };
  }
}

/** Where a global row stands among those that are held; -1 where it is not one of them. */
export function positionOf({ index }: HeldRows, row: number): number {
  let from = 0;
  let to = index.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (index[middle] < row) from = middle + 1;
    else to = middle;
  }
  return index[from] === row ? from : -1;
}
