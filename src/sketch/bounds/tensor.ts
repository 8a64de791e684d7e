/**
 * For x^4: leverage scores of the rows k (x) k, for <k, q>^4 = <k (x) k, q (x) q>^2. They bound sensitivities more tightly than
 * anything made of k alone, at the price of a Gram matrix of d (d + 1) / 2 columns.
 */

import { usageError } from '../../errors.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { ColumnOrder } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import { RoutedAccumulator } from '../factor/routed.js';
import { RowScorer } from '../factor/whitening.js';
import { Scratch } from '../scratch.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';

/** The most columns of k (x) k. */
const MOST_FEATURES = 2500;

/** Numbers of k (x) k that are worked on at a time. */
const CHUNK_NUMBERS = 2 ** 19;

/** Accumulates the rows k (x) k. */
export class TensorAccumulator {
  readonly #d: number;
  /** d (d + 1) / 2: products of different entries stand for two, each times sqrt(2). */
  readonly #features: number;
  readonly #chunk: number;
  readonly #accumulator: RoutedAccumulator;
  readonly #scorer: RowScorer;
  readonly #expanded: Scratch;
  readonly #x: Float64Array;

  /**
   * @param floor - the sensitivity below which a row is of no interest
   * @throws LevattnError where d is too large
   */
  constructor(d: number, floor: number, kernels: Kernels) {
    const features = (d * (d + 1)) / 2;
    if (features > MOST_FEATURES) {
      throw usageError(
        `--certificate tensor works with d (d + 1) / 2 numbers a row, at most ${MOST_FEATURES}, and K has d = ${d}; leave --certificate to auto`,
      );
    }
    this.#d = d;
    this.#features = features;
    this.#chunk = Math.max(64, Math.floor(CHUNK_NUMBERS / features));
    const shape = { d: features, blockRows: this.#chunk, floor, decay: 0, sampleRate: 1, lewis: undefined };
    this.#accumulator = new RoutedAccumulator(shape, kernels, 'auto');
    this.#scorer = new RowScorer(kernels);
    this.#expanded = new Scratch(kernels);
    this.#x = kernels.allocate('float64', this.#chunk + 4);
  }

  /** Takes in rows; a is rows x d, finite, scaled columns. */
  absorb(a: Values, rows: number): void {
    for (let from = 0; from < rows; from += this.#chunk) {
      const count = Math.min(this.#chunk, rows - from);
      this.#accumulator.absorb(this.#expand(a, from, count), count);
    }
  }

  /**
   * Bounds of the x^4 sensitivities of rows that were taken in, 0 … 1.
   *
   * @param a - rows x d, scaled columns
   * @param bounds - rows, overwritten
   */
  bound(a: Values, rows: number, bounds: Float64Array): void {
    const whitening = this.#accumulator.whitening();
    const larger = 1 + whitening.delta + 1e-12;
    for (let from = 0; from < rows; from += this.#chunk) {
      const count = Math.min(this.#chunk, rows - from);
      this.#scorer.score(whitening, this.#expand(a, from, count), count, this.#x);
      for (let i = 0; i < count; i++) bounds[from + i] = Math.min(1, this.#x[i] * larger);
    }
  }

  /** Multiplies the columns taken in so far by `changes` (d exact powers of two), as the column scales have grown. */
  rescale(changes: Float64Array): void {
    const products = new Float64Array(this.#features);
    for (let i = 0, at = 0; i < this.#d; i++) {
      for (let j = i; j < this.#d; j++, at++) products[at] = changes[i] * changes[j];
    }
    this.#accumulator.rescale(products);
  }

  /** Puts the columns taken in so far in another order. */
  reorder(order: ColumnOrder): void {
    const d = this.#d;
    // The product of columns i <= j stands after those of smaller i.
    const placeOf = (i: number, j: number): number => (i * (2 * d - i - 1)) / 2 + j;
    const features = order.flatMap((one, i) =>
      order.slice(i).map((two) => placeOf(Math.min(one, two), Math.max(one, two))),
    );
    this.#accumulator.reorder(features);
  }

  /** What it is made of. */
  save(): State {
    return this.#accumulator.save();
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    this.#accumulator.restore(state);
  }

  /** Takes in all that another has taken in, in the same scales. */
  merge(other: TensorAccumulator): void {
    this.#accumulator.merge(other.#accumulator);
  }

  /** k (x) k of `count` rows from row `from` on. */
  #expand(a: Values, from: number, count: number): Float64Array {
    const d = this.#d;
    const expanded = this.#expanded.take(count * this.#features);
    for (let row = from, at = 0; row < from + count; row++) {
      const start = row * d;
      for (let i = 0; i < d; i++) {
        const value = a[start + i];
        expanded[at++] = value * value;
        const twice = Math.SQRT2 * value;
        for (let j = i + 1; j < d; j++) expanded[at++] = twice * a[start + j];
      }
    }
    return expanded;
  }
}
