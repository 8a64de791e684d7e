/** Queries a few at a time, checked. */

import { dataError } from '../../errors.js';
import type { Kernels } from '../../kernels/kernels.js';
import { clearMasked } from '../../rows/masked-rows.js';
import { clearNonFinite, type NonFinitePolicy } from '../../rows/non-finite.js';
import type { Values } from '../../rows/row-block.js';
import { type RowBlocks, RowStream } from '../../rows/row-stream.js';

/** Some queries. */
export interface QueryRows {
  /** Global index of the first. */
  readonly start: number;
  readonly rows: number;
  /** rows x d, finite. */
  readonly values: Values;
  /** One a query: 1 where it had NaN or infinities, {@link PADDING} where it is padding, and is zeros now; else 0. */
  readonly bad: Uint8Array;
}

/** Of {@link QueryRows.bad}. */
export const PADDING = 2;

/** How queries are taken in. */
export interface TileOptions {
  readonly d: number;
  /** Rows at a time, at most. */
  readonly most: number;
  readonly kernels: Kernels;
  readonly nonFinite?: NonFinitePolicy | undefined;
  readonly describeRow?: ((row: number) => string) | undefined;
}

/**
 * Cuts a stream of queries into tiles, without changing what its maker may reuse.
 * @throws LevattnError where columns do not agree, or a query is not finite and not to be skipped
 */
export async function* queryTiles(queries: RowBlocks, options: TileOptions): AsyncGenerator<QueryRows> {
  const { d, most, kernels, nonFinite = 'error', describeRow = (row: number) => `query ${row}` } = options;
  const peaks = new Float64Array(d);
  for await (const block of new RowStream(queries).parts(most)) {
    const { start, rows, values: shared, mask } = block;
    if (block.d !== d) throw dataError(`queries have ${block.d} columns where the keys have ${d}; both must agree`);
    const bad = new Uint8Array(rows);
    if (!mask && kernels.scan(shared, rows, d, peaks)) {
      yield { start, rows, values: shared, bad };
      continue;
    }
    const values = shared.slice();
    if (mask) clearMasked(values, d, mask);
    for (let i = 0; i < rows; i++) {
      if (mask?.[i] === 0) bad[i] = PADDING;
      else bad[i] = clearNonFinite(values.subarray(i * d), 1, d, nonFinite, () => describeRow(start + i));
    }
    yield { start, rows, values, bad };
  }
}
