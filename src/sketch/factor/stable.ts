/**
 * The stable route: an R factor of all rows up to the last fold, and the Gram matrix H of the rows since, whitened by it.
 *
 * Whitened rows have a well-conditioned Gram matrix, so that forming it loses nothing; folding R <- chol(I + H) R keeps
 * the accuracy of a QR factorisation, relative error at most about 8 d u kappa, at the price of a matrix product. Rows that R does
 * not prepare for (outside its row space, or with k^T (R^T R)^+ k > 100) go through a Householder QR update instead.
 */

import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import { rightSingular } from '../../linear/spectral.js';
import { choleskyUpper, columnSquares, invertUpper, multiplyUpper, updateQr } from '../../linear/triangular.js';
import type { Values } from '../../rows/row-block.js';
import { gatherRows, Scratch } from '../scratch.js';
import { floorAt, type SketchShape, type Survivors } from '../screen/block.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { StableSum } from './accumulator.js';
import { rankTolerance, scoreBound, ZERO_COLUMN_WEIGHT } from './rounding.js';
import { RowScorer, type Whitening } from './whitening.js';

/** Rows that stretch the current factor more than this are not whitened by it. */
export const LARGEST_STRETCH = 100;

/** A whitening together with the map back: G = lift^T lift + rest^T rest, in which `rest` is numerically null. */
interface Factored extends Whitening {
  /** width x d, or undefined where it is R itself. */
  readonly lift: Float64Array | undefined;
  /** (d - width) x d. */
  readonly rest: Float64Array;
}

/** Accumulates rows by the whitened Gram route. */
export class StableAccumulator implements StableSum {
  readonly route = 'stable';
  readonly #d: number;
  readonly #shape: SketchShape;
  readonly #kernels: Kernels;
  readonly #scorer: RowScorer;
  readonly #gathered: Scratch;
  /** R, d x d upper triangular. */
  readonly #r: Float64Array;
  /** H, width x width, upper triangle. */
  readonly #h: Float64Array;
  readonly #x: Float64Array;
  #factored: Factored | undefined;
  #n = 0;
  /** Relative error that R was begun with. */
  #inherited = 0;

  constructor(shape: SketchShape, kernels: Kernels) {
    const { d, blockRows } = shape;
    this.#d = d;
    this.#shape = shape;
    this.#kernels = kernels;
    this.#scorer = new RowScorer(kernels);
    this.#gathered = new Scratch(kernels);
    this.#r = new Float64Array(d * d);
    this.#h = kernels.allocate('float64', d * d);
    this.#x = kernels.allocate('float64', blockRows + 4);
  }

  get filter(): Whitening | undefined {
    return this.#factored;
  }

  get filterRows(): number {
    return this.#n;
  }

  begin(r: Float64Array, n: number, delta: number): void {
    this.#r.set(r);
    this.#n = n;
    this.#inherited = delta;
    this.#factored = this.#factor();
  }

