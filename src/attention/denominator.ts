/**
 * Denominators of attention scores, sum_l <q, k_l>^2 = q^T G q, as far as a universal set knows them.
 *
 * With the Gram matrix of all rows they are known but for rounding. With that of a sample they lie between q^T G_S q and
 * (sum_i |q_i| sqrt(G_ii))^2, and are estimated from the keys of U, exactly, and the hashed share of the other rows.
 */

import type { Kernels } from '../kernels/kernels.js';
import { columnSquares } from '../linear/triangular.js';
import { isSampled, type Sampling } from '../sketch/sampling.js';
import type { UniversalSet } from '../sketch/universal-set.js';

/** What is known of the denominators of some queries, before any of their products. */
export class Denominators {
  readonly #set: UniversalSet;
  readonly #kernels: Kernels;
  /** F^T, d x d. */
  readonly #root: Float64Array;
  /** sqrt(G_ii) of the rows that were summed, and of all rows; d. */
  readonly #summedLengths: Float64Array;
  readonly #lengths: Float64Array;

  constructor(set: UniversalSet, kernels: Kernels) {
    const { d, root, sampling } = set;
    this.#set = set;
    this.#kernels = kernels;
    this.#root = kernels.allocate('float64', d * d);
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) this.#root[j * d + i] = root[i * d + j];
    this.#summedLengths = columnSquares(root, d, d).map(Math.sqrt);
    this.#lengths = sampling ? sampling.squares.map(Math.sqrt) : this.#summedLengths;
  }

  /**
   * q^T G q of each query, or q^T G_S q, as computed.
   *
   * @param queries - rows x d, scaled
   * @param out - rows + 3, overwritten
   */
  compute(queries: Float64Array, rows: number, out: Float64Array): void {
    const { d } = this.#set;
    this.#kernels.rowScores(queries, rows, d, this.#root, d, false, out);
  }

  /**
   * sum_j |q_j| sqrt(G_jj) >= sum_j |q_j k_j| for every key, and the square root of an upper bound of q^T G q.
   *
   * @param query - d, scaled
   */
  size(query: Float64Array): number {
    return weightedSum(query, this.#lengths);
  }

  /**
   * The least that q^T G q can be, rounding allowed for; 0 where its computed value is nothing but rounding.
   *
   * @param query - d, scaled
   * @param computed - as {@link compute} gives it
   */
  least(query: Float64Array, computed: number): number {
    const size = weightedSum(query, this.#summedLengths);
    const noise = this.#set.resolution * size * size;
    if (computed <= noise) return 0;
    // G is known to within its error on one route, its square root on the other.
    const least = this.#set.route === 'gram' ? computed - noise : (Math.sqrt(computed) - Math.sqrt(noise)) ** 2;
    return least * (1 - Math.min(1, this.#set.rootError));
  }
}

function weightedSum(query: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < query.length; j++) sum += Math.abs(query[j]) * weights[j];
  return sum;
}

/** Estimates denominators from a sample: exact over U, RATE times the hashed share for all other rows. */
export class SampledEstimate {
  readonly #sampling: Sampling;
  readonly #kernels: Kernels;
  readonly #d: number;
  /** Scaled keys of U, one a column: d x |U|. */
  readonly #keys: Float64Array;
  /** By how much the square of each key's product counts beside RATE q^T G_H q: 1, or 1 - RATE if it is in the share. */
  readonly #weights: Float64Array;
  /** The whole Gram matrix of the share, d x d. */
  readonly #gram: Float64Array;

  /** @param keys - |U| x d, scaled */
  constructor({ d, index }: UniversalSet, sampling: Sampling, keys: Float64Array, kernels: Kernels) {
    this.#sampling = sampling;
    this.#kernels = kernels;
    this.#d = d;
    this.#keys = kernels.allocate('float64', d * index.length);
    for (let i = 0; i < index.length; i++) {
      for (let j = 0; j < d; j++) this.#keys[j * index.length + i] = keys[i * d + j];
    }
    this.#weights = index.map((row) => (isSampled(row, sampling.rate) ? 1 - sampling.rate : 1));
    this.#gram = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) {
        this.#gram[i * d + j] = sampling.gram[i * d + j];
        this.#gram[j * d + i] = sampling.gram[i * d + j];
      }
    }
  }

  /**
   * The estimate for one query; unbiased over the choice of the share, were U given.
   * @param query - d, scaled
   */
  of(query: Float64Array): number {
    const d = this.#d;
    const size = this.#weights.length;
    const products = new Float64Array(size);
    this.#kernels.multiply(query, 1, d, this.#keys, size, false, products);
    let sum = 0;
    for (let i = 0; i < size; i++) sum += this.#weights[i] * products[i] ** 2;
    let share = 0;
    for (let i = 0; i < d; i++) {
      let image = 0;
      for (let j = 0; j < d; j++) image += this.#gram[i * d + j] * query[j];
      share += query[i] * image;
    }
    return sum + this.#sampling.rate * share;
  }
}
