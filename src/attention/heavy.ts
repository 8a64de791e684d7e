/**
 * Heavy entries for f(x) = x^2: queries past the universal set, every A(q, j) = <q, k_j>^2 / (q^T G q) >= eps found.
 *
 * Only keys of U can be heavy, and the denominator is a quadratic form of the factor that U carries, so K is not needed.
 * Products and denominators are float64; an entry is left out only where its score lies below eps by more than the
 * rounding of both, so none is ever missed. Most products are far too small to matter, and are told apart in float32
 * first (`key-screen.ts`), which never changes what is found.
 */

import { dataError } from '../errors.js';
import { type Kernels, scaleColumns } from '../kernels/kernels.js';
import { clearNonFinite, type NonFinitePolicy } from '../matrix/non-finite.js';
import type { RowBlock } from '../matrix/row-block.js';
import { U } from '../sketch/rounding.js';
import { powerOfTwo } from '../sketch/scale.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { Denominators, SampledEstimate } from './denominator.js';
import { type EntryBatch, EntryList } from './entries.js';
import { KeyScreen } from './key-screen.js';
import { QueryScale } from './query-scale.js';

export type { EntryBatch } from './entries.js';

/** Queries that are looked at at a time stay in the second-level cache, but there are enough for the factor's packing. */
const QUERY_NUMBERS = 2 ** 16;
const LEAST_QUERIES = 256;

/** What a search has met so far. */
export interface SearchCounts {
  /** Queries seen. */
  readonly queries: number;
  /** Entries found. */
  readonly entries: number;
  /** Queries with NaN or infinities, passed over. */
  readonly skipped: number;
  /** Queries whose denominator is below what the factor resolves, though they are not zero. */
  readonly unresolved: number;
  /** The first of these. */
  readonly firstUnresolved: number | undefined;
}

/** How a {@link HeavySearch} is set up. */
export interface HeavySearchOptions {
  readonly kernels: Kernels;
  /** Threshold, at least the U's own; default the U's own. */
  readonly eps?: number | undefined;
  /** What happens to a query with NaN or an infinity; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names a query in messages, by its global index; default `query N`. */
  readonly describeRow?: ((row: number) => string) | undefined;
}

/** Streams queries past one universal set. */
export class HeavySearch {
  readonly #set: UniversalSet;
  readonly #options: HeavySearchOptions;
  readonly #eps: number;
  readonly #scale: QueryScale;
  /** Scaled keys of U, |U| x d. */
  readonly #keys: Float64Array;
  readonly #screen: KeyScreen;
  readonly #known: Denominators;
  /** Where rows were sampled. */
  readonly #estimate: SampledEstimate | undefined;
  readonly #ones: Float64Array;
  /** Queries looked at at a time; for each: itself, scaled; q^T G q; the least product that matters. */
  readonly #most: number;
  readonly #queries: Float64Array;
  readonly #denominators: Float64Array;
  readonly #least: Float64Array;
  /** Products of the pairs that passed the screen. */
  #products: Float64Array = new Float64Array(0);
  readonly #entries: EntryList;
  /** The last estimate made: entries of one query come together. */
  #estimated = { query: -1, value: 0 };
  #seen = 0;
  #found = 0;
  #skipped = 0;
  #unresolved = 0;
  #firstUnresolved: number | undefined;

  /**
   * @throws LevattnError where eps is smaller than the one U was made for
   */
  constructor(set: UniversalSet, options: HeavySearchOptions) {
    const { d, index, exponents, sampling } = set;
    const { kernels, eps = set.eps } = options;
    if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
    if (eps < set.eps) {
      throw dataError(
        `U was made for eps ${set.eps} and lacks keys that matter at eps ${eps}; make it again with select-keys --eps ${eps}`,
      );
    }
    this.#set = set;
    this.#options = options;
    this.#eps = eps;
    this.#scale = new QueryScale(exponents);
    this.#keys = kernels.allocate('float64', index.length * d);
    scaleColumns(
      set.keys,
      index.length,
      d,
      Float64Array.from(exponents, (e) => powerOfTwo(-e)),
      this.#keys,
    );
    this.#known = new Denominators(set, kernels);
    this.#estimate = sampling && new SampledEstimate(set, sampling, this.#keys, kernels);
    this.#entries = new EntryList(sampling !== undefined);
    this.#ones = new Float64Array(d).fill(1);
    this.#most = Math.max(LEAST_QUERIES, Math.floor(QUERY_NUMBERS / d));
    this.#screen = new KeyScreen(kernels, this.#keys, index.length, d, this.#most);
    this.#queries = kernels.allocate('float64', this.#most * d);
    this.#denominators = kernels.allocate('float64', this.#most);
    this.#least = new Float64Array(this.#most);
  }

