/**
 * One block of rows against a filter: which of its rows may still reach the floor, and its Gram matrix (or that of the
 * hashed share of its rows).
 *
 * This is all the work that grows with n, and it depends on nothing but the block and the filter, so it can be done on any
 * thread. Rows pass two stages: ||D^-1/2 k||^2 / lambda >= k^T G^+ k, O(d) a row; what passes, the quadratic form itself.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { Values } from '../matrix/row-block.js';
import type { BlockTraits, Survivors } from './block.js';
import { scoreBound } from './rounding.js';
import { sampledRows } from './sampling.js';
import { gatherRows, Scratch } from './scratch.js';
import { RowScorer, type Whitening } from './whitening.js';

/** What a {@link Screen} says of a block. */
export interface Screened extends Survivors {
  /** Whether the block can be used: false where an entry is NaN or infinite, and then nothing else means anything. */
  readonly finite: boolean;
  /** Rows whose Gram matrix was formed: all of them, or the hashed share. */
  readonly summed: number;
}

/** A block to be screened, and where its sums go. */
export interface ScreenTask {
  /** Global index of the first row. */
  readonly start: number;
  readonly rows: number;
  /** rows x d, scaled columns. */
  readonly values: Values;
  /** d x d, overwritten by the upper triangle of the Gram matrix. */
  readonly gram: Float64Array;
  /** d, overwritten by the sums of squares of all rows by column; only where a share is sampled. */
  readonly squares: Float64Array;
}

/** Screens blocks; owns the work space for it. */
export class Screen {
  readonly #kernels: Kernels;
  readonly #traits: BlockTraits;
  readonly #scorer: RowScorer;
  readonly #x: Float64Array;
  readonly #gathered: Scratch;

  constructor(kernels: Kernels, traits: BlockTraits) {
    this.#kernels = kernels;
    this.#traits = traits;
    this.#scorer = new RowScorer(kernels);
    this.#x = kernels.allocate('float64', traits.blockRows + 4);
    this.#gathered = new Scratch(kernels);
  }

  /** @param filter - made before any row of the block was taken in */
  run(filter: Whitening, task: ScreenTask): Screened {
    const { rows, values } = task;
    const finite = this.#norms(filter, task);
    if (!finite) return { finite, rows: [], scored: 0, summed: 0 };
    const passed = this.#passing(filter, values, rows);
    const kept = passed.length === 0 ? passed : this.#score(filter, values, passed);
    return { finite, rows: kept, scored: passed.length, summed: this.#sum(task) };
  }

  /** Weighted norms of the rows, into x, and with a sample the sums of squares by column; whether all are finite. */
  #norms({ weights }: Whitening, { rows, values, squares }: ScreenTask): boolean {
    const { d, sampleRate } = this.#traits;
    if (sampleRate === 1) return this.#kernels.rowNorms(values, rows, d, weights, this.#x);
    squares.fill(0);
    return this.#kernels.normsAndSquares(values, rows, d, weights, this.#x, squares);
  }

  /** The rows that the cheap bound lets through; their weighted norms are in x. */
  #passing(filter: Whitening, values: Values, rows: number): number[] {
    const x = this.#x;
    if (filter.nullSpace) {
      for (let i = 0; i < rows; i++) x[i] /= filter.lambda;
      this.#scorer.markOutside(filter, values, rows, x);
      return reaching(x, rows, this.#leastX(filter));
    }
    return reaching(x, rows, this.#leastX(filter) * filter.lambda);
  }

  /** Of these rows, those whose quadratic form lets them through. */
  #score(filter: Whitening, values: Values, which: readonly number[]): number[] {
    const gathered = gatherRows(values, this.#traits.d, which, this.#gathered);
    this.#scorer.score(filter, gathered, which.length, this.#x);
    return reaching(this.#x, which.length, this.#leastX(filter)).map((i) => which[i]);
  }

  /** The least x for which x / (1 + x) may reach the floor, a little less to be sure. */
  #leastX({ delta }: Whitening): number {
    const bound = (this.#traits.floor / (1 + delta)) * (1 - 1e-12);
    return bound >= scoreBound(Number.MAX_VALUE) ? Number.MAX_VALUE : bound / (1 - bound);
  }

  /** Forms the sums that are to be merged; returns how many rows went into the Gram matrix. */
  #sum({ start, rows, values, gram }: ScreenTask): number {
    const { d, sampleRate } = this.#traits;
    gram.fill(0);
    if (sampleRate === 1) {
      this.#kernels.addGram(values, rows, d, gram);
      return rows;
    }
    const share = sampledRows(start, rows, sampleRate);
    if (share.length > 0) {
      this.#kernels.addGram(gatherRows(values, d, share, this.#gathered), share.length, d, gram);
    }
    return share.length;
  }
}

/** Positions of the first `count` numbers that are at least `least`. */
function reaching(x: Float64Array, count: number, least: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < count; i++) if (x[i] >= least) found.push(i);
  return found;
}
