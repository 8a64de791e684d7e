/**
 * A whitening: what a factor of the Gram matrix G = K^T K is used for, the quadratic form k^T G^+ k of many rows.
 *
 * Everything is in scaled columns (`scale.ts`). With D = diag(G), the numerical rank is that of the unit-diagonal matrix
 * D^-1/2 G D^-1/2, so no column is favoured for its units.
 *
 * Invariant: k^T G^+ k is Infinity for a row that reaches out of the numerical row space beyond what rounding explains.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { Scratch } from '../scratch.js';
import type { Survivors } from '../screen/block.js';
import { largestBelow, listReaching } from '../screen/positions.js';

/** The null space of a factor that has less than full rank. */
export interface NullSpace {
  /**
   * d x size, row-major: in unit-diagonal coordinates, so that ||k basis|| compares with the norm of D^-1/2 k. Where there is
   * `transposed`, it is a basis of the row space, the smaller of both: the part in the null space is what is left then.
   */
  readonly basis: Float64Array;
  readonly size: number;
  /** size x d: the same basis of the row space. */
  readonly transposed?: Float64Array | undefined;
  /** How far a row of norm 1 may reach into the null space by its own rounding. */
  readonly tolerance: number;
  /** How far rounding turns a whitened row of norm 1 into the null space; a row of norm s reaches s times as far. */
  readonly spread: number;
}

/** A factor of G, ready to score rows. */
export interface Whitening {
  readonly d: number;
  /** Numerical rank of K, 0 … d. */
  readonly rank: number;
  /** W, d x width, row-major: k^T G^+ k = ||k W||^2 for k in the row space. */
  readonly factor: Float64Array;
  readonly width: number;
  /** Whether W is upper triangular. */
  readonly upper: boolean;
  /** 1 / D, d; {@link ZERO_COLUMN_WEIGHT} for a column of zeros. sum_i k_i^2 weights_i = ||D^-1/2 k||^2. */
  readonly weights: Float64Array;
  /** A lower bound of the smallest nonzero eigenvalue of D^-1/2 G D^-1/2, its error already taken off; > 0. */
  readonly lambda: number;
  /** Bound on the relative error of any k^T G^+ k that this factor gives. */
  readonly delta: number;
  readonly nullSpace: NullSpace | undefined;
}

/** Norms of rows that somebody has already worked out: sum_i k_i^2 weights_i. */
export interface KnownNorms {
  readonly weights: Float64Array;
  readonly norms: Float64Array;
}

/** Unit roundoff of float32. */
const U32 = 2 ** -24;

/** The smallest float32 > 0. */
const LEAST32 = 2 ** -149;

/** Below this smallest eigenvalue float32 products would make bounds needlessly large. */
const ROUGH_LAMBDA = 1e-4;

/** Columns of K beyond this or its inverse are left to float64. */
const ROUGH_RANGE = 2 ** 60;

/** Whether float32 products against a whitening are good enough for bounds. */
export const isRough = ({ nullSpace, lambda, weights }: Whitening): boolean =>
  !nullSpace && lambda >= ROUGH_LAMBDA && weights.every((w) => w <= ROUGH_RANGE && w >= 1 / ROUGH_RANGE);

/** Scores rows against a whitening; owns the work space for it. */
export class RowScorer {
  readonly #whitened: Scratch;
  readonly #norms: Scratch;
  readonly #ones: Scratch;
  readonly #x: Scratch;
  /** For null spaces by their complement. */
  readonly #inside: Scratch;
  readonly #part: Scratch;

  constructor(readonly kernels: Kernels) {
    this.#whitened = new Scratch(kernels);
    this.#norms = new Scratch(kernels);
    this.#ones = new Scratch(kernels);
    this.#x = new Scratch(kernels);
    this.#inside = new Scratch(kernels);
    this.#part = new Scratch(kernels);
  }

  /**
   * x[i] = k_i^T G^+ k_i, Infinity for a row outside the row space.
   *
   * @param a - rows x d, scaled columns
   * @param x - rows, overwritten
   */
  score(whitening: Whitening, a: Values, rows: number, x: Float64Array): void {
    const { d, factor, width, upper } = whitening;
    this.kernels.rowScores(a, rows, d, factor, width, upper, x);
    this.markOutside(whitening, a, rows, x);
  }

  /**
   * Bounds of scores: x[i] times what is returned is k_i^T G^+ k_i or a little more, Infinity for a row outside the row space. By
   * float32 products where they will do, at half the cost of {@link score}.
   *
   * @param a - rows x d, scaled columns
   * @param x - rows, overwritten
   * @param known - norms of these rows, where there are any
   */
  bound(whitening: Whitening, a: Values, rows: number, x: Float64Array, known?: KnownNorms): number {
    if (a instanceof Float32Array && isRough(whitening)) {
      this.#boundRoughly(whitening, a, rows, x, known ?? this.#measure(whitening, a, rows));
    } else {
      this.score(whitening, a, rows, x);
    }
    return 1 + whitening.delta;
  }

