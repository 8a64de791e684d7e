/**
 * The stable route: an R factor of all rows up to the last fold, and the Gram matrix H of the rows since, whitened by it.
 *
 * Whitened rows have a well-conditioned Gram matrix, so that forming it loses nothing; folding R <- chol(I + H) R keeps
 * the accuracy of a QR factorisation, relative error about d u kappa, at the price of a matrix product. Rows that R does
 * not prepare for (outside its row space, or with k^T (R^T R)^+ k > 100) go through a Householder QR update instead.
 */

import type { Kernels } from '../kernels/kernels.js';
import { rightSingular } from '../linear/spectral.js';
import { choleskyUpper, columnSquares, invertUpper, multiplyUpper, updateQr } from '../linear/triangular.js';
import type { Accumulator } from './accumulator.js';
import { rankTolerance, scoreBound, U } from './rounding.js';
import { RowScorer, type Whitening } from './whitening.js';

/** Rows that stretch the current factor more than this are not whitened by it. */
const LARGEST_STRETCH = 100;

/** A whitening together with the map back: G = lift^T lift + rest^T rest, in which `rest` is numerically null. */
interface Factored extends Whitening {
  /** width x d, or undefined where it is R itself. */
  readonly lift: Float64Array | undefined;
  /** (d - width) x d. */
  readonly rest: Float64Array;
}

/** Accumulates rows by the whitened Gram route. */
export class StableAccumulator implements Accumulator {
  readonly route = 'stable';
  readonly #d: number;
  readonly #kernels: Kernels;
  readonly #scorer: RowScorer;
  /** R, d x d upper triangular. */
  readonly #r: Float64Array;
  /** H, width x width, upper triangle. */
  #h: Float64Array;
  #factored: Factored | undefined;
  /** Relative error that R was begun with. */
  readonly #inherited: number;

  /**
   * @param r - an upper triangular factor (d x d) to go on from, with `delta` its relative error; none: no rows yet
   */
  constructor(d: number, kernels: Kernels, r?: Float64Array, delta = 0) {
    this.#d = d;
    this.#kernels = kernels;
    this.#scorer = new RowScorer(kernels);
    this.#r = r ?? new Float64Array(d * d);
    this.#h = new Float64Array(d * d);
    this.#inherited = delta;
    if (r) this.#factored = this.#factor();
  }

  absorb(a: Float64Array, rows: number, bounds: Float64Array): boolean {
    if (!this.#factored) {
      updateQr(this.#r, this.#d, a.slice(0, rows * this.#d), rows);
      this.#factored = this.#factor();
      this.#boundIncluded(a, rows, bounds);
      return true;
    }
    const { width, delta } = this.#factored;
    const whitened = this.#scorer.score(this.#factored, a, rows, bounds);
    const stretching: number[] = [];
    for (let i = 0; i < rows; i++) {
      if (!(bounds[i] > LARGEST_STRETCH)) continue;
      stretching.push(i);
      whitened.fill(0, i * width, (i + 1) * width);
    }
    this.#kernels.addGram(whitened, rows, width, this.#h);
    for (let i = 0; i < rows; i++) bounds[i] = Math.min(1, scoreBound(bounds[i]) * (1 + delta));
    if (stretching.length > 0) this.#absorbStretching(a, stretching, bounds);
    else if (this.#trace() > 3 * this.#d) this.#fold();
    return true;
  }

  rescale(changes: Float64Array): void {
    if (!this.#factored) return;
    this.#foldIntoR();
    for (let i = 0; i < this.#d; i++) for (let j = i; j < this.#d; j++) this.#r[i * this.#d + j] *= changes[j];
    this.#factored = this.#factor();
  }

  whitening(): Whitening {
    this.#fold();
    return this.#factored!;
  }

  root(): Float64Array {
    this.#fold();
    return this.#r.slice();
  }

  resolution(): number {
    return rankTolerance(this.#d) ** 2;
  }

  /** Rows the factor was not prepared for: into R by QR, and then scored against the factor that knows them. */
  #absorbStretching(a: Float64Array, which: readonly number[], bounds: Float64Array): void {
    const d = this.#d;
    const gathered = new Float64Array(which.length * d);
    for (const [to, from] of which.entries()) gathered.set(a.subarray(from * d, (from + 1) * d), to * d);
    this.#foldIntoR();
    updateQr(this.#r, d, gathered.slice(), which.length);
    this.#factored = this.#factor();
    const fresh = new Float64Array(which.length);
    this.#boundIncluded(gathered, which.length, fresh);
    for (const [from, to] of which.entries()) bounds[to] = Math.min(bounds[to], fresh[from]);
  }

  /** Bounds for rows that the factor already contains: k^T G^+ k itself. */
  #boundIncluded(a: Float64Array, rows: number, bounds: Float64Array): void {
    const factored = this.#factored!;
    this.#scorer.score(factored, a, rows, bounds);
    for (let i = 0; i < rows; i++) bounds[i] = Math.min(1, bounds[i] * (1 + factored.delta));
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
    const { width, lift, rest } = this.#factored!;
    if (this.#trace() === 0) return;
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
    const weights = squares.map((square) => (square === 0 ? 1 : 1 / square));
    return this.#factorRegular(squares, weights, zeros) ?? this.#factorDeficient(squares, weights);
  }

  /** Columns of zeros are set aside exactly; undefined where the others may be dependent. */
  #factorRegular(squares: Float64Array, weights: Float64Array, zeros: number): Factored | undefined {
    const d = this.#d;
    const r = this.#r.slice();
    for (let i = 0; i < d; i++) if (squares[i] === 0) r[i * d + i] = 1;
    const factor = invertUpper(r, d);
    const basis = new Float64Array(d * zeros);
    for (let i = 0, next = 0; i < d; i++) {
      if (squares[i] !== 0) continue;
      factor[i * d + i] = 0;
      basis[i * zeros + next++] = 1;
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
      delta: this.#inherited + d * U * kappa,
      nullSpace: zeros > 0 ? { basis, size: zeros, spread: 0 } : undefined,
      lift: undefined,
      rest: new Float64Array(0),
    };
  }

  #factorDeficient(squares: Float64Array, weights: Float64Array): Factored {
    const d = this.#d;
    const scales = weights.map(Math.sqrt);
    const scaled = new Float64Array(d * d);
    this.#kernels.scaleColumns(this.#r, d, d, scales, scaled);
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
      delta: this.#inherited + (rank > 0 ? (d * U * largest) / smallest : 0),
      nullSpace: rank < d ? { basis, size: d - rank, spread: rankTolerance(d) * largest } : undefined,
      lift,
      rest,
    };
  }
}
