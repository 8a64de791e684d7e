/** Queries without those that were observed: they keep their places, and count for nothing. */

import type { RowBlock } from '../../rows/row-block.js';
import type { RowBlocks } from '../../rows/row-stream.js';

/**
 * @param queries - the rows of Q, or what gives them anew
 * @param observed - rows of Q, ascending
 */
export function withoutObserved(
  queries: RowBlocks | (() => RowBlocks),
  observed: Float64Array,
): RowBlocks | (() => RowBlocks) {
  return typeof queries === 'function' ? () => leftOut(queries(), observed) : leftOut(queries, observed);
}

async function* leftOut(queries: RowBlocks, observed: Float64Array): AsyncGenerator<RowBlock> {
  let next = 0;
  for await (const block of queries) {
    while (observed[next] < block.start) next++;
    const end = block.start + block.rows;
    if (!(observed[next] < end)) {
      yield block;
      continue;
    }
    const mask = block.mask?.slice(0, block.rows) ?? new Uint8Array(block.rows).fill(1);
    for (; observed[next] < end; next++) mask[observed[next] - block.start] = 0;
    yield { ...block, mask };
  }
}
