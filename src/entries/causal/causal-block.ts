/**
 * Entries of queries that stand beside the rows of a block of K: each sees all rows before the block and, of the block, those
 * up to its own place.
 *
 * Of the rows before the block only the candidates held at its start can be heavy; of the block's own, any. (Candidates after
 * the block are not enough: of two copies of a key at eps 0.6, the first query's only key has score 1.) Their sum is known as a
 * universal set knows it, the block's own is worked out: so scores are exact for f(x) = x^2, and lie within bounds else.
 */

import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { columnSquares } from '../../linear/triangular.js';
import type { Values } from '../../rows/row-block.js';
import { ColumnScale } from '../../sketch/factor/scale.js';
import { Scratch } from '../../sketch/scratch.js';
import { storedKeys } from '../../sketch/stored-keys.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import type { EntryList } from '../entry-batch.js';
import { QueryScale } from '../query-scale.js';
import { BoundedRows } from './bounded-rows.js';
import { ExactRows } from './exact-rows.js';
import { KeyColumns } from './key-columns.js';
import type { CausalOptions, RowFinder } from './row-finder.js';
import { setInScale } from './scaled-set.js';

/** Products that are worked out at a time, and queries at most. */
const PRODUCT_NUMBERS = 2 ** 20;
const MOST_QUERIES = 256;

/** Looks at the queries of one block after another, in the same memory. */
export class CausalBlocks {
  readonly #d: number;
  readonly #scale: ColumnScale;
  readonly #peaks: Float64Array;
  readonly #finder: RowFinder;
  readonly #kernels: Kernels;
  readonly #own: KeyColumns;
  readonly #block: KeyColumns;
  readonly #ownProducts: Scratch;
  readonly #blockProducts: Scratch;
  readonly #queries: Float64Array;
  readonly #ones: Float64Array;
  readonly #norms: Float64Array;
  readonly #shifts = new Int32Array(MOST_QUERIES);
  #queryScale: QueryScale;
  #set: UniversalSet | undefined;
  #start = 0;

  constructor(set: UniversalSet, options: CausalOptions) {
    const { d } = set;
    const { kernels, exact } = options;
    this.#d = d;
    this.#kernels = kernels;
    this.#scale = new ColumnScale(d);
    this.#peaks = new Float64Array(d);
    this.#finder = exact ? new ExactRows(set, options, MOST_QUERIES) : new BoundedRows(set, options, MOST_QUERIES);
    this.#own = new KeyColumns(kernels, d);
    this.#block = new KeyColumns(kernels, d);
    this.#ownProducts = new Scratch(kernels);
    this.#blockProducts = new Scratch(kernels);
    this.#queries = kernels.allocate('float64', MOST_QUERIES * d);
    this.#ones = kernels.allocate('float64', d).fill(1);
    this.#norms = kernels.allocate('float64', MOST_QUERIES + 3);
    this.#queryScale = new QueryScale(this.#scale.exponents);
  }

  /**
   * Goes over to a block.
   *
   * @param set - of the rows before it
   * @param values - rows x d, finite, as they were read
   */
  use(set: UniversalSet, values: Values, rows: number): void {
    const d = this.#d;
    this.#kernels.scan(values, rows, d, this.#peaks);
    if (this.#scale.raise(this.#peaks) || !this.#scale.isIdentity) {
      this.#queryScale = new QueryScale(this.#scale.exponents.slice());
    }
    const exponents = this.#scale.exponents.slice();
    this.#set = setInScale(set, exponents);
    this.#start = set.n;
    const block = new Float64Array(rows * d);
    scaleColumns(values, rows, d, this.#scale.factors, block);
    this.#block.use(block, rows);
    const items = set.sample?.index.length ?? 0;
    const own = new Float64Array((set.index.length + items) * d);
    scaleColumns(storedKeys(set), set.index.length, d, this.#scale.factors, own);
    if (set.sample) scaleColumns(set.sample.keys, items, d, this.#scale.factors, own.subarray(set.index.length * d));
    this.#own.use(own, set.index.length + items);
    this.#finder.use({ set: this.#set, start: this.#start, lengths: columnSquares(block, rows, d).map(Math.sqrt) });
  }

  /** Queries that may be looked at at a time. */
  get most(): number {
    const each = this.#own.count + this.#block.count;
    return Math.max(1, Math.min(MOST_QUERIES, Math.floor(PRODUCT_NUMBERS / Math.max(1, each))));
  }

  /**
   * Adds the entries of some queries.
   *
   * @param values - count x d, finite, as they were read; at most {@link most} rows
   * @param start - global index of the first query
   * @param seen - how many rows of the block the first query sees, >= 0; every further one sees one more, as far as there are
   */
  find(values: Float64Array, count: number, start: number, seen: number, entries: EntryList): void {
    const queries = this.#queries;
    queries.set(values);
    this.#kernels.rowNorms(queries, count, this.#d, this.#ones, this.#norms);
    this.#queryScale.apply(queries, count, this.#norms, this.#shifts);
    const held = { queries, rows: count, start, shifts: this.#shifts };
    this.#finder.compute(held);
    const all = this.#own.count;
    const most = Math.min(this.#block.count, seen + count - 1);
    const own = this.#ownProducts.take(count * all);
    const block = this.#blockProducts.take(count * most);
    this.#own.multiply(queries, count, all, own);
    this.#block.multiply(queries, count, most, block);
    for (let i = 0; i < count; i++) {
      const products = {
        own: own.subarray(i * all, (i + 1) * all),
        block: block.subarray(i * most, i * most + Math.min(most, seen + i)),
      };
      this.#finder.add(held, i, products, entries);
    }
  }
}
