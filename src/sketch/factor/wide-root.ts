/**
 * R of the stable route for wide matrices, R^T R = G, and which columns it is without.
 *
 * The first d rows are kept as they are, and made R of once when it is asked for.
 *
 * A column of which at most 8 d u of its length is left, once the columns before it are taken out, depends on them: it is left out of R,
 * whose row for it stays zero, and of the whitening, so that R is triangular whatever the rank is. A row lies in the row space if what
 * its other columns say of it is what it has there.
 *
 * Columns may be dependent although something is left of each. Then they are chosen by a QR factorisation with column pivoting; and as long as
 * that is not enough, the one that has the largest part in the smallest singular vector is left out (T. F. Chan, Rank revealing QR
 * factorizations, 1987): of it at most sqrt(d) times the smallest singular value is left.
 */

import { scaleColumns } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import { columnSquares, updateQr } from '../../linear/triangular.js';
import type { Values } from '../../rows/row-block.js';
import type { StateReader } from '../state-reader.js';
import type { WideAlgebra } from '../wide/wide-algebra.js';
import { dependentNullSpace, keptColumns, mostDependent } from './dependent-columns.js';
import { whiteningByInverse } from './inverse-whitening.js';
import { rankTolerance } from './rounding.js';
import type { SavedRoot, StableRoot } from './stable-root.js';
import type { Whitening } from './whitening.js';

/** Rows a column before which R whitens no others. */
const EARLY_ROWS_PER_COLUMN = 4;

/** The inverse of R without the columns that are left out. */
interface Inverse {
  /** d x d, zeros in their rows and columns. */
  readonly factor: Float64Array;
  /** Without these rows and columns; in work space that the next update by QR uses. */
  readonly compact: Float64Array;
}

/** R, and what is known of its columns. */
export class WideRoot implements StableRoot {
  readonly lazy = true;
  readonly #d: number;
  readonly #algebra: WideAlgebra;
  /** d x d: the first rows as they came, and then upper triangular but for columns that were left out by choice. */
  readonly #r: Float64Array;
  /** Columns that depend on those before them, as long as R is without them. */
  #dependent: readonly number[] | undefined;
  #isUpper = true;
  /** Rows of R from the first on, where these are the first rows as they came; the others are zeros. */
  #raw: number | undefined = 0;

  constructor(d: number, algebra: WideAlgebra) {
    this.#d = d;
    this.#algebra = algebra;
    this.#r = algebra.kernels.allocate('float64', d * d);
  }

  get matrix(): Float64Array {
    return this.#r;
  }

  get earlyRows(): number {
    return EARLY_ROWS_PER_COLUMN * this.#d;
  }

