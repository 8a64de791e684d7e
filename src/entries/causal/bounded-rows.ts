/** Causal scores within bounds: over the block's own rows the denominator is summed, over those before it as a set knows it. */

import type { UniversalSet } from '../../sketch/universal-set.js';
import type { KeyTerms } from '../bounded/denominator-bounds.js';
import { addQueryEntries, denominatorOptions } from '../bounded/query-entries.js';
import { QueryFactFinder } from '../bounded/query-facts.js';
import { RestEstimator } from '../bounded/rest-estimate.js';
import { weightedSum } from '../bounded/weighted-sum.js';
import type { EntryList } from '../entry-batch.js';
import type { HeldQueries } from '../past-set/score-finder.js';
import type { BlockState, CausalOptions, QueryProducts, RowFinder } from './row-finder.js';

/** Adds entries with bounds. */
export class BoundedRows implements RowFinder {
  readonly #options: CausalOptions;
  readonly #facts: QueryFactFinder;
  #state: BlockState | undefined;
  #sample: RestEstimator | undefined;
  #ownValues = new Float64Array(0);
  #blockValues = new Float64Array(0);

  constructor(set: UniversalSet, options: CausalOptions, most: number) {
    const { f, growth, scale, kernels } = options;
    this.#options = options;
    this.#facts = new QueryFactFinder(set, f, growth, scale, most, kernels);
  }

  use(state: BlockState): void {
    this.#state = state;
    this.#facts.use(state.set);
    this.#sample = state.set.sample && new RestEstimator(state.set.sample);
  }

  compute(held: HeldQueries): void {
    this.#facts.compute(held);
  }

  add(held: HeldQueries, i: number, products: QueryProducts, entries: EntryList): void {
    const { set, start, lengths } = this.#state!;
    const { growth } = this.#options;
    const { d, index, score, delta, route } = set;
    const query = held.start + i;
    const facts = this.#facts.of(held, i, weightedSum(held.queries.subarray(i * d, (i + 1) * d), lengths));
    if (!facts) return;
    if (this.#ownValues.length < products.own.length) this.#ownValues = new Float64Array(2 * products.own.length);
    if (this.#blockValues.length < products.block.length)
      this.#blockValues = new Float64Array(2 * products.block.length);
    const own: KeyTerms = { products: products.own, numerators: index.length, values: this.#ownValues };
    const block: KeyTerms = {
      products: products.block,
      numerators: products.block.length,
      values: this.#blockValues,
    };
    // Rows to come only lower what a key's score can be.
    const kept = { terms: own, row: (j: number) => index[j], own: (j: number) => score[j] * (1 + delta) };
    const fresh = { terms: block, row: (j: number) => start + j, own: () => 1 };
    addQueryEntries(
      query,
      facts,
      [kept, fresh],
      denominatorOptions(set, growth, this.#facts.p, products.own.length),
      route,
      this.#options,
      ({ known }) => this.#sample?.estimate(known, this.#ownValues, index.length),
      entries,
    );
  }
}
