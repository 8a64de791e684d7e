/**
 * Certified at read speed: the Gram matrix of a hashed share of the rows, and of every row that became a candidate.
 *
 * The factor G_S of any subset S of the rows is at most G, so a score bound made from it is still one; U is then a superset
 * and its scores are upper bounds. Which rows are in the share depends on their index alone, not on blocks or threads.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns, reorderSymmetric } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import { Scratch } from '../scratch.js';

/**
 * Whether row `index` (0 … 2^53) belongs to the share: of every `rate` consecutive rows one does, which a hash of their
 * number tells. So each row is sampled with probability 1 / rate over the hash, and the share is even along the stream.
 *
 * @param rate - a whole number, >= 1
 */
export function isSampled(index: number, rate: number): boolean {
  const group = Math.floor(index / rate);
  return index === sampledOf(group, rate);
}

/** The row of a group of `rate` that is sampled. */
const sampledOf = (group: number, rate: number): number => group * rate + (hashOf(group) % rate);

/** 32 well-mixed bits of a whole number. */
function hashOf(value: number): number {
  let z = (value >>> 0) ^ Math.imul(Math.floor(value / 2 ** 32) + 1, 0x9e3779b1);
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** Positions in a block of the rows that belong to the share. */
export function sampledRows(start: number, rows: number, rate: number): number[] {
  const sampled: number[] = [];
  for (let group = Math.floor(start / rate); group * rate < start + rows; group++) {
    const position = sampledOf(group, rate) - start;
    if (position >= 0 && position < rows) sampled.push(position);
  }
  return sampled;
}

/** What a sample leaves in the universal set, beside the factor of S. */
export interface Sampling {
  /** One row in `rate` is in the share; a whole number > 1. */
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
  readonly #ones: Float64Array;
  readonly #norms: Scratch;
  #rows = 0;

  constructor(
    kernels: Kernels,
    readonly d: number,
    readonly rate: number,
  ) {
    this.#kernels = kernels;
    this.#gram = kernels.allocate('float64', d * d);
    this.#squares = kernels.allocate('float64', d);
    this.#ones = kernels.allocate('float64', d).fill(1);
    this.#norms = new Scratch(kernels);
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
    this.#kernels.normsAndSquares(a, rows, this.d, this.#ones, this.#norms.take(rows), this.#squares);
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

  /** Puts the columns summed so far in another order. */
  reorder(order: ColumnOrder): void {
    reorderColumns(this.#squares, order);
    reorderSymmetric(this.#gram, order);
  }

  /** Adds the sums of other rows. */
  merge({ gram, squares, rows }: Sampling): void {
    this.add(gram, squares, rows);
  }

  /** The sums. */
  finish(): Sampling {
    return { rate: this.rate, rows: this.#rows, gram: this.#gram.slice(), squares: this.#squares.slice() };
  }
}
