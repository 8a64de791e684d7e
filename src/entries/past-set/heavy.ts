/**
 * Heavy entries: queries past the universal set, every A(q, j) = f(<q, k_j>) / sum_l f(<q, k_l>) >= eps found.
 *
 * Only keys of U can be heavy, so K is not needed. For f(x) = x^2 the denominator is a quadratic form of the factor that U
 * carries, and scores are exact (`exact-scores.ts`); for others, and where rows were sampled, they lie within bounds
 * (`bounded-scores.ts`).
 */

import { dataError } from '../../errors.js';
import { parseFunction, type ScoringFunction, SQUARE } from '../../functions.js';
import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { clearMasked } from '../../rows/masked-rows.js';
import { clearNonFinite, type NonFinitePolicy } from '../../rows/non-finite.js';
import type { RowBlock } from '../../rows/row-block.js';
import { powerOfTwo } from '../../sketch/factor/scale.js';
import { storedKeys } from '../../sketch/stored-keys.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { BoundedScores } from '../bounded/bounded-scores.js';
import { type EntryBatch, EntryList } from '../entry-batch.js';
import { requireServed } from '../eps-floor.js';
import { QueryScale } from '../query-scale.js';
import { ExactScores } from './exact-scores.js';
import type { ScoreFinder } from './score-finder.js';

export type { EntryBatch } from '../entry-batch.js';

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
  /** Queries that are padding, which have no entries. */
  readonly padding: number;
  /** Queries whose denominator is below what the factor resolves, though they are not zero, or no float64. */
  readonly unresolved: number;
  /** The first of these. */
  readonly firstUnresolved: number | undefined;
}

/** How a {@link HeavySearch} is set up. */
export interface HeavySearchOptions {
  readonly kernels: Kernels;
  /** Threshold; default that of U. It must be at least that of U, if f is the function of U. */
  readonly eps?: number | undefined;
  /** The scoring function, which must have growth exponents within those of U; default the one U was made for. */
  readonly f?: ScoringFunction | undefined;
  /** Multiplies every <q, k> before f is taken, > 0; default 1. */
  readonly scale?: number | undefined;
  /** Only entries that are certainly heavy, whose lower bound reaches eps. Default: all that may be heavy. */
  readonly certain?: boolean | undefined;
  /** What happens to a query with NaN or an infinity; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Called with each query that cannot be resolved; {@link HeavySearch.counts} counts them. */
  readonly onUnresolved?: ((query: number) => void) | undefined;
  /** Names a query in messages, by its global index; default `query N`. */
  readonly describeRow?: ((row: number) => string) | undefined;
}

/** Whether scores are exact: f is x^2, and U knows the sums over all rows. */
export const isExact = (set: UniversalSet, f: ScoringFunction | undefined): boolean =>
  (f?.name ?? set.f) === SQUARE.name && set.sampling === undefined;

/** Streams queries past one universal set. */
export class HeavySearch {
  readonly #set: UniversalSet;
  readonly #options: HeavySearchOptions;
  readonly #scale: QueryScale;
  readonly #finder: ScoreFinder;
  readonly #ones: Float64Array;
  /** Queries looked at at a time; for each: itself, scaled, by how much, and its squared norm. */
  readonly #most: number;
  readonly #queries: Float64Array;
  readonly #shifts: Int32Array;
  readonly #norms: Float64Array;
  readonly #entries: EntryList;
  #seen = 0;
  #found = 0;
  #skipped = 0;
  #padding = 0;
  #unresolved = 0;
  #firstUnresolved: number | undefined;

  /**
   * @throws LevattnError where U lacks keys that matter for f at eps
   */
  constructor(set: UniversalSet, options: HeavySearchOptions) {
    const { d, index, exponents } = set;
    const { kernels, eps = set.eps, f = parseFunction(set.f), scale = 1, certain = false } = options;
    if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) throw new RangeError(`scale must be > 0, not ${scale}`);
    const growth = requireServed(set, f, eps);
    this.#set = set;
    this.#options = options;
    this.#scale = new QueryScale(exponents);
    const keys = kernels.allocate('float64', index.length * d);
    const factors = Float64Array.from(exponents, (e) => powerOfTwo(-e));
    scaleColumns(storedKeys(set), index.length, d, factors, keys);
    this.#most = Math.max(LEAST_QUERIES, Math.floor(QUERY_NUMBERS / d));
    const onUnresolved = (query: number): void => {
      options.onUnresolved?.(query);
      this.#unresolved++;
      this.#firstUnresolved ??= query;
    };
    const exact = isExact(set, f);
    this.#finder = exact
      ? new ExactScores(set, keys, this.#most, { kernels, eps, onUnresolved })
      : new BoundedScores(set, keys, this.#most, { kernels, f, growth, scale, eps, certain, onUnresolved });
    this.#entries = new EntryList(!exact);
    this.#ones = new Float64Array(d).fill(1);
    this.#queries = kernels.allocate('float64', this.#most * d);
    this.#shifts = new Int32Array(this.#most);
    this.#norms = kernels.allocate('float64', this.#most);
  }

  /** What has been met so far. */
  get counts(): SearchCounts {
    return {
      queries: this.#seen,
      entries: this.#found,
      skipped: this.#skipped,
      padding: this.#padding,
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
      // A query of zeros gives nothing to any key.
      if (block.mask) this.#padding += clearMasked(this.#queries, d, block.mask.subarray(from, from + rows));
      this.#searchRows(rows, block.start + from);
    }
    this.#seen += block.rows;
    this.#found += this.#entries.count;
    return this.#entries.sorted(block.start, block.rows);
  }

  /** Looks at the first `rows` of the queries held, of which the first is query `start`. */
  #searchRows(rows: number, start: number): void {
    const queries = this.#queries;
    const shifts = this.#shifts;
    this.#clear(rows, start);
    this.#scale.apply(queries, rows, this.#norms, shifts);
    this.#finder.find({ queries, rows, start, shifts }, this.#entries);
  }

  /** Queries with NaN or infinities: an error, or zeros. Leaves squared norms as they were before. */
  #clear(rows: number, start: number): void {
    const { d } = this.#set;
    const { kernels, nonFinite = 'error', describeRow = (row: number) => `query ${row}` } = this.#options;
    if (kernels.rowNorms(this.#queries, rows, d, this.#ones, this.#norms)) return;
    this.#skipped += clearNonFinite(this.#queries, rows, d, nonFinite, (i) => describeRow(start + i));
  }
}