  begin(r: Float64Array): void {
    this.#r.set(r);
    this.#raw = undefined;
    this.#isUpper = isUpper(r, this.#d);
    if (!this.#isUpper) this.#takeAllIn();
    this.forget();
  }

  forget(): void {
    this.#dependent = undefined;
  }

  /** While there are at most d of them. */
  keep(a: Values, rows: number): boolean {
    const d = this.#d;
    if (this.#raw === undefined || this.#raw + rows > d) return false;
    this.#r.set(a.subarray(0, rows * d), this.#raw * d);
    this.#raw += rows;
    this.#isUpper = false;
    this.#dependent = undefined;
    return true;
  }

  /** With all columns. */
  update(a: Values, rows: number): void {
    this.#takeAllIn();
    this.#algebra.updateQr(this.#r, this.#d, a, rows);
  }

  /** R <- chol(I + H) R. */
  grow(h: Float64Array): void {
    const d = this.#d;
    const grown = this.#algebra.cholesky(
      d,
      (c) => {
        for (let i = 0; i < d; i++) {
          c.set(h.subarray(i * d + i, (i + 1) * d), i * d + i);
          c[i * d + i] += 1;
        }
      },
      false,
    );
    if (!grown) throw new Error('the Gram matrix of whitened rows is not positive definite');
    const upper = this.#algebra.zeros(d * d);
    for (let i = 0; i < d; i++) upper.set(grown.matrix.subarray(i * d + i, (i + 1) * d), i * d + i);
    this.#algebra.multiplyUpper(upper, this.#r, d, this.#isUpper);
  }

  rescale(changes: Float64Array): void {
    scaleColumns(this.#r, this.#d, this.#d, changes, this.#r);
  }

  reorder(order: ColumnOrder): void {
    const d = this.#d;
    const rows = this.#r.slice();
    reorderColumns(rows, order, d);
    this.#r.fill(0);
    this.#algebra.updateQr(this.#r, d, rows, d);
    this.#isUpper = true;
    this.#raw = undefined;
    this.forget();
  }

  factor(inherited: number): Whitening {
    const d = this.#d;
    const squares = columnSquares(this.#r, d, d);
    const lengths = squares.map(Math.sqrt);
    if (!this.#dependent) this.#leaveOut(lengths.map((length) => length * rankTolerance(d)));
    const whitening = this.#whiten(squares, this.#inverse(), inherited);
    if (whitening) return whitening;
    const chosen = new Set(this.#pivots(lengths));
    for (;;) {
      this.#choose(chosen, lengths);
      const found = this.#inverse();
      const other = this.#whiten(squares, found, inherited);
      if (other) return other;
      chosen.delete(mostDependent(found.factor, lengths));
    }
  }

  save(): SavedRoot {
    return {
      r: new Float64Array(this.#r),
      raw: this.#raw,
      dependent: this.#dependent && Int32Array.from(this.#dependent),
    };
  }

  restore(state: StateReader): void {
    const d = this.#d;
    this.#r.set(state.float64('r', d * d));
    this.#raw = state.has('raw') ? state.whole('raw') : undefined;
    if (this.#raw !== undefined && this.#raw > d) throw state.wrong('raw', `is ${this.#raw}, more than ${d} rows`);
    this.#isUpper = this.#raw === undefined ? isUpper(this.#r, d) : this.#raw === 0;
    if (state.has('dependent')) {
      this.#dependent = [...state.int32('dependent')];
      const other = this.#dependent.find((j) => j < 0 || j >= d);
      if (other !== undefined) throw state.wrong('dependent', `holds ${other}, which is no column of ${d}`);
    }
  }

  /** Columns of which something is left whenever they are chosen in the order in which most is left of them. */
  #pivots(lengths: Float64Array): number[] {
    const d = this.#d;
    const r = this.#r;
    const fill = (columns: Float64Array): void => {
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) if (lengths[j] > 0) columns[j * d + i] = r[i * d + j] / lengths[j];
      }
    };
    return this.#algebra.pivots(d, fill, rankTolerance(d)).map(({ column }) => column);
  }

  /** Leaves columns out of R of which no more than their limits are left, if there are any: that is not kept. */
  #leaveOut(limits: Float64Array): void {
    const d = this.#d;
    const r = this.#r;
    this.#dependent = [];
    if (this.#isUpper && limits.every((limit, j) => Math.abs(r[j * d + j]) > limit)) return;
    this.#algebra.updateQr(r, d, r, Math.max(1, this.#raw ?? d), limits);
    this.#isUpper = true;
    this.#raw = undefined;
    this.#dependent = [...limits.keys()].filter((j) => limits[j] >= 0);
  }

  /**
   * Leaves all other columns out of R, whose rows for them hold what is left of them once all that are chosen are taken out. R is not upper
   * triangular then: what is left out may depend on columns behind it.
   */
  #choose(chosen: ReadonlySet<number>, lengths: Float64Array): void {
    const d = this.#d;
    const r = this.#r;
    const kept = [...lengths.keys()].filter((j) => chosen.has(j));
    const leftOut = [...lengths.keys()].filter((j) => !chosen.has(j));
    const order = [...kept, ...leftOut];
    const rows = r.slice();
    reorderColumns(rows, order, d);
    r.fill(0);
    const limits = Float64Array.from(order, (_, p) => (p < kept.length ? -1 : Number.POSITIVE_INFINITY));
    const left = this.#algebra.updateQr(r, d, rows, d, limits);
    rows.fill(0);
    for (const [p, i] of kept.entries()) for (let q = p; q < d; q++) rows[i * d + order[q]] = r[p * d + q];
    // Of columns that dependence leaves next to nothing of, that is not kept.
    const rest = leftOut.filter((j, k) => limits[kept.length + k] > lengths[j] * rankTolerance(d));
    const { length: size } = rest;
    const some = new Float64Array(d * size);
    for (const [k, j] of rest.entries()) {
      for (let i = 0; i < d; i++) some[i * size + k] = left[i * d + kept.length + leftOut.indexOf(j)];
    }
    const triangle = new Float64Array(size * size);
    updateQr(triangle, size, some, d);
    for (const [p, i] of rest.entries()) for (let q = p; q < size; q++) rows[i * d + rest[q]] = triangle[p * size + q];
    r.set(rows);
    this.#dependent = leftOut;
    this.#isUpper = false;
  }

  /** Brings R back to upper triangular form, with all columns. */
  #takeAllIn(): void {
    const d = this.#d;
    if (!this.#isUpper) {
      this.#algebra.updateQr(this.#r, d, this.#r, this.#raw ?? d);
      this.#isUpper = true;
    }
    this.#raw = undefined;
    this.#dependent = undefined;
  }

  #inverse(): Inverse {
    const d = this.#d;
    const r = this.#r;
    const kept = keptColumns(this.#dependent!, d);
    const { length: size } = kept;
    const factor = new Float64Array(d * d);
    const compact = this.#algebra.zeros(size * size);
    if (size === 0) return { factor, compact };
    this.#algebra
      .invert(size, (matrix) => {
        for (const [p, i] of kept.entries()) for (let q = p; q < size; q++) matrix[p * size + q] = r[i * d + kept[q]];
      })
      .takeInverse(new Float64Array(size).fill(1), compact);
    for (const [p, i] of kept.entries()) for (let q = p; q < size; q++) factor[i * d + kept[q]] = compact[p * size + q];
    return { factor, compact };
  }

  /** By the columns that are not left out; undefined where they may be dependent. */
  #whiten(squares: Float64Array, { factor, compact }: Inverse, inherited: number): Whitening | undefined {
    const d = this.#d;
    const dependent = this.#dependent!;
    const whitening = whiteningByInverse(squares, factor, d - dependent.length, inherited);
    if (!whitening) return undefined;
    const nullSpace = dependentNullSpace(this.#algebra, this.#r, compact, whitening.weights, dependent, d);
    return { ...whitening, nullSpace };
  }
}

/** Whether a d x d matrix has zeros alone below its diagonal. */
function isUpper(r: Float64Array, d: number): boolean {
  for (let i = 1; i < d; i++) for (let j = 0; j < i; j++) if (r[i * d + j] !== 0) return false;
  return true;
}
