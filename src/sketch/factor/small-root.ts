/** R of the stable route for all but wide matrices: whitened by its inverse where it surely has full rank, else by its singular values. */

import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import { rightSingular } from '../../linear/spectral.js';
import { columnSquares, multiplyUpper, updateQr } from '../../linear/triangular.js';
import type { Values } from '../../rows/row-block.js';
import type { StateReader } from '../state-reader.js';
import { columnWeights, whiteningByInverse } from './inverse-whitening.js';
import { rankTolerance, ZERO_COLUMN_WEIGHT } from './rounding.js';
import type { SavedRoot, StableRoot } from './stable-root.js';
import type { Whitening } from './whitening.js';

/** A whitening together with the map back: G = lift^T lift + rest^T rest, in which `rest` is numerically null. */
interface Factored extends Whitening {
  /** width x d, or undefined where it is R itself. */
  readonly lift: Float64Array | undefined;
  /** (d - width) x d. */
  readonly rest: Float64Array;
}

/** As the interface describes it. */
export class SmallRoot implements StableRoot {
  readonly lazy = false;
  readonly #d: number;
  readonly #kernels: Kernels;
  /** d x d upper triangular. */
  readonly #r: Float64Array;
  #factored: Factored | undefined;

  constructor(d: number, kernels: Kernels) {
    this.#d = d;
    this.#kernels = kernels;
    this.#r = new Float64Array(d * d);
  }

  get matrix(): Float64Array {
    return this.#r;
  }

  /** Fewer rows than columns rule nothing out. */
  get earlyRows(): number {
    return this.#d;
  }

  begin(r: Float64Array): void {
    this.#r.set(r);
  }

  keep(): boolean {
    return false;
  }

  update(a: Values, rows: number): void {
    updateQr(this.#r, this.#d, new Float64Array(a.subarray(0, rows * this.#d)), rows);
  }

  forget(): void {}

  grow(h: Float64Array): void {
    const d = this.#d;
    const { width, lift, rest } = this.#factored!;
    const grown = new Float64Array(width * width);
    if (!this.#kernels.choleskyUpper(h, width, 1, grown))
      throw new Error('the Gram matrix of whitened rows is not positive definite');
    const product = multiplyUpper(grown, width, lift ?? this.#r, d);
    if (lift) {
      this.#r.fill(0);
      updateQr(this.#r, d, product, width);
      updateQr(this.#r, d, rest.slice(), d - width);
    } else {
      this.#r.set(product);
    }
  }

  rescale(changes: Float64Array): void {
    const d = this.#d;
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) this.#r[i * d + j] *= changes[j];
  }

  reorder(order: ColumnOrder): void {
    const rows = this.#r.slice();
    reorderColumns(rows, order, this.#d);
    this.#r.fill(0);
    updateQr(this.#r, this.#d, rows, this.#d);
  }

  factor(inherited: number): Whitening {
    const d = this.#d;
    const squares = columnSquares(this.#r, d, d);
    const zeros = squares.filter((square) => square === 0).length;
    this.#factored = this.#factorRegular(squares, zeros, inherited) ?? this.#factorDeficient(squares, inherited);
    return this.#factored;
  }

  save(): SavedRoot {
    return { r: this.#r.slice() };
  }

  restore(state: StateReader): void {
    this.#r.set(state.float64('r', this.#r.length));
  }

  /** Columns of zeros are set aside exactly; undefined where the others may be dependent. */
  #factorRegular(squares: Float64Array, zeros: number, inherited: number): Factored | undefined {
    const d = this.#d;
    const r = this.#r.slice();
    for (let i = 0; i < d; i++) {
      if (squares[i] === 0) r[i * d + i] = 1;
      else if (r[i * d + i] === 0) return undefined;
    }
    const factor = new Float64Array(d * d);
    this.#kernels.invertUpper(r, d, factor);
    const basis = new Float64Array(d * zeros);
    for (let i = 0, next = 0; i < d; i++) {
      if (squares[i] !== 0) continue;
      factor[i * d + i] = 0;
      basis[i * zeros + next++] = Math.sqrt(ZERO_COLUMN_WEIGHT);
    }
    const whitening = whiteningByInverse(squares, factor, d - zeros, inherited);
    if (!whitening) return undefined;
    const nullSpace = zeros > 0 ? { basis, size: zeros, tolerance: rankTolerance(d), spread: 0 } : undefined;
    return { ...whitening, nullSpace, lift: undefined, rest: new Float64Array(0) };
  }

  #factorDeficient(squares: Float64Array, inherited: number): Factored {
    const d = this.#d;
    const weights = columnWeights(squares);
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
      delta: inherited + (rank > 0 ? (rankTolerance(d) * largest) / smallest : 0),
      nullSpace:
        rank < d
          ? { basis, size: d - rank, tolerance: rankTolerance(d), spread: rankTolerance(d) * largest }
          : undefined,
      lift,
      rest,
    };
  }
}
