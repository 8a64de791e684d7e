/**
 * Softmax of a few queries against keys in memory where float32 alone is not enough: products in float64, and exponentials in float32 of how far
 * they lie below the largest, with a bound of how far these are from exact ones.
 *
 * A product is exact but for less than 1e-9. It is rounded to float32 when one that is attained is taken off, and the difference when the
 * largest is: by u R each, R being the range of a query's products.
 */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import type { PackedKeys } from './packed-keys.js';
import { coveringRange, type SeenRange, seenByEach } from './seen-keys.js';
import { exponentialError, KEYS_AT_ONCE, type SingleSoftmax, singleStride, UNIT } from './single-scores.js';
import type { WorkSpace } from './work-space.js';

/** Works out exponentials, some queries at a time. */
export class RefinedScores {
  readonly #kernels: Kernels;
  readonly #places: WorkSpace;
  readonly #keys: PackedKeys;
  readonly #sight: Visibility;
  readonly #factor: number;

  /** @param places - work space of this thread */
  constructor(
    kernels: Kernels,
    places: WorkSpace,
    keys: PackedKeys,
    { scale, sight }: { readonly scale: number; readonly sight: Visibility },
  ) {
    this.#kernels = kernels;
    this.#places = places;
    this.#keys = keys;
    this.#sight = sight;
    this.#factor = scale * Math.LOG2E;
  }

  /** As `SingleScores.compute` does; products must lie within the range of float32. */
  compute(queries: Values, rows: number, row: number, out: Float32Array): SingleSoftmax {
    const { size } = this.#keys;
    const { single } = this.#kernels;
    const stride = singleStride(size);
    const seen = this.seen(row, rows);
    this.#multiply(queries, rows, seen, out);
    const errors = new Float64Array(rows);
    const factors = Float64Array.from(seen, ([from, to], i) => {
      const own = out.subarray(i * stride, i * stride + size);
      own.fill(0, 0, from).fill(0, to);
      if (from === to) return 0;
      const x = own.subarray(from, to);
      const { least, most } = single.rangeOfSingles(x);
      errors[i] = exponentialError(UNIT * 2 * (most - least));
      return 1 / single.exponentiateSingle(x, most);
    });
    return { factors, errors };
  }

  /** Which keys queries see. */
  seen(row: number, rows: number): SeenRange[] {
    return seenByEach(this.#keys, this.#sight, row, rows);
  }

  /** Products, less the largest of a query's first ones: close to what they are relative to, float32 has them well. */
  #multiply(queries: Values, rows: number, seen: readonly SeenRange[], out: Float32Array): void {
    const { d, size, packed } = this.#keys;
    const stride = singleStride(size);
    const kernels = this.#kernels;
    const part = this.#places.take('gathered', rows * KEYS_AT_ONCE);
    const bases = new Float64Array(rows).fill(Number.NaN);
    const [first, end] = coveringRange(seen);
    for (let at = first - (first % KEYS_AT_ONCE); at < end; at += KEYS_AT_ONCE) {
      const count = Math.min(KEYS_AT_ONCE, size - at);
      kernels.multiplyKeys(queries, rows, d, packed, at, count, part, KEYS_AT_ONCE);
      for (let i = 0; i < rows; i++) {
        const [from, to] = [Math.max(at, seen[i][0]), Math.min(at + count, seen[i][1])];
        if (from >= to) continue;
        const x = part.subarray(i * KEYS_AT_ONCE + from - at, i * KEYS_AT_ONCE + to - at);
        const most = kernels.scaleRow(x, this.#factor, false);
        if (Number.isNaN(bases[i])) bases[i] = most;
        kernels.single.roundDifferences(x, bases[i], out.subarray(i * stride + from, i * stride + to));
      }
    }
  }
}