  #measure({ weights }: Whitening, a: Values, rows: number): KnownNorms {
    const norms = this.#norms.take(rows + 4);
    this.kernels.rowNorms(a, rows, weights.length, weights, norms);
    return { weights, norms };
  }

  #boundRoughly(
    { d, factor, width, upper }: Whitening,
    a: Float32Array,
    rows: number,
    x: Float64Array,
    known: KnownNorms,
  ): void {
    this.kernels.roughScores(a, rows, d, factor, width, upper, x);
    const absolute = (d + 4) * U32 * Math.sqrt(sizeOf(factor, width, known.weights));
    const underflow = d * Math.sqrt(width) * LEAST32;
    const relative = 1 + (width / 8 + 6) * U32;
    raiseBounds(x, rows, known.norms, relative, absolute, underflow);
  }

  /** Of rows that the factor already contains, those whose score k^T G^+ k may reach the floor. */
  survivors(whitening: Whitening, floor: number, a: Values, rows: number): Survivors {
    const x = this.#x.take(rows + 4);
    this.score(whitening, a, rows, x);
    const larger = 1 + whitening.delta;
    for (let i = 0; i < rows; i++) x[i] *= larger;
    const kept = new Int32Array(rows);
    const count = listReaching(x, rows, floor, kept);
    return { rows: kept.slice(0, count), scored: rows, dropped: Math.min(1, largestBelow(x, rows, floor)) };
  }

  /**
   * Scores rows and hands out the whitened rows, too.
   * @returns a W, rows x width, valid until the next call
   */
  whiten(whitening: Whitening, a: Values, rows: number, x: Float64Array): Float64Array {
    const { d, factor, width, upper } = whitening;
    const whitened = this.#whitened.take(rows * width);
    this.kernels.multiply(a, rows, d, factor, width, upper, whitened);
    this.kernels.rowNorms(whitened, rows, width, this.#unit(width), x);
    this.markOutside(whitening, a, rows, x);
    return whitened;
  }

  /**
   * Sets x[i] to Infinity for every row outside the row space, leaving the others.
   *
   * @param a - rows x d, scaled columns
   * @param x - rows, k^T G^+ k or 0: the larger, the more of a row's reach is put down to rounding
   */
  markOutside(whitening: Whitening, a: Values, rows: number, x: Float64Array): void {
    const { d, nullSpace, weights } = whitening;
    if (!nullSpace) return;
    const { tolerance, spread } = nullSpace;
    const norms = this.#norms.take(2 * rows);
    const reaches = norms.subarray(0, rows);
    const lengths = norms.subarray(rows);
    this.#reach(nullSpace, weights, a, rows, reaches);
    this.kernels.rowNorms(a, rows, d, weights, lengths);
    for (let i = 0; i < rows; i++) {
      const explained = tolerance * Math.sqrt(lengths[i]) + spread * Math.sqrt(x[i]);
      if (Math.sqrt(reaches[i]) > explained) x[i] = Number.POSITIVE_INFINITY;
    }
  }

  /** Squared lengths of the parts of D^-1/2 k in the null space. */
  #reach(nullSpace: NullSpace, weights: Float64Array, a: Values, rows: number, x: Float64Array): void {
    const { basis, size, transposed } = nullSpace;
    const { length: d } = weights;
    if (!transposed) {
      this.kernels.rowScores(a, rows, d, basis, size, false, x);
      return;
    }
    const inside = this.#inside.take(rows * size);
    this.kernels.multiply(a, rows, d, basis, size, false, inside);
    const part = this.#part.take(rows * d);
    this.kernels.multiply(inside, rows, size, transposed, d, false, part);
    // basis is D^-1/2 V: what is left of D^-1/2 k is D^-1/2 (k - D V V^T D^-1/2 k).
    for (let i = 0; i < rows; i++) {
      x[i] = 0;
      for (let j = 0; j < d; j++) x[i] += weights[j] * (a[i * d + j] - part[i * d + j] / weights[j]) ** 2;
    }
  }

  #unit(length: number): Float64Array {
    return this.#ones.take(length).fill(1);
  }
}

/** sum_kj B_kj^2 / weights_k, with which || |a| |B| ||^2 <= sum_k a_k^2 weights_k times this for every row a. */
function sizeOf(factor: Float64Array, width: number, weights: Float64Array): number {
  let size = 0;
  for (let k = 0; k < weights.length; k++) {
    for (let j = 0; j < width; j++) size += factor[k * width + j] ** 2 / weights[k];
  }
  return size;
}

/** Raises scores by float32 products to bounds of the true ones. */
function raiseBounds(
  x: Float64Array,
  rows: number,
  norms: Float64Array,
  relative: number,
  absolute: number,
  underflow: number,
): void {
  for (let i = 0; i < rows; i++) {
    const most = (Math.sqrt(x[i]) * relative + absolute * Math.sqrt(norms[i]) + underflow) ** 2;
    // Rows of zeros stay so; what overflowed is large.
    x[i] = norms[i] === 0 ? 0 : most >= 0 ? most : Number.POSITIVE_INFINITY;
  }
}
