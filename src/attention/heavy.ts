/**
 * Heavy entries for f(x) = x^2: queries past the universal set, every A(q, j) = <q, k_j>^2 / (q^T G q) >= eps found.
 *
 * Only keys of U can be heavy, and the denominator is a quadratic form of the factor that U carries, so K is not needed.
 * Products and denominators are float64; an entry is left out only where its score lies below eps by more than the
 * rounding of both, so none is ever missed.
 */

import { dataError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { columnSquares } from '../linear/triangular.js';
import { clearNonFinite, type NonFinitePolicy } from '../matrix/non-finite.js';
import type { RowBlock } from '../matrix/row-block.js';
import { U } from '../sketch/rounding.js';
import { powerOfTwo } from '../sketch/scale.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { Scratch } from '../sketch/whitening.js';
import { QueryScale } from './query-scale.js';

/** Products of queries with keys formed at a time. */
const PRODUCTS = 2 ** 18;

/** Heavy entries of some consecutive queries, sorted by query, then by key. */
export interface EntryBatch {
  /** How many entries. */
  readonly count: number;
  /** Global 0-based query rows, count. */
  readonly query: Float64Array;
  /** Global 0-based key rows, count. */
  readonly key: Float64Array;
  /** A(q, j) in (0, 1], count. */
  readonly score: Float64Array;
}

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
  /** Scaled keys of U, d x |U|: column j is key j. */
  readonly #keys: Float64Array;
  /** F^T, d x d. */
  readonly #root: Float64Array;
  /** sqrt(G_ii), d. */
  readonly #lengths: Float64Array;
  readonly #ones: Float64Array;
  readonly #queries: Scratch;
  readonly #images: Scratch;
  readonly #norms: Scratch;
  readonly #products: Scratch;
  #seen = 0;
  #found = 0;
  #skipped = 0;
  #unresolved = 0;
  #firstUnresolved: number | undefined;

  /**
   * @throws LevattnError where eps is smaller than the one U was made for
   */
  constructor(set: UniversalSet, options: HeavySearchOptions) {
    const { d } = set;
    const eps = options.eps ?? set.eps;
    if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
    if (eps < set.eps) {
      throw dataError(
        `U was made for eps ${set.eps} and lacks keys that matter at eps ${eps}; make it again with select-keys --eps ${eps}`,
      );
    }
    this.#set = set;
    this.#options = options;
    this.#eps = eps;
    this.#queries = new Scratch(options.kernels);
    this.#images = new Scratch(options.kernels);
    this.#norms = new Scratch(options.kernels);
    this.#products = new Scratch(options.kernels);
    this.#scale = new QueryScale(set.exponents);
    this.#keys = new Float64Array(d * set.index.length);
    for (let j = 0; j < d; j++) {
      const factor = powerOfTwo(-set.exponents[j]);
      for (let i = 0; i < set.index.length; i++) this.#keys[j * set.index.length + i] = set.keys[i * d + j] * factor;
    }
    this.#root = new Float64Array(d * d);
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) this.#root[j * d + i] = set.root[i * d + j];
    this.#lengths = columnSquares(set.root, d, d).map(Math.sqrt);
    this.#ones = new Float64Array(d).fill(1);
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
    const { d, index } = this.#set;
    if (block.d !== d) throw dataError(`queries have ${block.d} columns where the keys have ${d}; both must agree`);
    const found: Found = { query: [], key: [], score: [] };
    const step = Math.max(1, Math.floor(PRODUCTS / Math.max(d, index.length)));
    for (let from = 0; from < block.rows; from += step) {
      const rows = Math.min(step, block.rows - from);
      const queries = this.#queries.take(rows * d);
      queries.set(block.values.subarray(from * d, (from + rows) * d));
      this.#searchRows(queries, rows, block.start + from, found);
    }
    this.#seen += block.rows;
    this.#found += found.key.length;
    return {
      count: found.key.length,
      query: Float64Array.from(found.query),
      key: Float64Array.from(found.key),
      score: Float64Array.from(found.score),
    };
  }

  #searchRows(queries: Float64Array, rows: number, start: number, found: Found): void {
    const { d, index } = this.#set;
    const { kernels } = this.#options;
    const { nonFinite = 'error', describeRow = (row: number) => `query ${row}` } = this.#options;
    this.#skipped += clearNonFinite(queries, rows, d, nonFinite, (i) => describeRow(start + i));
    this.#scale.apply(queries, rows);
    const images = this.#images.take(rows * d);
    kernels.multiply(queries, rows, d, this.#root, d, false, images);
    const denominators = this.#norms.take(rows);
    kernels.rowNorms(images, rows, d, this.#ones, denominators);
    const products = this.#products.take(rows * index.length);
    kernels.multiply(queries, rows, d, this.#keys, index.length, false, products);
    for (let i = 0; i < rows; i++) {
      const least = this.#leastProduct(queries.subarray(i * d, (i + 1) * d), denominators[i], start + i);
      const row = products.subarray(i * index.length, (i + 1) * index.length);
      for (let j = 0; j < row.length; j++) {
        if (!(Math.abs(row[j]) >= least)) continue;
        found.query.push(start + i);
        found.key.push(index[j]);
        found.score.push(Math.min(1, (row[j] * row[j]) / denominators[i]));
      }
    }
  }

  /**
   * The |<q, k>| from which on a score may be >= eps, the rounding of product and denominator allowed for; Infinity for
   * a query that is zero or not resolved.
   *
   * @param query - d, scaled
   * @param denominator - q^T G q as computed
   */
  #leastProduct(query: Float64Array, denominator: number, row: number): number {
    const { d, route, resolution } = this.#set;
    // An upper bound of sum_i |q_i k_i| for every key, as |k_i| <= sqrt(G_ii).
    let size = 0;
    for (let j = 0; j < d; j++) size += Math.abs(query[j]) * this.#lengths[j];
    if (size === 0) return Number.POSITIVE_INFINITY;
    const noise = resolution * size * size;
    if (denominator <= noise) {
      // On the stable route this is 0 / 0: no key has anything in the query's direction.
      if (route === 'gram') {
        this.#unresolved++;
        this.#firstUnresolved ??= row;
      }
      return Number.POSITIVE_INFINITY;
    }
    // G is known to within its error on one route, its square root on the other.
    const smallest = route === 'gram' ? denominator - noise : (Math.sqrt(denominator) - Math.sqrt(noise)) ** 2;
    return Math.max(Number.MIN_VALUE, Math.sqrt(this.#eps * smallest) - d * U * size);
  }
}

interface Found {
  readonly query: number[];
  readonly key: number[];
  readonly score: number[];
}
