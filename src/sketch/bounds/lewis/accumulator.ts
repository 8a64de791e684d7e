/**
 * The sums that Lewis weights make: M = sum_l u_l k_l k_l^T and, for p > 2, S = sum_l w_l, with u_l = w_l^(1 - 2/p).
 *
 * They bound sensitivities of |x|^p: with m_j^2 = k_j^T M^+ k_j, by m_j^p S^(p/2 - 1) for p > 2, whatever the weights, and by
 * m_j^p for p < 2.
 *
 * Invariant for p < 2: u_l m_l^(2 - p) <= 1 for every row.
 */

import type { Kernels } from '../../../kernels/kernels.js';
import type { ColumnOrder } from '../../../linear/reorder.js';
import type { Values } from '../../../rows/row-block.js';
import { largestRatio } from '../../factor/ratio.js';
import { RowScorer, type Whitening } from '../../factor/whitening.js';
import type { LewisShape, SketchShape } from '../../screen/block.js';
import type { State } from '../../state.js';
import type { StateReader } from '../../state-reader.js';
import type { LewisSums } from '../certificate.js';
import { restoreLewisFilter, saveLewisFilter } from './filter-state.js';
import { capSquares, fitWeights, reweighRows, sumOf } from './row-weights.js';
import {
  allowsRoughSums,
  type BlockSums,
  boundBy,
  type LewisFilter,
  LewisScreen,
  POWER_SLACK,
  sumFactor,
} from './screen.js';
import { WeightedSum } from './weighted-sum.js';
import { type LewisPower, powerFunction } from './weights.js';

/** Rows a column before weights are worked out: fewer have weights near 1 anyway. */
const FIRST_ROWS_PER_COLUMN = 2;

/** Weights of a block that sum to more than this many times d are worked out again, with the block in M. */
const MOST_WEIGHT = 2;

/** Rounds of working weights out again, where M knows rows before the block. */
const REPEATS = 3;

/** The filter is renewed when M has grown by this share. */
const RENEWAL = 0.25;

/** Rounds until weights that start at 1 are within a few percent of where they settle; each shrinks the error by `rate`. */
const roundsFor = (rate: number): number =>
  Math.min(20, Math.max(2, Math.ceil(Math.log(0.005) / Math.log(Math.max(rate, 1e-3)))));

/** Accumulates weighted rows. */
export class LewisAccumulator {
  readonly #p: number;
  readonly #d: number;
  readonly #kernels: Kernels;
  readonly #screen: LewisScreen;
  readonly #scorer: RowScorer;
  readonly #m: WeightedSum;
  readonly #block: Float64Array;
  readonly #weights: Float64Array;
  /** By how much rows count more, and less: square roots. */
  readonly #roots: readonly [Float64Array, Float64Array];
  readonly #x: Float64Array;
  /** S. */
  #sum = 0;
  #filter: LewisFilter | undefined;
  #growth = 0;

  constructor({ d, blockRows }: SketchShape, { p }: LewisShape, kernels: Kernels) {
    this.#p = p;
    this.#d = d;
    this.#screen = new LewisScreen(kernels, d, blockRows, p);
    this.#scorer = new RowScorer(kernels);
    this.#kernels = kernels;
    this.#m = new WeightedSum(d, blockRows, kernels);
    this.#block = kernels.allocate('float64', d * d);
    this.#weights = kernels.allocate('float64', blockRows);
    this.#roots = [kernels.allocate('float64', blockRows), kernels.allocate('float64', blockRows)];
    this.#x = kernels.allocate('float64', blockRows + 4);
  }

  /** What blocks to come can be weighed with, on any thread. */
  get filter(): LewisFilter | undefined {
    return this.#filter;
  }

