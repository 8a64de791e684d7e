/**
 * A wide Gram matrix, factored by the kernels: as `gram-factor.ts` factors others, but for the order of sums, and without its d x d
 * copies.
 *
 * Cholesky's factor of C = D^-1/2 G D^-1/2 and its inverse come from one sweep over a matrix of work space; that lambda lies below the
 * smallest eigenvalue is proved by a second factorisation, of C - lambda I.
 */

import { guessSmallest, largestProved } from '../sample/smallest-eigenvalue.js';
import type { WideAlgebra } from '../wide/wide-algebra.js';
import type { WideFactor } from '../wide/wide-factor.js';
import { type RemovedColumn, removedColumns, removedNullSpace } from './removed-columns.js';
import { ZERO_COLUMN_WEIGHT } from './rounding.js';
import type { Whitening } from './whitening.js';

/** What a Gram matrix tells of K without a factor. */
export type Condition = Pick<Whitening, 'rank' | 'weights' | 'lambda' | 'delta'>;

/** A Gram matrix of some moment. */
export class WideGram {
  readonly #algebra: WideAlgebra;
  readonly #gram: Float64Array;
  readonly #d: number;
  readonly #gamma: number;
  readonly #removed: readonly RemovedColumn[];
  readonly #weights: Float64Array;
  readonly #scales: Float64Array;

  /**
   * @param gram - d x d, upper triangle; to be left as it is while this is in use
   * @param gamma - the error of its unit-diagonal form: what lies within twice that of zero is not told from it
   */
  constructor(algebra: WideAlgebra, gram: Float64Array, d: number, gamma: number) {
    this.#algebra = algebra;
    this.#gram = gram;
    this.#d = d;
    this.#gamma = gamma;
    this.#removed = removedColumns(gram, d);
    this.#weights = new Float64Array(d);
    for (let i = 0; i < d; i++) this.#weights[i] = gram[i * d + i] === 0 ? ZERO_COLUMN_WEIGHT : 1 / gram[i * d + i];
    this.#scales = this.#weights.map(Math.sqrt);
  }

  /** Undefined where what is left without zero and copied columns may not have full rank. */
  condition(): Condition | undefined {
    const factor = this.#factor(false);
    return factor && this.#prove(factor);
  }

  /** The whitening; undefined as for {@link condition}. */
  whitening(): Whitening | undefined {
    const d = this.#d;
    const found = this.#factor(true);
    if (!found) return undefined;
    const factor = new Float64Array(d * d);
    found.takeInverse(this.#scales, factor);
    const condition = this.#prove(found);
    if (!condition) return undefined;
    for (const { column } of this.#removed) factor.fill(0, column * d, (column + 1) * d);
    const nullSpace = removedNullSpace(this.#removed, d, this.#scales);
    return { ...condition, d, factor, width: d, upper: true, nullSpace };
  }

  /** Whether the smallest eigenvalue, its error taken off, is proved to be at least this. */
  provesLambda(lambda: number): boolean {
    return this.#factor(false, lambda + this.#gamma) !== undefined;
  }

  /** F with F^T F = G, d x d upper triangular but for copied columns; only where there is a {@link condition}. */
  root(): Float64Array {
    const d = this.#d;
    const { matrix } = this.#factor(false)!;
    const lengths = this.#scales.map((_, i) => Math.sqrt(this.#gram[i * d + i]));
    const root = new Float64Array(d * d);
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) root[i * d + j] = matrix[i * d + j] * lengths[j];
    for (const { column, copyOf } of this.#removed) {
      root[column * d + column] = 0;
      if (copyOf !== undefined) for (let i = 0; i <= copyOf; i++) root[i * d + column] = root[i * d + copyOf];
    }
    return root;
  }

  /** Cholesky's factor of C - shift I, without what removed columns have in common with others. */
  #factor(inverse: boolean, shift = 0): WideFactor | undefined {
    const d = this.#d;
    const gram = this.#gram;
    const scales = this.#scales;
    const used = new Uint8Array(d).fill(1);
    for (const { column } of this.#removed) used[column] = 0;
    const fill = (c: Float64Array): void => {
      for (let i = 0; i < d; i++) {
        c[i * d + i] = 1 - shift;
        if (used[i] === 0) continue;
        for (let j = i + 1; j < d; j++) if (used[j] === 1) c[i * d + j] = gram[i * d + j] * scales[i] * scales[j];
      }
    };
    return this.#algebra.cholesky(d, fill, inverse);
  }

  /** A lower bound of the smallest eigenvalue, where it is well above what gamma hides. The factor is lost by it. */
  #prove({ matrix, d }: WideFactor): Condition | undefined {
    const lambda = largestProved(guessSmallest(matrix, d), (mu) => this.#factor(false, mu) !== undefined);
    if (lambda <= 2 * this.#gamma) return undefined;
    return {
      rank: d - this.#removed.length,
      weights: this.#weights,
      lambda: lambda - this.#gamma,
      delta: this.#gamma / (lambda - this.#gamma),
    };
  }
}
