/**
 * Certified at read speed: the Gram matrix of a hashed share of the rows, and of every row that became a candidate.
 *
 * The factor G_S of any subset S of the rows is at most G, so a score bound made from it is still one; U is then a superset
 * and its scores are upper bounds. Which rows are in the share depends on their index alone, not on blocks or threads.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { Values } from '../matrix/row-block.js';

/** Whether row `index` (0 … 2^53) belongs to the hashed 1 / rate of all rows. */
export function isSampled(index: number, rate: number): boolean {
  return hashOf(index) < 2 ** 32 / rate;
}

/** 32 well-mixed bits of a row's index. */
function hashOf(index: number): number {
  let z = (index >>> 0) ^ Math.imul(Math.floor(index / 2 ** 32) + 1, 0x9e3779b1);
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** Positions in a block of the rows that belong to the share. */
export function sampledRows(start: number, rows: number, rate: number): number[] {
  const sampled: number[] = [];
  for (let i = 0; i < rows; i++) if (isSampled(start + i, rate)) sampled.push(i);
  return sampled;
}

/** What a sample leaves in the universal set, beside the factor of S. */
export interface Sampling {
  /** One row in `rate` is in the share, > 1. */
  readonly rate: number;
  /** Rows in the share. */
  readonly rows: number;
  /** Gram matrix of the share, d x d, upper triangle, of the scaled columns. */
  readonly gram: Float64Array;
  /** diag(G) over all rows, d, of the scaled columns. */
  readonly squares: Float64Array;
}

/** Sums up what {@link Sampling} holds. */
export class SampleSums {
  readonly #kernels: Kernels;
  readonly #gram: Float64Array;
  readonly #squares: Float64Array;
  #rows = 0;

  constructor(
    kernels: Kernels,
    readonly d: number,
    readonly rate: number,
  ) {
    this.#kernels = kernels;
    this.#gram = kernels.allocate('float64', d * d);
    this.#squares = kernels.allocate('float64', d);
  }

  /** Adds a block whose sums were formed elsewhere. */
  add(gram: Float64Array, squares: Float64Array, sampled: number): void {
    const { d } = this;
    for (let i = 0; i < d; i++) {
      this.#squares[i] += squares[i];
      for (let j = i; j < d; j++) this.#gram[i * d + j] += gram[i * d + j];
    }
    this.#rows += sampled;
  }

  /**
   * Adds a block of rows.
   * @param a - rows x d, scaled columns
   * @param share - the rows of it that belong to the share, count x d
   */
  addRows(a: Values, rows: number, share: Values, count: number): void {
    this.#kernels.addColumnSquares(a, rows, this.d, this.#squares);
    if (count > 0) this.#kernels.addGram(share, count, this.d, this.#gram);
    this.#rows += count;
  }

  /** Multiplies the columns summed so far by `changes`, as the column scales have grown. */
  rescale(changes: Float64Array): void {
    const { d } = this;
    for (let i = 0; i < d; i++) {
      this.#squares[i] *= changes[i] ** 2;
      for (let j = i; j < d; j++) this.#gram[i * d + j] *= changes[i] * changes[j];
    }
  }

  /** The sums. */
  finish(): Sampling {
    return { rate: this.rate, rows: this.#rows, gram: this.#gram.slice(), squares: this.#squares.slice() };
  }
}