  addRoot(root: Float64Array, n: number, delta: number): void {
    updateQr(this.#r, this.#d, root.slice(), this.#d);
    this.begin(this.#r, this.#n + n, Math.max(this.#inherited, delta));
  }

  absorb(a: Values, rows: number): Survivors {
    this.#n += rows;
    if (!this.#factored) {
      updateQr(this.#r, this.#d, Float64Array.from(a.subarray(0, rows * this.#d)), rows);
      // Fewer rows than columns rule nothing out: until there are as many, a factor would be made in vain.
      if (this.#n < this.#d) return { rows: Array.from({ length: rows }, (_, i) => i), scored: 0, dropped: 0 };
      this.#factored = this.#factor();
      return this.#scorer.survivors(this.#factored, this.#floor(), a, rows);
    }
    const { width, delta } = this.#factored;
    const x = this.#x;
    const whitened = this.#scorer.whiten(this.#factored, a, rows, x);
    const stretching: number[] = [];
    for (let i = 0; i < rows; i++) {
      if (!(x[i] > LARGEST_STRETCH)) continue;
      stretching.push(i);
      whitened.fill(0, i * width, (i + 1) * width);
    }
    this.#kernels.addGram(whitened, rows, width, this.#h);
    // Of the rows that stretch the factor, those count that the new one cannot rule out.
    const candidates = new Set<number>();
    let dropped = 0;
    if (stretching.length > 0) {
      const survivors = this.#absorbStretching(a, stretching);
      for (const i of survivors.rows) candidates.add(stretching[i]);
      dropped = survivors.dropped;
    } else if (this.#trace() > 3 * this.#d) {
      this.#fold();
    }
    const floor = this.#floor();
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
    this.#foldIntoR();
    for (let i = 0; i < this.#d; i++) for (let j = i; j < this.#d; j++) this.#r[i * this.#d + j] *= changes[j];
    if (this.#factored) this.#factored = this.#factor();
  }

  reorder(order: ColumnOrder): void {
    this.#foldIntoR();
    const rows = this.#r.slice();
    reorderColumns(rows, order, this.#d);
    this.#r.fill(0);
    updateQr(this.#r, this.#d, rows, this.#d);
    if (this.#factored) this.#factored = this.#factor();
  }

  whitening(): Whitening {
    this.#fold();
    this.#factored ??= this.#factor();
    return this.#factored;
  }

  root(): Float64Array {
    this.#fold();
    return this.#r.slice();
  }

  resolution(): number {
    return rankTolerance(this.#d) ** 2;
  }

  rootError(): number {
    return this.#inherited;
  }

  save(): State {
    return {
      r: this.#r.slice(),
      h: this.#h.slice(),
      n: this.#n,
      inherited: this.#inherited,
      factored: this.#factored !== undefined,
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const { length } = this.#r;
    this.#r.set(state.float64('r', length));
    this.#h.set(state.float64('h', length));
    this.#n = state.whole('n');
    this.#inherited = state.number('inherited');
    if (state.boolean('factored')) this.#factored = this.#factor();
  }

  /**
   * Rows the factor was not prepared for: into R by QR, and then scored against the factor that knows them.
   * @param which - their positions
   * @returns of these rows, in their order, those that may reach the floor
   */
  #absorbStretching(a: Values, which: readonly number[]): Survivors {
    const d = this.#d;
    const gathered = gatherRows(a, d, which, this.#gathered);
    this.#foldIntoR();
    updateQr(this.#r, d, gathered.slice(), which.length);
    this.#factored = this.#factor();
    return this.#scorer.survivors(this.#factored, this.#floor(), gathered, which.length);
  }

  /** The score below which a row is of no interest. */
  #floor(): number {
    return floorAt(this.#shape, this.#n);
  }

  #trace(): number {
    const width = this.#factored!.width;
    let trace = 0;
    for (let i = 0; i < width; i++) trace += this.#h[i * width + i];
    return trace;
  }

  #fold(): void {
    if (!this.#factored || this.#trace() === 0) return;
    this.#foldIntoR();
    this.#factored = this.#factor();
  }

  /** R <- the triangular factor of lift^T (I + H) lift + rest^T rest; the whitening is out of date afterwards. */
  #foldIntoR(): void {
    const d = this.#d;
    if (!this.#factored || this.#trace() === 0) return;
    const { width, lift, rest } = this.#factored;
    const grown = choleskyUpper(this.#h, width, 1);
    if (!grown) throw new Error('the Gram matrix of whitened rows is not positive definite');
    const product = multiplyUpper(grown, width, lift ?? this.#r, d);
    if (lift) {
      this.#r.fill(0);
      updateQr(this.#r, d, product, width);
      updateQr(this.#r, d, rest.slice(), d - width);
    } else {
      this.#r.set(product);
    }
    this.#h.fill(0);
  }

  /** The whitening of R: by its inverse where R surely has full rank, else by its singular values. */
  #factor(): Factored {
    const d = this.#d;
    const squares = columnSquares(this.#r, d, d);
    const zeros = squares.filter((square) => square === 0).length;
    const weights = squares.map((square) => (square === 0 ? ZERO_COLUMN_WEIGHT : 1 / square));
    return this.#factorRegular(squares, weights, zeros) ?? this.#factorDeficient(squares, weights);
  }

  /** Columns of zeros are set aside exactly; undefined where the others may be dependent. */
  #factorRegular(squares: Float64Array, weights: Float64Array, zeros: number): Factored | undefined {
    const d = this.#d;
    const r = this.#r.slice();
    for (let i = 0; i < d; i++) {
      if (squares[i] === 0) r[i * d + i] = 1;
      else if (r[i * d + i] === 0) return undefined;
    }
    const factor = invertUpper(r, d);
    const basis = new Float64Array(d * zeros);
    for (let i = 0, next = 0; i < d; i++) {
      if (squares[i] !== 0) continue;
      factor[i * d + i] = 0;
      basis[i * zeros + next++] = Math.sqrt(ZERO_COLUMN_WEIGHT);
    }
    // Frobenius norms bound the condition number of the column-scaled R from above; its own is sqrt(d - zeros).
    let inverseSquares = 0;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) inverseSquares += squares[i] * factor[i * d + j] ** 2;
    const rank = d - zeros;
    const kappa = Math.sqrt(rank * inverseSquares);
    if (!(kappa * rankTolerance(d) < 1)) return undefined;
    return {
      d,
      rank,
      factor,
      width: d,
      upper: true,
      weights,
      lambda: rank === 0 ? 1 : 1 / inverseSquares,
      delta: this.#inherited + rankTolerance(d) * kappa,
      nullSpace: zeros > 0 ? { basis, size: zeros, tolerance: rankTolerance(d), spread: 0 } : undefined,
      lift: undefined,
      rest: new Float64Array(0),
    };
  }

  #factorDeficient(squares: Float64Array, weights: Float64Array): Factored {
    const d = this.#d;
    const scales = weights.map(Math.sqrt);
    const scaled = new Float64Array(d * d);
    scaleColumns(this.#r, d, d, scales, scaled);
    const { values, vectors } = rightSingular(scaled, d);
    const largest = values[0];
    const rank = values.filter((value) => value > largest * rankTolerance(d)).length;
    const factor = new Float64Array(d * rank);
    const basis = new Float64Array(d * (d - rank));
    const lift = new Float64Array(rank * d);
    const rest = new Float64Array((d - rank) * d);
    for (let i = 0; i < d; i++) {
      for (let j = rank; j < d; j++) basis[i * (d - rank) + j - rank] = scales[i] * vectors[i * d + j];
      // A column of zeros must stay one: brought to unit length, the rounding of its vectors would look like data.
      if (squares[i] === 0) continue;
      for (let j = 0; j < rank; j++) {
        factor[i * rank + j] = (scales[i] * vectors[i * d + j]) / values[j];
        lift[j * d + i] = (values[j] * vectors[i * d + j]) / scales[i];
      }
      for (let j = rank; j < d; j++) rest[(j - rank) * d + i] = (values[j] * vectors[i * d + j]) / scales[i];
    }
    const smallest = rank > 0 ? values[rank - 1] : 1;
    return {
      d,
      rank,
      factor,
      width: rank,
      upper: false,
      weights,
      lambda: smallest ** 2,
      delta: this.#inherited + (rank > 0 ? (rankTolerance(d) * largest) / smallest : 0),
      nullSpace:
        rank < d
          ? { basis, size: d - rank, tolerance: rankTolerance(d), spread: rankTolerance(d) * largest }
          : undefined,
      lift,
      rest,
    };
  }
}
