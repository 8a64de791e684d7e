/**
 * Scores A(q, j) = f(<q, k_j>) / D(q) where the denominator D(q) = sum_l f(<q, k_l>) is not known but bounded.
 *
 * Invariant: the score lies within [lower, upper], whatever rounding did; an entry is left out only where its upper bound is
 * below eps. Queries with no product that could matter are told apart in float32 first, and cost no sums.
 */

import type { ScoringFunction } from '../../functions.js';
import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { powerOfTwo } from '../../sketch/factor/scale.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import type { EntryList } from '../entry-batch.js';
import { KeyScreen } from '../past-set/key-screen.js';
import type { HeldQueries, ScoreFinder } from '../past-set/score-finder.js';
import { sizeBelow } from '../scaled-function.js';
import { SLACK } from './bounded-entries.js';
import { transpose } from './denominator.js';
import type { BoundedDenominator, DenominatorOptions } from './denominator-bounds.js';
import { addQueryEntries, denominatorOptions, type QueryEntryOptions } from './query-entries.js';
import { QueryFactFinder, type QueryFacts } from './query-facts.js';
import { boundSum } from './remainder.js';
import { type Estimate, RestEstimator } from './rest-estimate.js';
import { ShareEstimate } from './share-estimate.js';

/** How bounded scores are made. */
export interface BoundedOptions extends QueryEntryOptions {
  readonly kernels: Kernels;
  readonly f: ScoringFunction;
  /** Multiplies every <q, k>. */
  readonly scale: number;
}

/** Numbers that products take at a time. */
const PRODUCT_NUMBERS = 2 ** 18;

/** Finds entries whose scores are known to lie within bounds. */
export class BoundedScores implements ScoreFinder {
  readonly #set: UniversalSet;
  readonly #options: BoundedOptions;
  readonly #facts: QueryFactFinder;
  readonly #screen: KeyScreen;
  /** Scaled keys of U and of the sample, one a column: d x count. */
  readonly #keys: Float64Array;
  readonly #count: number;
  readonly #denominator: DenominatorOptions;
  readonly #sample: RestEstimator | undefined;
  readonly #share: ShareEstimate | undefined;
  readonly #least: Float64Array;
  /** Which queries may have entries, and some of them one after another. */
  readonly #active: Int32Array;
  readonly #gathered: Float64Array;
  readonly #portion: number;
  readonly #products: Float64Array;
  readonly #values: Float64Array;

