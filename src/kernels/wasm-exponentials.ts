/** Lays out what `assembly/exponential-task.ts` reads, field by field, and what its arithmetic rounds. */

import type { Values } from '../rows/row-block.js';
import type { KeyRows, QueryStrips } from './query-strips.js';

/** What the kernel is asked to do. */
export interface ExponentialArguments {
  readonly keys: KeyRows;
  readonly queries: QueryStrips;
  readonly from: number;
  readonly to: number;
  readonly share: number;
  /** Address of room for `capacity` pairs. */
  readonly pairs: number;
  /** Address of as many float64. */
  readonly x: number;
  readonly capacity: number;
  /** Address. */
  readonly scratch: number;
  /** What keys receive, where that is asked for. */
  readonly totals?: { readonly total: Float64Array; readonly largest: Float64Array };
}

/** Bytes of a task. */
export const TASK_BYTES = 108;

/** Fields that are set here and read by {@link taskProgress}. */
const MOST_PRODUCT = 8;
const SHARE = 16;
const LISTED = 20;
const NEXT_ROW = 21;

/**
 * Fills in a task for a new search.
 * @param addressOf - of an array in the kernels' memory
 */
export function layTask(
  task: Int32Array,
  { keys, queries, from, to, share, pairs, x, capacity, scratch, totals }: ExponentialArguments,
  addressOf: (array: Values | Int32Array) => number,
): void {
  const { d, single, double, squares, mostProduct, reference, sum, floor, first, last } = queries;
  task.set([
    addressOf(keys.values),
    keys.rows,
    d,
    keys.seen ? addressOf(keys.seen) : 0,
    ...[single, double, squares, keys.squares].map(addressOf),
    0,
    from,
    to,
    ...[reference, sum, floor, first, last].map(addressOf),
    0,
    pairs,
    x,
    capacity,
    0,
    0,
    from,
    scratch,
    totals ? addressOf(totals.total) : 0,
    totals ? addressOf(totals.largest) : 0,
  ]);
  const singles = new Float32Array(task.buffer, task.byteOffset, task.length);
  singles[MOST_PRODUCT] = mostProduct;
  singles[SHARE] = share;
}

/** Whether a task is done, and how many pairs its last call listed. */
export const taskProgress = (task: Int32Array): { readonly done: boolean; readonly listed: number } => ({
  done: task[NEXT_ROW] < 0,
  listed: task[LISTED],
});

/** Terms that are summed before their sum is added to the others: `assembly/tiles/f32.js`. */
const CHUNK = 8;

/**
 * Roundings of each term: that of q_k, that of the product where it is not fused, those of its chunk from its step on, and
 * of the sums that its chunk's sum goes into.
 */
export function chunkRoundings(d: number, fused: boolean): Float64Array {
  const chunks = Math.ceil(d / CHUNK);
  return Float64Array.from({ length: d }, (_, k) => {
    const chunk = Math.floor(k / CHUNK);
    return 1 + (fused ? 0 : 1) + (CHUNK - (k % CHUNK)) + (chunks - Math.max(1, chunk));
  });
}
