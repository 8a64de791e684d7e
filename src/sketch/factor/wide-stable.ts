/**
 * The stable route for wide matrices: as `stable.ts`, by the kernels, and without singular values.
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

import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import { columnSquares, updateQr } from '../../linear/triangular.js';
import type { Values } from '../../rows/row-block.js';
import { gatherRows, Scratch } from '../scratch.js';
import { floorAt, type SketchShape, type Survivors } from '../screen/block.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { WideAlgebra } from '../wide/wide-algebra.js';
import type { StableSum } from './accumulator.js';
import { dependentNullSpace, keptColumns, mostDependent } from './dependent-columns.js';
import { rankTolerance, scoreBound, ZERO_COLUMN_WEIGHT } from './rounding.js';
import { LARGEST_STRETCH } from './stable.js';
import { RowScorer, type Whitening } from './whitening.js';

/** Until there are this many rows a column, R is made by QR alone: it is too far from what it will be to whiten others by. */
const EARLY_ROWS_PER_COLUMN = 4;

/** Accumulates rows of a wide matrix by the whitened Gram route. */
export class WideStableAccumulator implements StableSum {
  readonly route = 'stable';
  readonly #shape: SketchShape;
  readonly #algebra: WideAlgebra;
  readonly #kernels: Kernels;
  readonly #scorer: RowScorer;
  readonly #gathered: Scratch;
  /** R, d x d, R^T R = G: the first rows as they came, and then upper triangular but for columns that were left out by choice. */
  readonly #r: Float64Array;
  /** H, d x d, upper triangle; there is none before rows have been whitened. */
  #h: Float64Array | undefined;
  readonly #x: Float64Array;
  /** Columns that depend on those before them, as long as R is without them. */
  #dependent: readonly number[] | undefined;
  #isUpper = true;
  /** Rows of R from the first on, where these are the first rows as they came; the others are zeros. */
  #raw: number | undefined = 0;
  #whitening: Whitening | undefined;
  #n = 0;
  /** Relative error that R was begun with. */
  #inherited = 0;

  constructor(shape: SketchShape, algebra: WideAlgebra) {
    const { d, blockRows } = shape;
    this.#shape = shape;
    this.#algebra = algebra;
    this.#kernels = algebra.kernels;
    this.#scorer = new RowScorer(this.#kernels);
    this.#gathered = new Scratch(this.#kernels);
    this.#r = this.#kernels.allocate('float64', d * d);
    this.#x = this.#kernels.allocate('float64', blockRows + 4);
  }

  get filter(): Whitening | undefined {
    return this.#whitening;
  }

  get filterRows(): number {
    return this.#n;
  }

