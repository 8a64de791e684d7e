/**
 * Quadratic forms of queries that a universal set knows: q^T G q and, with Lewis weights, q^T M q.
 *
 * With the Gram matrix of all rows, q^T G q is known but for rounding. With that of a sample it lies between q^T G_S q and
 * (sum_i |q_i| sqrt(G_ii))^2.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { columnSquares } from '../../linear/triangular.js';
import type { LewisSums } from '../../sketch/bounds/certificate.js';
import { U } from '../../sketch/factor/rounding.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import type { Range } from './remainder.js';
import { weightedSum } from './weighted-sum.js';

/** What is known of the denominators of some queries, before any of their products. */
export class Denominators {
  #set: UniversalSet;
  readonly #kernels: Kernels;
  /** F^T, d x d. */
  readonly #root: Float64Array;
  /** sqrt(G_ii) of the rows that were summed, and of all rows; d. */
  #summedLengths = new Float64Array(0);
  #lengths = new Float64Array(0);

  constructor(set: UniversalSet, kernels: Kernels) {
    this.#set = set;
    this.#kernels = kernels;
    this.#root = kernels.allocate('float64', set.d * set.d);
    this.use(set);
  }

  /** Goes over to another set of as many columns. */
  use(set: UniversalSet): void {
    const { d, root, sampling } = set;
    this.#set = set;
    transpose(root, d, d, this.#root);
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
    const noise = this.#noise(weightedSum(query, this.#summedLengths));
    if (computed <= noise) return 0;
    // G is known to within its error on one route, its square root on the other.
    const least = this.#set.route === 'gram' ? computed - noise : (Math.sqrt(computed) - Math.sqrt(noise)) ** 2;
    return least * (1 - Math.min(1, this.#set.rootError));
  }

  /**
   * What q^T G q lies between, and what no |<q, k>| of a row outside U is above.
   *
   * @param query - d, scaled
   * @param computed - as {@link compute} gives it
   */
  bounds(query: Float64Array, computed: number): { readonly form: Range; readonly largest: number } {
    const { d, n, route, rootError, dropped, sampling } = this.#set;
    const summed = weightedSum(query, this.#summedLengths);
    const noise = this.#noise(summed);
    // Sums of squares are subtracted from q^T G q, whose own terms were rounded in another order.
    const order = 8 * U * (d + Math.log2(n + 1)) * summed * summed;
    const exact = route === 'gram' ? computed + noise : (Math.sqrt(computed) + Math.sqrt(noise)) ** 2;
    const most = exact / (1 - Math.min(1, rootError)) + order;
    const size = this.size(query) * (1 + d * U);
    const share = sampling ? dropped / (1 - dropped) : dropped;
    // A product of a row in a direction that the factor calls null is rounding, too.
    const largest = share < Number.POSITIVE_INFINITY ? Math.sqrt(share * most) + 16 * d * U * size : size;
    return {
      form: {
        low: Math.max(0, this.least(query, computed) - order),
        high: sampling ? size * size : Math.min(most, size * size),
      },
      largest: Math.min(largest, size),
    };
  }

  #noise(size: number): number {
    return this.#set.resolution * size * size;
  }
}

/** What Lewis sums say of sum |x|^p over all rows. */
export class LewisBound {
  readonly #d: number;
  readonly #kernels: Kernels;
  readonly #root: Float64Array;
  #p = 0;
  #lengths = new Float64Array(0);
  #resolution = 0;
  /** S^(1 - 2 / p): q^T M q <= this (sum |x|^p)^(2 / p). */
  #share = 0;

  constructor(sums: LewisSums, d: number, kernels: Kernels) {
    this.#d = d;
    this.#kernels = kernels;
    this.#root = kernels.allocate('float64', d * d);
    this.use(sums);
  }

  /** p. */
  get p(): number {
    return this.#p;
  }

  /** Goes over to other sums of as many columns. */
  use({ p, root, sum, resolution }: LewisSums): void {
    const d = this.#d;
    this.#p = p;
    transpose(root, d, d, this.#root);
    this.#lengths = columnSquares(root, d, d).map(Math.sqrt);
    this.#resolution = resolution;
    this.#share = p > 2 ? (sum * (1 + SUM_SLACK)) ** (1 - 2 / p) : 1;
  }

  /** q^T M q of each query; as {@link Denominators.compute}. */
  compute(queries: Float64Array, rows: number, out: Float64Array): void {
    this.#kernels.rowScores(queries, rows, this.#d, this.#root, this.#d, false, out);
  }

  /**
   * A lower bound of sum |x|^p over all rows.
   *
   * @param query - d, scaled
   * @param computed - as {@link compute} gives it
   * @param unit - of the sizes
   */
  least(query: Float64Array, computed: number, unit: number): number {
    const noise = Math.sqrt(this.#resolution) * weightedSum(query, this.#lengths);
    const length = Math.sqrt(computed) - noise;
    if (!(length > 0 && this.#share > 0)) return 0;
    const least = (length / (unit * Math.sqrt(this.#share))) ** this.#p * (1 - SUM_SLACK);
    return least < Number.POSITIVE_INFINITY ? least : 0;
  }
}

/** Long sums of weights are good to this. */
const SUM_SLACK = 2 ** -30;

/** Exchanges rows and columns: a is rows x d, out d x rows. */
export function transpose(a: Float64Array, rows: number, d: number, out: Float64Array): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < d; j++) out[j * rows + i] = a[i * d + j];
}
