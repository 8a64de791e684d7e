/** M = sum_l u_l k_l k_l^T, as rows come and go, and how far rounding may have taken it. */

import { type Kernels, ROUGH_GRAM_ERROR } from '../../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns, reorderSymmetric } from '../../../linear/reorder.js';
import { type FactoredGram, factorGram } from '../../factor/gram-factor.js';
import { gramError, U } from '../../factor/rounding.js';
import type { Whitening } from '../../factor/whitening.js';
import type { State } from '../../state.js';
import type { StateReader } from '../../state-reader.js';
import { roughGramError } from './screen.js';

/** The sum. */
export class WeightedSum {
  readonly #d: number;
  readonly #blockRows: number;
  readonly #kernels: Kernels;
  /** M, upper triangle. */
  readonly #m: Float64Array;
  /** Sums of all that was ever added to or taken off the diagonal of M: rounding errors are shares of them. */
  readonly #moved: Float64Array;
  /** Of these, what was summed in float32. */
  readonly #roughMoved: Float64Array;
  /** Rows that were added. */
  #n = 0;
  /** Blocks that were added or taken off. */
  #blocks = 0;
  #factored: FactoredGram | undefined;

  constructor(d: number, blockRows: number, kernels: Kernels) {
    this.#d = d;
    this.#blockRows = blockRows;
    this.#kernels = kernels;
    this.#m = kernels.allocate('float64', d * d);
    this.#moved = new Float64Array(d);
    this.#roughMoved = new Float64Array(d);
  }

  /** Rows that were added. */
  get n(): number {
    return this.#n;
  }

  /**
   * M += sign block.
   *
   * @param block - d x d, upper triangle; negated where sign is -1
   * @param rows - rows that were not counted before
   * @param rough - whether the block was summed in float32
   */
  add(block: Float64Array, sign: 1 | -1, rows: number, rough = false): void {
    const d = this.#d;
    for (let i = 0; i < d; i++) {
      this.#moved[i] += block[i * d + i];
      if (rough) this.#roughMoved[i] += block[i * d + i];
    }
    if (sign === -1) negate(block);
    this.#kernels.addUpper(block, d, this.#m);
    this.#n += rows;
    this.#blocks++;
    this.#factored = undefined;
  }

  /** Multiplies all weights by `share`. */
  scale(share: number): void {
    for (let at = 0; at < this.#m.length; at++) this.#m[at] *= share;
    for (let i = 0; i < this.#d; i++) {
      this.#moved[i] *= share;
      this.#roughMoved[i] *= share;
    }
    this.#factored = undefined;
  }

  /** Multiplies the columns by `changes`, d exact powers of two. */
  rescale(changes: Float64Array): void {
    const d = this.#d;
    for (let i = 0; i < d; i++) {
      this.#moved[i] *= changes[i] ** 2;
      this.#roughMoved[i] *= changes[i] ** 2;
      for (let j = i; j < d; j++) this.#m[i * d + j] *= changes[i] * changes[j];
    }
    this.#factored = undefined;
  }

  reorder(order: ColumnOrder): void {
    reorderColumns(this.#moved, order);
    reorderColumns(this.#roughMoved, order);
    reorderSymmetric(this.#m, order);
    this.#factored = undefined;
  }

  /** Adds another sum in the same scales. */
  merge(other: WeightedSum): void {
    for (let at = 0; at < this.#m.length; at++) this.#m[at] += other.#m[at];
    for (let i = 0; i < this.#d; i++) {
      this.#moved[i] += other.#moved[i];
      this.#roughMoved[i] += other.#roughMoved[i];
    }
    this.#n += other.#n;
    this.#blocks += other.#blocks;
    this.#factored = undefined;
  }

  /** The whitening of M. */
  whitening(): Whitening {
    return this.#current.whitening;
  }

  /** F with F^T F = M, d x d. */
  root(): Float64Array {
    return this.#current.root;
  }

  /**
   * The whitening of M and a block together.
   * @param block - d x d, upper triangle; overwritten
   */
  whiteningWith(block: Float64Array): Whitening {
    this.#kernels.addUpper(this.#m, this.#d, block);
    return factorGram(block, this.#d, this.#resolution(block), this.#kernels).whitening;
  }

  /** The error of one form q^T M q relative to it: float32 sums blur it no more than one entry of M. */
  formError(): number {
    return this.#resolution(this.#m, ROUGH_GRAM_ERROR);
  }

  save(): State {
    return {
      m: this.#m.slice(),
      moved: this.#moved.slice(),
      roughMoved: this.#roughMoved.slice(),
      n: this.#n,
      blocks: this.#blocks,
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const d = this.#d;
    this.#m.set(state.float64('m', d * d));
    this.#moved.set(state.float64('moved', d));
    this.#roughMoved.set(state.float64('roughMoved', d));
    this.#n = state.whole('n');
    this.#blocks = state.whole('blocks');
    this.#factored = undefined;
  }

  get #current(): FactoredGram {
    this.#factored ??= factorGram(this.#m, this.#d, this.#resolution(this.#m), this.#kernels);
    return this.#factored;
  }

  /**
   * The error of a sum with the history of M, relative to its unit diagonal; rounded weights add a little to a Gram matrix's.
   * @param rough - of what was summed in float32
   */
  #resolution(m: Float64Array, rough = roughGramError(this.#d)): number {
    const d = this.#d;
    let worst = 1;
    let worstRough = 0;
    for (let i = 0; i < d; i++) {
      if (m[i * d + i] === 0) continue;
      worst = Math.max(worst, this.#moved[i] / m[i * d + i]);
      worstRough = Math.max(worstRough, this.#roughMoved[i] / m[i * d + i]);
    }
    const error = gramError(d, Math.min(this.#n + 1, this.#blockRows), this.#blocks + 1) + 4 * d * U;
    return worst * error + worstRough * rough;
  }
}

function negate(x: Float64Array): void {
  for (let at = 0; at < x.length; at++) x[at] = -x[at];
}