  begin(r: Float64Array, n: number, delta: number): void {
    this.#r.set(r);
    this.#raw = undefined;
    this.#isUpper = isUpper(r, this.#shape.d);
    if (!this.#isUpper) this.#takeAllIn();
    this.#n = n;
    this.#inherited = delta;
    this.#forget();
  }

  addRoot(root: Float64Array, n: number, delta: number): void {
    const { d } = this.#shape;
    this.#foldIntoR();
    this.#takeAllIn();
    this.#algebra.updateQr(this.#r, d, root, d);
    this.#n += n;
    this.#inherited = Math.max(this.#inherited, delta);
    this.#forget();
  }

  absorb(a: Values, rows: number): Survivors {
    const { d } = this.#shape;
    this.#n += rows;
    if (!this.#whitening) {
      if (this.#raw !== undefined && this.#raw + rows <= d) {
        this.#r.set(a.subarray(0, rows * d), this.#raw * d);
        this.#raw += rows;
        this.#isUpper = false;
        this.#dependent = undefined;
        return allOf(rows);
      }
      this.#takeAllIn();
      this.#algebra.updateQr(this.#r, d, a, rows);
      if (this.#n < EARLY_ROWS_PER_COLUMN * d) return allOf(rows);
      return this.#scorer.survivors(this.whitening(), this.#floor, a, rows);
    }
    const { delta } = this.#whitening;
    const x = this.#x;
    const whitened = this.#scorer.whiten(this.#whitening, a, rows, x);
    const stretching: number[] = [];
    for (let i = 0; i < rows; i++) {
      if (!(x[i] > LARGEST_STRETCH)) continue;
      stretching.push(i);
      whitened.fill(0, i * d, (i + 1) * d);
    }
    this.#h ??= this.#kernels.allocate('float64', d * d);
    this.#kernels.addGram(whitened, rows, d, this.#h);
    const candidates = new Set<number>();
    let dropped = 0;
    if (stretching.length > 0) {
      const survivors = this.#absorbStretching(a, stretching);
      for (const i of survivors.rows) candidates.add(stretching[i]);
      dropped = survivors.dropped;
    } else if (this.#trace() > 3 * d) {
      this.#foldIntoR();
      this.whitening();
    }
    const floor = this.#floor;
    const kept: number[] = [];
    for (let i = 0; i < rows; i++) {
      if (x[i] > LARGEST_STRETCH) {
        if (candidates.has(i)) kept.push(i);
        continue;
      }
      const score = scoreBound(x[i]) * (1 + delta);
      if (score >= floor) kept.push(i);
      else dropped = Math.max(dropped, score);
    }
    return { rows: kept, scored: rows, dropped: Math.min(1, dropped) };
  }

  rescale(changes: Float64Array): void {
    const { d } = this.#shape;
    this.#foldIntoR();
    scaleColumns(this.#r, d, d, changes, this.#r);
    this.#whitening &&= this.#factor();
  }

  reorder(order: ColumnOrder): void {
    const { d } = this.#shape;
    this.#foldIntoR();
    const rows = this.#r.slice();
    reorderColumns(rows, order, d);
    this.#r.fill(0);
    this.#algebra.updateQr(this.#r, d, rows, d);
    this.#isUpper = true;
    this.#raw = undefined;
    this.#forget();
  }

  whitening(): Whitening {
    this.#foldIntoR();
    this.#whitening ??= this.#factor();
    return this.#whitening;
  }

  root(): Float64Array {
    this.whitening();
    return new Float64Array(this.#r);
  }

  resolution(): number {
    return rankTolerance(this.#shape.d) ** 2;
  }

  rootError(): number {
    return this.#inherited;
  }

  save(): State {
    return {
      r: new Float64Array(this.#r),
      h: this.#h && new Float64Array(this.#h),
      raw: this.#raw,
      n: this.#n,
      inherited: this.#inherited,
      factored: this.#whitening !== undefined,
      dependent: this.#dependent && Int32Array.from(this.#dependent),
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const { d } = this.#shape;
    this.#r.set(state.float64('r', d * d));
    if (state.has('h')) {
      this.#h = this.#kernels.allocate('float64', d * d);
      this.#h.set(state.float64('h', d * d));
    }
    this.#raw = state.has('raw') ? state.whole('raw') : undefined;
    if (this.#raw !== undefined && this.#raw > d) throw state.wrong('raw', `is ${this.#raw}, more than ${d} rows`);
    this.#n = state.whole('n');
    this.#inherited = state.number('inherited');
    this.#isUpper = this.#raw === undefined ? isUpper(this.#r, d) : this.#raw === 0;
    if (state.has('dependent')) {
      this.#dependent = [...state.int32('dependent')];
      const other = this.#dependent.find((j) => j < 0 || j >= d);
      if (other !== undefined) throw state.wrong('dependent', `holds ${other}, which is no column of ${d}`);
    }
    if (state.boolean('factored')) this.#whitening = this.#factor();
  }

  get #floor(): number {
    return floorAt(this.#shape, this.#n);
  }

  /** Columns may be independent of one another now. */
  #forget(): void {
    this.#dependent = undefined;
    this.#whitening &&= this.#factor();
  }

  /** Rows that R is not prepared for: into it by QR, and then scored against the factor that knows them. */
  #absorbStretching(a: Values, which: readonly number[]): Survivors {
    const { d } = this.#shape;
    const gathered = gatherRows(a, d, which, this.#gathered);
    this.#foldIntoR();
    this.#takeAllIn();
    this.#algebra.updateQr(this.#r, d, gathered, which.length);
    this.#whitening = this.#factor();
    return this.#scorer.survivors(this.#whitening, this.#floor, gathered, which.length);
  }

  #trace(): number {
    const { d } = this.#shape;
    const h = this.#h;
    let trace = 0;
    if (h) for (let i = 0; i < d; i++) trace += h[i * d + i];
    return trace;
  }

  /** R <- chol(I + H) R; the whitening is out of date afterwards. */
  #foldIntoR(): void {
    if (!this.#whitening || this.#trace() === 0) return;
    const { d } = this.#shape;
    const h = this.#h!;
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
    const upper = new Float64Array(d * d);
    for (let i = 0; i < d; i++) upper.set(grown.matrix.subarray(i * d + i, (i + 1) * d), i * d + i);
    this.#algebra.multiplyUpper(upper, this.#r, d, this.#isUpper);
    h.fill(0);
    this.#whitening = undefined;
  }

  #factor(): Whitening {
    const { d } = this.#shape;
    const squares = columnSquares(this.#r, d, d);
    const lengths = squares.map(Math.sqrt);
    if (!this.#dependent) this.#leaveOut(lengths.map((length) => length * rankTolerance(d)));
    const inverse = this.#inverse();
    const whitening = this.#whiten(squares, inverse);
    if (whitening) return whitening;
    const chosen = new Set(this.#pivots(lengths));
    for (;;) {
      this.#choose(chosen, lengths);
      const found = this.#inverse();
      const other = this.#whiten(squares, found);
      if (other) return other;
      chosen.delete(mostDependent(found, lengths));
    }
  }

  /** Columns of which something is left whenever they are chosen in the order in which most is left of them. */
  #pivots(lengths: Float64Array): number[] {
    const { d } = this.#shape;
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
    const { d } = this.#shape;
    const r = this.#r;
    this.#dependent = [];
    if (this.#isUpper && limits.every((limit, j) => Math.abs(r[j * d + j]) > limit)) return;
    const count = Math.max(1, this.#raw ?? d);
    const rows = r.slice(0, count * d);
    r.fill(0, 0, count * d);
    this.#algebra.updateQr(r, d, rows, count, limits);
    this.#isUpper = true;
    this.#raw = undefined;
    this.#dependent = [...limits.keys()].filter((j) => limits[j] >= 0);
  }

  /**
   * Leaves all other columns out of R, whose rows for them hold what is left of them once all that are chosen are taken out. R is not upper
   * triangular then: what is left out may depend on columns behind it.
   */
  #choose(chosen: ReadonlySet<number>, lengths: Float64Array): void {
    const { d } = this.#shape;
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
    const { d } = this.#shape;
    if (!this.#isUpper) {
      const count = this.#raw ?? d;
      const rows = this.#r.slice(0, count * d);
      this.#r.fill(0, 0, count * d);
      this.#algebra.updateQr(this.#r, d, rows, count);
      this.#isUpper = true;
    }
    this.#raw = undefined;
    this.#dependent = undefined;
  }

  /** The inverse of R without the columns that are left out, d x d, zeros in their rows and columns. */
  #inverse(): Float64Array {
    const { d } = this.#shape;
    const r = this.#r;
    const kept = keptColumns(this.#dependent!, d);
    const { length: size } = kept;
    const factor = new Float64Array(d * d);
    if (size === 0) return factor;
    const compact = new Float64Array(size * size);
    this.#algebra
      .invert(size, (matrix) => {
        for (const [p, i] of kept.entries()) for (let q = p; q < size; q++) matrix[p * size + q] = r[i * d + kept[q]];
      })
      .takeInverse(new Float64Array(size).fill(1), compact);
    for (const [p, i] of kept.entries()) for (let q = p; q < size; q++) factor[i * d + kept[q]] = compact[p * size + q];
    return factor;
  }

  /** By the columns that are not left out; undefined where they may be dependent. */
  #whiten(squares: Float64Array, factor: Float64Array): Whitening | undefined {
    const { d } = this.#shape;
    const dependent = this.#dependent!;
    let inverseSquares = 0;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) inverseSquares += squares[i] * factor[i * d + j] ** 2;
    const rank = d - dependent.length;
    const kappa = Math.sqrt(rank * inverseSquares);
    if (!(kappa * rankTolerance(d) < 1)) return undefined;
    const weights = squares.map((square) => (square === 0 ? ZERO_COLUMN_WEIGHT : 1 / square));
    return {
      d,
      rank,
      factor,
      width: d,
      upper: true,
      weights,
      lambda: rank === 0 ? 1 : 1 / inverseSquares,
      delta: this.#inherited + rankTolerance(d) * kappa,
      nullSpace: dependentNullSpace(this.#algebra, this.#r, factor, weights, dependent, d),
    };
  }
}

/** Every row of a block. */
const allOf = (rows: number): Survivors => ({ rows: Array.from({ length: rows }, (_, i) => i), scored: 0, dropped: 0 });

/** Whether a d x d matrix has zeros alone below its diagonal. */
function isUpper(r: Float64Array, d: number): boolean {
  for (let i = 1; i < d; i++) for (let j = 0; j < i; j++) if (r[i * d + j] !== 0) return false;
  return true;
}