  /**
   * Takes in rows.
   *
   * @param a - rows x d, finite, scaled columns
   * @returns the weights they were given, rows; valid until the next call
   */
  absorb(a: Values, rows: number): Float64Array {
    const weights = this.#weights.subarray(0, rows);
    if (this.#filter) {
      let sums = this.#screen.weigh(this.#filter, a, rows, weights);
      const most = MOST_WEIGHT * this.#d;
      if (sums.weights > most && this.#growth > 0) sums = this.#screen.weigh(this.#renewFilter(), a, rows, weights);
      if (sums.weights > most) this.#solveWeights(a, rows, weights, REPEATS);
      this.#growth += sums.growth;
    } else {
      for (let i = 0; i < rows; i++) weights[i] = isZero(a, i * this.#d, this.#d) ? 0 : 1;
      if (this.#m.n + rows >= FIRST_ROWS_PER_COLUMN * this.#d) {
        this.#solveWeights(a, rows, weights, roundsFor(this.#p > 2 ? 1 - 2 / this.#p : Math.abs(1 - this.#p / 2)));
      }
    }
    this.addRows(a, rows, weights);
    if (this.#m.n >= FIRST_ROWS_PER_COLUMN * this.#d && !(this.#growth <= RENEWAL * this.#d && this.#filter)) {
      this.#renewFilter();
    }
    return weights;
  }

  /**
   * Takes in rows with weights of somebody else's, who sees to it that they keep the rule for p < 2.
   *
   * @param a - rows x d, finite, scaled columns
   * @param weights - rows
   */
  addRows(a: Values, rows: number, weights: Float64Array): void {
    this.#m.add(this.#sumOf(a, rows, weights), 1, rows);
    if (this.#p > 2) this.#sum = sumOf(weights, rows, this.#sum);
  }

  /**
   * The weights that fit M as it is, of rows that are in it.
   *
   * @param a - rows x d, finite, scaled columns
   * @returns rows; valid until the next call
   */
  fit(a: Values, rows: number): Float64Array {
    const whitening = this.#m.whitening();
    const x = this.#x;
    this.#scorer.score(whitening, a, rows, x);
    const larger = 1 + whitening.delta + 1e-12;
    const { weightOf } = this.#screen.power;
    for (let i = 0; i < rows; i++) {
      this.#weights[i] = x[i] === Number.POSITIVE_INFINITY ? 1 : weightOf(x[i] * larger);
    }
    return this.#weights.subarray(0, rows);
  }

  /**
   * p < 2: makes the rule hold for rows that were taken in with the weights that fit other sums: u m^(2 - p) is now the ratio
   * of both m to the power 2 - p.
   *
   * @returns what all weights were multiplied by
   */
  keepRule(other: LewisAccumulator): number {
    const { delta } = other.#m.whitening();
    const factor =
      this.#p > 2 ? 1 : Math.max(1, largestRatio(this.#kernels, other.#m.root(), delta, this.#m.whitening()));
    if (factor === 1) return 1;
    this.#m.scale(powerFunction(1 - 2 / this.#p)(factor));
    return factor;
  }

  /**
   * Takes in a block that was weighed elsewhere.
   *
   * @param block - d x d, upper triangle: its weighted sum
   * @returns false where it was not taken in, because its weights are far too large and should be worked out again
   */
  addScreened(block: Float64Array, rows: number, { weights, growth, rough }: BlockSums): boolean {
    if (weights > MOST_WEIGHT * this.#d) return false;
    this.#m.add(block, 1, rows, rough);
    if (this.#p > 2) this.#sum += weights;
    this.#growth += growth;
    if (this.#growth > RENEWAL * this.#d) this.#renewFilter();
    return true;
  }

  /**
   * Scores rows that were taken in: squares[i] >= m_i^2.
   *
   * @param a - rows x d, scaled columns
   * @param weights - rows, as they are counted
   * @param squares - rows + 4, overwritten
   * @param roughly - whether they may be a little larger than they must
   */
  score(a: Values, rows: number, weights: Float64Array, squares: Float64Array, roughly = false): void {
    this.#scoreBy(this.#m.whitening(), a, rows, weights, squares, roughly);
  }

  /**
   * Lowers bounds of |x|^p sensitivities to those of rows with these m^2.
   *
   * @param squares - of the rows, as {@link score} gave them
   * @param bounds - rows
   */
  lowerBounds(squares: Float64Array, bounds: Float64Array): void {
    lowerBounds(this.#screen.power, sumFactor(this.#p, this.#sum * POWER_SLACK), squares, bounds);
  }

  /**
   * Gives rows that were taken in the weight that fits M now: for p > 2 any will do, and for p < 2 smaller ones, with which
   * rows count more.
   *
   * @param a - rows x d, scaled columns, at most a block of them
   * @param weights - rows, as they are counted; changed in place
   * @param squares - rows, as {@link score} gave them
   */
  reweigh(a: Values, rows: number, weights: Float64Array, squares: Float64Array): void {
    const [more, less] = this.#roots;
    const changes = this.#x;
    reweighRows(this.#screen.power, rows, weights, squares, more, less, changes);
    if (this.#p > 2) this.#sum = sumOf(changes, rows, this.#sum);
    for (const [sign, roots] of [
      [1, more],
      [-1, less],
    ] as const) {
      if (!roots.subarray(0, rows).some((root) => root > 0)) continue;
      this.#block.fill(0);
      const rough = this.#screen.sumRows(this.#filter, a, rows, roots, this.#block);
      this.#m.add(this.#block, sign, 0, rough);
    }
  }

  /** Multiplies the columns taken in so far by `changes` (d exact powers of two), as the column scales have grown. */
  rescale(changes: Float64Array): void {
    this.#m.rescale(changes);
    if (this.#filter) this.#renewFilter();
  }

  /** Puts the columns taken in so far in another order. */
  reorder(order: ColumnOrder): void {
    this.#m.reorder(order);
    if (this.#filter) this.#renewFilter();
  }

  /** What it is made of. */
  save(): State {
    const { m, moved, roughMoved, n, blocks } = this.#m.save();
    return {
      m,
      moved,
      roughMoved,
      sum: this.#sum,
      n,
      blocks,
      growth: this.#growth,
      filter: this.#filter && saveLewisFilter(this.#filter),
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    this.#m.restore(state);
    this.#sum = state.number('sum');
    this.#growth = state.number('growth');
    const filter = state.optionalPart('filter');
    this.#filter = filter && restoreLewisFilter(filter, this.#d);
  }

  /** Takes in all that another has taken in, in the same scales: rows keep their weights. */
  merge(other: LewisAccumulator): void {
    this.#m.merge(other.#m);
    this.#sum += other.#sum;
    if (this.#m.n >= FIRST_ROWS_PER_COLUMN * this.#d) this.#renewFilter();
  }

  /** The sums. */
  finish(): LewisSums {
    return { p: this.#p, root: this.#m.root(), sum: this.#sum * POWER_SLACK, resolution: this.#m.formError() };
  }

  /** The weighted sum of some rows, d x d, upper triangle; valid until the next call. */
  #sumOf(a: Values, rows: number, weights: Float64Array): Float64Array {
    this.#block.fill(0);
    this.#screen.addWeighted(a, rows, weights, this.#block);
    return this.#block;
  }

  #renewFilter(): LewisFilter {
    const whitening = this.#m.whitening();
    this.#filter = {
      whitening,
      sum: this.#sum * POWER_SLACK,
      roughSums: allowsRoughSums(whitening),
    };
    this.#growth = 0;
    return this.#filter;
  }

  #scoreBy(
    whitening: Whitening,
    a: Values,
    rows: number,
    weights: Float64Array,
    squares: Float64Array,
    roughly = false,
  ): void {
    if (roughly) this.#scorer.bound(whitening, a, rows, squares);
    else this.#scorer.score(whitening, a, rows, squares);
    capSquares(this.#screen.power, 1 + whitening.delta + 1e-12, rows, weights, squares);
  }

  /** Works out the weights of rows that are not in M yet, with M and the rows themselves together. */
  #solveWeights(a: Values, rows: number, weights: Float64Array, rounds: number): void {
    const { power } = this.#screen;
    const x = this.#x;
    for (let round = 0; round < rounds; round++) {
      this.#scoreBy(this.#withBlock(a, rows, weights), a, rows, weights, x);
      fitWeights(power, rows, x, weights);
    }
    if (this.#p < 2) this.#lessen(a, rows, weights);
  }

  /** p < 2: makes u_l m_l^(2 - p) <= 1 hold for rows that are not in M yet. */
  #lessen(a: Values, rows: number, weights: Float64Array): void {
    const { power } = this.#screen;
    const x = this.#x;
    this.#scoreBy(this.#withBlock(a, rows, weights), a, rows, weights, x);
    let most = 1;
    for (let i = 0; i < rows; i++) {
      most = Math.max(most, power.rootOf(weights[i]) ** 2 * x[i] ** (1 - this.#p / 2));
    }
    const factor = (most * (1 + 1e-9)) ** (2 / (2 - this.#p));
    for (let i = 0; i < rows; i++) weights[i] *= factor;
  }

  /** The whitening of M and a block together. */
  #withBlock(a: Values, rows: number, weights: Float64Array): Whitening {
    return this.#m.whiteningWith(this.#sumOf(a, rows, weights));
  }
}

function isZero(a: Values, from: number, d: number): boolean {
  for (let at = from; at < from + d; at++) if (a[at] !== 0) return false;
  return true;
}

/** A loop that only returns: `row-weights.ts`. */
function lowerBounds({ weightOf }: LewisPower, factor: number, squares: Float64Array, bounds: Float64Array): void {
  for (let i = 0; i < bounds.length; i++) bounds[i] = Math.min(bounds[i], boundBy(weightOf(squares[i]), factor));
}