  /**
   * @param keys - of U, scaled, |U| x d
   * @param most - queries that may be held at a time
   */
  constructor(set: UniversalSet, keys: Float64Array, most: number, options: BoundedOptions) {
    const { d, index, sample, sampling } = set;
    const { kernels, f, growth, scale } = options;
    this.#set = set;
    this.#options = options;
    this.#facts = new QueryFactFinder(set, f, growth, scale, most, kernels);
    this.#screen = new KeyScreen(kernels, keys, index.length, d, most);
    this.#count = index.length + (sample?.index.length ?? 0);
    this.#keys = kernels.allocate('float64', this.#count * d);
    transpose(withSample(set, keys), this.#count, d, this.#keys);
    this.#denominator = denominatorOptions(set, growth, this.#facts.p, this.#count);
    this.#sample = sample && new RestEstimator(sample);
    const square = growth.a === 2 && growth.b === 2;
    this.#share = square && sampling && !sample ? new ShareEstimate(set, sampling, kernels) : undefined;
    this.#least = new Float64Array(most);
    this.#active = new Int32Array(most);
    this.#portion = Math.max(1, Math.min(most, Math.floor(PRODUCT_NUMBERS / Math.max(1, this.#count))));
    this.#gathered = kernels.allocate('float64', this.#portion * d);
    this.#products = kernels.allocate('float64', this.#portion * this.#count);
    this.#values = new Float64Array(this.#count);
  }

  find(held: HeldQueries, entries: EntryList): void {
    const { queries, rows } = held;
    const { d } = this.#set;
    const count = this.#count;
    this.#facts.compute(held);
    for (let i = 0; i < rows; i++) this.#least[i] = this.#leastProduct(this.#facts.of(held, i));
    const active = this.#listActive(queries, rows);
    for (let from = 0; from < active.length; from += this.#portion) {
      const part = active.subarray(from, from + this.#portion);
      for (const [p, i] of part.entries()) this.#gathered.set(queries.subarray(i * d, (i + 1) * d), p * d);
      this.#options.kernels.multiply(this.#gathered, part.length, d, this.#keys, count, false, this.#products);
      for (const [p, i] of part.entries()) {
        this.#addEntries(held, i, this.#products.subarray(p * count, (p + 1) * count), entries);
      }
    }
  }

  /** Queries with a product that may matter, in order. */
  #listActive(queries: Float64Array, rows: number): Int32Array {
    const active = this.#active.fill(0);
    this.#screen.list(queries, rows, this.#least, (pairs) => {
      for (let at = 0; at < pairs.length; at += 2) active[pairs[at]] = 1;
    });
    let count = 0;
    for (let i = 0; i < rows; i++) if (active[i] === 1) active[count++] = i;
    return active.subarray(0, count);
  }

  /** The |<q, k>| from which on f of it may be eps of the least that the denominator can be; Infinity for a zero query. */
  #leastProduct(facts: QueryFacts | undefined): number {
    if (!facts) return Number.POSITIVE_INFINITY;
    const { growth, eps } = this.#options;
    const { n, skipped } = this.#set;
    // No product is larger than this unit, so that its size is at most 1.
    const unit = Math.sqrt(facts.form.high) * (1 + SLACK) + facts.rounding;
    const f = facts.gauge(unit);
    if (!f) return Number.MIN_VALUE;
    const squares = { low: (Math.sqrt(facts.form.low) / unit) ** 2, high: 1 };
    const { low } = boundSum(f, growth, {
      rows: n - skipped,
      squares,
      largest: 1,
      powers: facts.powers(unit),
    });
    const size = sizeBelow(f, growth, f(1), eps * low * (1 - SLACK));
    return Math.max(Number.MIN_VALUE, size * unit - facts.rounding);
  }

  /**
   * Adds the entries of a query.
   *
   * @param i - which of the queries held
   * @param products - with the keys of U and of the sample; overwritten
   */
  #addEntries(held: HeldQueries, i: number, products: Float64Array, entries: EntryList): void {
    const { index, score, delta, route, f } = this.#set;
    // No score exceeds its key's own bound.
    const bound = this.#options.f.name === f;
    const keys = {
      terms: { products, numerators: index.length, values: this.#values },
      row: (j: number) => index[j],
      own: (j: number) => (bound ? score[j] * (1 + delta) : 1),
    };
    const facts = this.#facts.of(held, i)!;
    const estimate = (denominator: BoundedDenominator) => this.#estimate(held, i, denominator);
    addQueryEntries(held.start + i, facts, [keys], this.#denominator, route, this.#options, estimate, entries);
  }

  /** An estimate of the denominator, in its unit, of which {@link products} and values are at hand. */
  #estimate(held: HeldQueries, i: number, { known, unit }: BoundedDenominator): Estimate | undefined {
    const { d, index } = this.#set;
    if (this.#sample) return this.#sample.estimate(known, this.#values, index.length);
    if (!this.#share) return undefined;
    const value = this.#share.of(held.queries.subarray(i * d, (i + 1) * d), this.#values, unit);
    return { value, variance: Number.NaN };
  }
}

/** Scaled keys of U, then of the sample: count x d. */
function withSample({ d, index, sample, exponents }: UniversalSet, keys: Float64Array): Float64Array {
  const items = sample?.index.length ?? 0;
  const all = new Float64Array((index.length + items) * d);
  all.set(keys.subarray(0, index.length * d));
  if (sample) {
    const factors = Float64Array.from(exponents, (e) => powerOfTwo(-e));
    scaleColumns(sample.keys, items, d, factors, all.subarray(index.length * d));
  }
  return all;
}
