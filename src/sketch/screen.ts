/**
 * One block of rows against a filter: its Gram matrix, and which of its rows may still reach the floor.
 *
 * This is all the work that grows with n, and it depends on nothing but the block and the filter, so it can be done on any
 * thread. Rows pass two stages: ||D^-1/2 k||^2 / lambda >= k^T G^+ k, O(d) a row; what passes, the quadratic form itself.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { Values } from '../matrix/row-block.js';
import { scoreBound } from './rounding.js';
import { RowScorer, Scratch, type Whitening } from './whitening.js';

/** Rows of a block that may end with a score at or above the floor. */
export interface Survivors {
  /** Positions in the block, ascending. */
  readonly rows: readonly number[];
  /** For each an upper bound of its final score, in [0, 1], rounding included. */
  readonly bounds: readonly number[];
  /** How many rows it took a quadratic form to tell. */
  readonly scored: number;
}

/** What a {@link Screen} says of a block. */
export interface Screened extends Survivors {
  /** Whether the block can be used: false where an entry is NaN or infinite, and then nothing else means anything. */
  readonly finite: boolean;
}

/** Screens blocks; owns the work space for it. */
export class Screen {
  readonly #scorer: RowScorer;
  readonly #x: Float64Array;
  readonly #gathered: Scratch;

  /** @param blockRows - the most rows of a block */
  constructor(
    readonly kernels: Kernels,
    readonly d: number,
    blockRows: number,
  ) {
    this.#scorer = new RowScorer(kernels);
    this.#x = kernels.allocate('float64', blockRows + 4);
    this.#gathered = new Scratch(kernels);
  }

  /**
   * @param filter - made before any row of the block was taken in
   * @param a - rows x d, scaled columns
   * @param gram - d x d, overwritten by the upper triangle of a^T a
   */
  run(filter: Whitening, floor: number, a: Values, rows: number, gram: Float64Array): Screened {
    const { d, kernels } = this;
    const x = this.#x;
    const finite = kernels.rowNorms(a, rows, d, filter.weights, x);
    if (!finite) return { finite, rows: [], bounds: [], scored: 0 };
    for (let i = 0; i < rows; i++) x[i] /= filter.lambda;
    this.#scorer.markOutside(filter, a, rows, x);
    const passed = this.#reaching(filter, floor, x, rows);
    const survivors = passed.rows.length === 0 ? passed : this.#score(filter, floor, a, passed.rows);
    gram.fill(0);
    kernels.addGram(a, rows, d, gram);
    return { finite, ...survivors, scored: passed.rows.length };
  }

  /** The quadratic form of the rows that the first stage let through. */
  #score(filter: Whitening, floor: number, a: Values, which: readonly number[]): Pick<Survivors, 'rows' | 'bounds'> {
    const { d } = this;
    const gathered = this.#gathered.take(which.length * d);
    for (const [to, from] of which.entries()) gathered.set(a.subarray(from * d, (from + 1) * d), to * d);
    this.#scorer.score(filter, gathered, which.length, this.#x);
    const { rows, bounds } = this.#reaching(filter, floor, this.#x, which.length);
    return { rows: rows.map((i) => which[i]), bounds };
  }

  /** Rows whose x / (1 + x) may reach the floor. */
  #reaching(filter: Whitening, floor: number, x: Float64Array, count: number): Pick<Survivors, 'rows' | 'bounds'> {
    const rows: number[] = [];
    const bounds: number[] = [];
    for (let i = 0; i < count; i++) {
      const bound = Math.min(1, scoreBound(x[i]) * (1 + filter.delta));
      if (!(bound >= floor)) continue;
      rows.push(i);
      bounds.push(bound);
    }
    return { rows, bounds };
  }
}