  /** What has been met so far. */
  get counts(): SearchCounts {
    return {
      queries: this.#seen,
      entries: this.#found,
      skipped: this.#skipped,
      unresolved: this.#unresolved,
      firstUnresolved: this.#firstUnresolved,
    };
  }

  /**
   * The heavy entries of the next queries.
   * @throws LevattnError where a query holds NaN or an infinity and is not to be skipped
   */
  search(block: RowBlock): EntryBatch {
    const { d } = this.#set;
    if (block.d !== d) throw dataError(`queries have ${block.d} columns where the keys have ${d}; both must agree`);
    this.#entries.clear();
    for (let from = 0; from < block.rows; from += this.#most) {
      const rows = Math.min(this.#most, block.rows - from);
      this.#queries.set(block.values.subarray(from * d, (from + rows) * d));
      this.#searchRows(rows, block.start + from);
    }
    this.#seen += block.rows;
    this.#found += this.#entries.count;
    return this.#entries.sorted(block.start, block.rows);
  }

  /** Looks at the first `rows` of the queries held, of which the first is query `start`. */
  #searchRows(rows: number, start: number): void {
    const queries = this.#queries;
    const denominators = this.#denominators;
    const least = this.#least;
    this.#clear(rows, start);
    this.#scale.apply(queries, rows, denominators);
    this.#known.compute(queries, rows, denominators);
    for (let i = 0; i < rows; i++) least[i] = this.#leastProduct(i, denominators[i], start + i);
    this.#screen.list(queries, rows, least, (pairs) => {
      const products = this.#productsOf(pairs);
      for (let p = 0; 2 * p < pairs.length; p++) {
        const i = pairs[2 * p];
        const product = products[p];
        if (!(Math.abs(product) >= least[i])) continue;
        this.#add(i, start + i, pairs[2 * p + 1], product);
      }
    });
  }

  /** Queries with NaN or infinities: an error, or zeros. Leaves squared norms, as they were before, in the denominators. */
  #clear(rows: number, start: number): void {
    const { d } = this.#set;
    const { kernels, nonFinite = 'error', describeRow = (row: number) => `query ${row}` } = this.#options;
    if (kernels.rowNorms(this.#queries, rows, d, this.#ones, this.#denominators)) return;
    this.#skipped += clearNonFinite(this.#queries, rows, d, nonFinite, (i) => describeRow(start + i));
  }

  /** <q, k> of pairs of queries held and keys of U. */
  #productsOf(pairs: Int32Array): Float64Array {
    const { kernels } = this.#options;
    const count = pairs.length / 2;
    if (this.#products.length < count) this.#products = kernels.allocate('float64', 2 * count);
    kernels.pairDots(this.#queries, this.#keys, this.#set.d, pairs, this.#products);
    return this.#products;
  }

  /**
   * Adds an entry: its score, or between which bounds it lies and an estimate in between.
   *
   * @param i - which of the queries held
   * @param query - its global index
   * @param key - which key of U
   * @param product - <q, k>
   */
  #add(i: number, query: number, key: number, product: number): void {
    const { d, index, score } = this.#set;
    const denominator = this.#denominators[i];
    if (!this.#estimate) {
      this.#entries.add(query, index[key], Math.min(1, product ** 2 / denominator));
      return;
    }
    const row = this.#queries.subarray(i * d, (i + 1) * d);
    if (this.#estimated.query !== query) this.#estimated = { query, value: this.#estimate.of(row) };
    // No score exceeds its key's own bound.
    const size = this.#known.size(row);
    const rounding = d * U * size;
    const most = (Math.abs(product) + rounding) ** 2 / this.#known.least(row, denominator);
    const upper = Math.min(1, score[key] * (1 + this.#set.delta), most);
    const lower = Math.min(upper, (Math.max(0, Math.abs(product) - rounding) / (size * (1 + d * U))) ** 2);
    const estimate = Math.max(lower, Math.min(upper, product ** 2 / this.#estimated.value));
    this.#entries.add(query, index[key], estimate, lower, upper);
  }

  /**
   * The |<q, k>| from which on a score may be >= eps, the rounding of product and denominator allowed for; Infinity for
   * a query that is zero or not resolved.
   *
   * @param i - which of the queries held
   * @param denominator - q^T G q as computed
   * @param row - its global index
   */
  #leastProduct(i: number, denominator: number, row: number): number {
    const { d, route } = this.#set;
    const query = this.#queries.subarray(i * d, (i + 1) * d);
    const size = this.#known.size(query);
    if (size === 0) return Number.POSITIVE_INFINITY;
    const least = this.#known.least(query, denominator);
    if (least === 0) {
      // On the stable route this is 0 / 0: no key has anything in the query's direction.
      if (route === 'gram') {
        this.#unresolved++;
        this.#firstUnresolved ??= row;
      }
      return Number.POSITIVE_INFINITY;
    }
    return Math.max(Number.MIN_VALUE, Math.sqrt(this.#eps * least) - d * U * size);
  }
}
