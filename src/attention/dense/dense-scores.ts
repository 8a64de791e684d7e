/**
 * Attention scores of a few queries against keys in memory: every A(q, j) = f(scale <q, k_j>) / sum_l f(scale <q, k_l>), in
 * float64, for any f. e^x is worked out relative to the largest x of a query and |x|^p relative to the largest |x|, so that
 * neither overflows. Every sum is one running sum in order: scores are the same bits whatever queries are beside one.
 */

import type { Visibility } from '../../entries/exact/visibility.js';
import { dataError } from '../../errors.js';
import { type ScoringFunction, SQUARE } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import type { PackedKeys } from './packed-keys.js';
import { coveringRange, type SeenRange, seenByEach } from './seen-keys.js';

/** Keys multiplied at a time, a multiple of four: their products are still in the cache when they are scaled. */
const KEYS_AT_ONCE = 1024;

/** What makes scores of products. */
export interface ScaledFunction {
  readonly f: ScoringFunction;
  /** Multiplies every <q, k>, > 0. */
  readonly scale: number;
}

/** Works out scores of one function or several, some queries at a time: products are the same for all, and made once. */
export class DenseScores {
  readonly d: number;
  /** Keys. */
  readonly size: number;
  readonly #kernels: Kernels;
  readonly #functions: readonly ScaledFunction[];
  readonly #sight: Visibility;
  readonly #keys: PackedKeys;

  /** @param functions - one at least */
  constructor(kernels: Kernels, keys: PackedKeys, functions: readonly ScaledFunction[], sight: Visibility) {
    this.d = keys.d;
    this.size = keys.size;
    this.#kernels = kernels;
    this.#functions = functions;
    this.#sight = sight;
    this.#keys = keys;
  }

  /**
   * The scores of some queries.
   *
   * @param queries - rows x d, finite
   * @param row - global index of the first
   * @param scores - for each function rows x size, from the kernels' `allocate`, overwritten: those of a query sum to 1, or are zeros where
   *   it sees no key, or none that f gives anything
   * @returns for each function one a query: 1 where its scores are zeros
   * @throws LevattnError where what f gives is no float64
   */
  compute(queries: Values, rows: number, row: number, scores: readonly Float64Array[]): Uint8Array[] {
    const seen = this.seen(row, rows);
    const most = this.#multiply(queries, rows, seen, scores);
    return this.#functions.map((of, at) => this.#share(of, row, seen, scores[at], most[at]));
  }

  /** Turns products into scores. */
  #share(
    of: ScaledFunction,
    row: number,
    seen: readonly SeenRange[],
    scores: Float64Array,
    most: Float64Array,
  ): Uint8Array {
    const { size } = this;
    return Uint8Array.from(seen, ([from, to], i) => {
      const own = scores.subarray(i * size, (i + 1) * size);
      own.fill(0, 0, from).fill(0, to);
      const x = own.subarray(from, to);
      const total = this.#weigh(of, x, most[i]);
      if (!Number.isFinite(total)) {
        throw dataError(`query ${row + i}: its products with keys are too large for float64; scale them with --scale`);
      }
      if (total === 0) return 1;
      this.#kernels.divideRow(x, total);
      return 0;
    });
  }

  /** Which keys queries see. */
  seen(row: number, rows: number): SeenRange[] {
    return seenByEach(this.#keys, this.#sight, row, rows);
  }

  /** Products with the keys that are seen, times each scale; returns the largest of each query, or its size. */
  #multiply(
    queries: Values,
    rows: number,
    seen: readonly SeenRange[],
    scores: readonly Float64Array[],
  ): Float64Array[] {
    const { d, size } = this;
    const kernels = this.#kernels;
    const most = this.#functions.map(({ f }) =>
      new Float64Array(rows).fill(f.exponential ? Number.NEGATIVE_INFINITY : 0),
    );
    const [first, ...others] = scores;
    const [least, end] = coveringRange(seen);
    for (let start = least - (least % KEYS_AT_ONCE); start < end; start += KEYS_AT_ONCE) {
      const count = Math.min(KEYS_AT_ONCE, size - start);
      kernels.multiplyKeys(queries, rows, d, this.#keys.packed, start, count, first.subarray(start), size);
      for (let i = 0; i < rows; i++) {
        const [from, to] = [Math.max(start, seen[i][0]), Math.min(start + count, seen[i][1])];
        if (from >= to) continue;
        for (const other of others) other.set(first.subarray(i * size + from, i * size + to), i * size + from);
        for (const [at, { f, scale }] of this.#functions.entries()) {
          const x = scores[at].subarray(i * size + from, i * size + to);
          most[at][i] = Math.max(most[at][i], kernels.scaleRow(x, scale, !f.exponential));
        }
      }
    }
    return most;
  }

  /** Turns products into what f gives, in place; returns the denominator, 0 where there is none. */
  #weigh({ f }: ScaledFunction, x: Float64Array, most: number): number {
    if (f.exponential) return this.#kernels.exponentiateRow(x, most);
    // The largest size passes over NaN, which there is where products overflow.
    if (f.homogeneous && most === 0) return x.some(Number.isNaN) ? Number.NaN : 0;
    if (f.name === SQUARE.name) return this.#kernels.squareRow(x, most);
    let total = 0;
    for (let j = 0; j < x.length; j++) {
      x[j] = f.evaluate(f.homogeneous ? x[j] / most : x[j]);
      total += x[j];
    }
    return total;
  }
}
