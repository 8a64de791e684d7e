/** What attention over keys in memory gives: out_i = sum_j A(q_i, j) v_j, in float64. */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { DenseScores, type ScaledFunction } from './dense-scores.js';
import type { PackedKeys } from './packed-keys.js';
import type { WorkSpace } from './work-space.js';

/** Rows of V multiplied at a time: the kernels pack them for each product. */
const ROWS_AT_ONCE = 4096;

/** Attends, some queries at a time. */
export class DenseAttention {
  readonly #scores: DenseScores;
  readonly #kernels: Kernels;
  readonly #places: WorkSpace;
  readonly #values: Float64Array;
  readonly #width: number;

  /**
   * @param places - work space of this thread
   * @param values - rows of V, one a key, of `width` columns each
   */
  constructor(
    kernels: Kernels,
    places: WorkSpace,
    keys: PackedKeys,
    values: Float64Array,
    width: number,
    { sight, ...f }: ScaledFunction & { readonly sight: Visibility },
  ) {
    this.#scores = new DenseScores(kernels, keys, [f], sight);
    this.#kernels = kernels;
    this.#places = places;
    this.#values = values;
    this.#width = width;
  }

  /**
   * The outputs of some queries.
   *
   * @param queries - rows x d, finite
   * @param row - global index of the first
   * @param weights - room for rows x keys, from the kernels' `allocate`
   * @returns `output`, rows x width, zeros where a query sees no key, or none that f gives anything; and where that is so
   */
  compute(
    queries: Values,
    rows: number,
    row: number,
    weights: Float64Array,
  ): { readonly output: Float64Array; readonly empty: Uint8Array } {
    const { size } = this.#scores;
    const width = this.#width;
    const [empty] = this.#scores.compute(queries, rows, row, [weights]);
    const output = new Float64Array(rows * width);
    const most = Math.min(size, ROWS_AT_ONCE);
    const part = this.#places.take('part', rows * most);
    const product = this.#places.take('product', rows * width);
    for (let from = 0; from < size; from += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, size - from);
      for (let i = 0; i < rows; i++) part.set(weights.subarray(i * size + from, i * size + from + count), i * count);
      const values = this.#values.subarray(from * width, (from + count) * width);
      this.#kernels.multiply(part, rows, count, values, width, false, product);
      for (let at = 0; at < output.length; at++) output[at] += product[at];
    }
    return { output, empty };
  }
}
