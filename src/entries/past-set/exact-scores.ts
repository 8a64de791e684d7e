/**
 * Scores for f(x) = x^2 where all rows were summed: exact, A(q, j) = <q, k_j>^2 / (q^T G q).
 *
 * Products and denominators are float64; an entry is left out only where its score lies below eps by more than the rounding
 * of both, so none is ever missed. Most products are far too small to matter, and are told apart in float32 first
 * (`key-screen.ts`), which never changes what is found.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { U } from '../../sketch/factor/rounding.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { Denominators } from '../bounded/denominator.js';
import type { EntryList } from '../entry-batch.js';
import { KeyScreen } from './key-screen.js';
import type { HeldQueries, ScoreFinder } from './score-finder.js';

/** Finds entries with exact scores. */
export class ExactScores implements ScoreFinder {
  readonly #set: UniversalSet;
  readonly #kernels: Kernels;
  readonly #eps: number;
  readonly #onUnresolved: (query: number) => void;
  /** Scaled keys of U, |U| x d. */
  readonly #keys: Float64Array;
  readonly #screen: KeyScreen;
  readonly #known: Denominators;
  /** For each query held: q^T G q; the least product that matters. */
  readonly #denominators: Float64Array;
  readonly #least: Float64Array;
  /** Products of the pairs that passed the screen. */
  #products: Float64Array = new Float64Array(0);

  /**
   * @param keys - of U, scaled, |U| x d
   * @param most - queries that may be held at a time
   */
  constructor(
    set: UniversalSet,
    keys: Float64Array,
    most: number,
    { kernels, eps, onUnresolved }: { kernels: Kernels; eps: number; onUnresolved: (query: number) => void },
  ) {
    this.#set = set;
    this.#kernels = kernels;
    this.#eps = eps;
    this.#onUnresolved = onUnresolved;
    this.#keys = keys;
    this.#known = new Denominators(set, kernels);
    this.#screen = new KeyScreen(kernels, keys, set.index.length, set.d, most);
    this.#denominators = kernels.allocate('float64', most + 3);
    this.#least = new Float64Array(most);
  }

  find({ queries, rows, start }: HeldQueries, entries: EntryList): void {
    const { index } = this.#set;
    const denominators = this.#denominators;
    const least = this.#least;
    this.#known.compute(queries, rows, denominators);
    for (let i = 0; i < rows; i++) least[i] = this.#leastProduct(queries, i, denominators[i], start + i);
    this.#screen.list(queries, rows, least, (pairs) => {
      const products = this.#productsOf(queries, pairs);
      for (let p = 0; 2 * p < pairs.length; p++) {
        const i = pairs[2 * p];
        const product = products[p];
        if (!(Math.abs(product) >= least[i])) continue;
        entries.add(start + i, index[pairs[2 * p + 1]], Math.min(1, product ** 2 / denominators[i]));
      }
    });
  }

  /** <q, k> of pairs of queries held and keys of U. */
  #productsOf(queries: Float64Array, pairs: Int32Array): Float64Array {
    const kernels = this.#kernels;
    const count = pairs.length / 2;
    if (this.#products.length < count) this.#products = kernels.allocate('float64', 2 * count);
    kernels.pairDots(queries, this.#keys, this.#set.d, pairs, this.#products);
    return this.#products;
  }

  /**
   * The |<q, k>| from which on a score may be >= eps, the rounding of product and denominator allowed for; Infinity for
   * a query that is zero or not resolved.
   *
   * @param i - which of the queries held
   * @param denominator - q^T G q as computed
   * @param row - its global index
   */
  #leastProduct(queries: Float64Array, i: number, denominator: number, row: number): number {
    const { d, route } = this.#set;
    const query = queries.subarray(i * d, (i + 1) * d);
    const size = this.#known.size(query);
    if (size === 0) return Number.POSITIVE_INFINITY;
    const least = this.#known.least(query, denominator);
    if (least === 0) {
      // On the stable route this is 0 / 0: no key has anything in the query's direction.
      if (route === 'gram') this.#onUnresolved(row);
      return Number.POSITIVE_INFINITY;
    }
    return Math.max(Number.MIN_VALUE, Math.sqrt(this.#eps * least) - d * U * size);
  }
}
