/** Causal scores for f(x) = x^2: the denominator is q^T G q of the rows before the block, and the squares of the block's own. */

import { U } from '../../sketch/factor/rounding.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { Denominators } from '../bounded/denominator.js';
import { weightedSum } from '../bounded/weighted-sum.js';
import type { EntryList } from '../entry-batch.js';
import type { HeldQueries } from '../past-set/score-finder.js';
import type { BlockState, CausalOptions, QueryProducts, RowFinder } from './row-finder.js';

/** Adds entries with exact scores. */
export class ExactRows implements RowFinder {
  readonly #options: CausalOptions;
  readonly #denominators: Denominators;
  readonly #forms: Float64Array;
  #state: BlockState | undefined;

  constructor(set: UniversalSet, options: CausalOptions, most: number) {
    this.#options = options;
    this.#denominators = new Denominators(set, options.kernels);
    this.#forms = options.kernels.allocate('float64', most + 3);
  }

  use(state: BlockState): void {
    this.#state = state;
    this.#denominators.use(state.set);
  }

  compute({ queries, rows }: HeldQueries): void {
    this.#denominators.compute(queries, rows, this.#forms);
  }

  add(held: HeldQueries, i: number, { own, block }: QueryProducts, entries: EntryList): void {
    const { set, start, lengths } = this.#state!;
    const { eps, onUnresolved } = this.#options;
    const { d, index, route } = set;
    const query = held.queries.subarray(i * d, (i + 1) * d);
    const size = this.#denominators.size(query) + weightedSum(query, lengths);
    if (size === 0) return;
    let squares = 0;
    for (let j = 0; j < block.length; j++) squares += block[j] ** 2;
    const rounding = d * U * size;
    const known = Math.max(0, Math.sqrt(squares) - rounding * Math.sqrt(block.length)) ** 2;
    const least = this.#denominators.least(query, this.#forms[i]) + known;
    if (least === 0) {
      // On the stable route this is 0 / 0: no key has anything in the query's direction.
      if (route === 'gram') onUnresolved(held.start + i);
      return;
    }
    const denominator = this.#forms[i] + squares;
    const smallest = Math.max(Number.MIN_VALUE, Math.sqrt(eps * least) - rounding);
    const addFrom = (products: Float64Array, count: number, row: (j: number) => number): void => {
      for (let j = 0; j < count; j++) {
        const product = products[j];
        if (!(Math.abs(product) >= smallest)) continue;
        entries.add(held.start + i, row(j), Math.min(1, product ** 2 / denominator));
      }
    };
    addFrom(own, index.length, (j) => index[j]);
    addFrom(block, block.length, (j) => start + j);
  }
}
