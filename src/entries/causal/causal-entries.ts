/**
 * Causal heavy entries: query t sees the keys 0 … t + offset. K and Q are read side by side, once; K goes into a sketch block
 * by block, and each block's queries are looked at before it does.
 */

import { dataError } from '../../errors.js';
import { SQUARE } from '../../functions.js';
import { createKernels } from '../../kernels/backends.js';
import type { Kernels } from '../../kernels/kernels.js';
import { clearNonFinite } from '../../rows/non-finite.js';
import type { Values } from '../../rows/row-block.js';
import { fillWhole, type RowBlocks, RowStream, rowSource } from '../../rows/row-stream.js';
import type { StackedRows } from '../../rows/stacked-rows.js';
import { LeverageSketch } from '../../sketch/leverage-sketch.js';
import type { BlockSlot } from '../../sketch/screen/block-slot.js';
import type { SketchOptions } from '../../sketch/sketch-options.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { type EntryBatch, EntryList } from '../entry-batch.js';
import { requireServed } from '../eps-floor.js';
import { HeavySearch, type SearchCounts } from '../past-set/heavy.js';
import { CausalBlocks } from './causal-block.js';
import type { CausalOptions } from './row-finder.js';
import { emptySet } from './scaled-set.js';

/** How causal entries are searched for. */
export interface CausalSearchOptions
  extends Partial<
    Pick<SketchOptions, 'eps' | 'f' | 'factor' | 'certificate' | 'sample' | 'nonFinite' | 'onEvent' | 'blockRows'>
  > {
  /** Query t sees the keys 0 … t + offset; a whole number, default 0. */
  readonly queryOffset?: number | undefined;
  /** Multiplies every <q, k> before f is taken, > 0; default 1. */
  readonly scale?: number | undefined;
  /** Only entries that are heavy for certain. */
  readonly certain?: boolean | undefined;
  readonly kernels?: Kernels | undefined;
  /** Names rows in messages. */
  readonly describeKey?: ((row: number) => string) | undefined;
  /** The same for queries. */
  readonly describeQuery?: ((row: number) => string) | undefined;
  /** Told after every block of queries. */
  readonly onProgress?: ((counts: CausalCounts) => void) | undefined;
}

/** What a causal search has met so far. */
export interface CausalCounts extends SearchCounts {
  /** Rows of K read. */
  readonly keys: number;
  /** Of these, rows with NaN or infinities, passed over. */
  readonly skippedKeys: number;
  /** Queries that see no key. */
  readonly blind: number;
}

/** Rows of a block, for d columns: the work within a block grows with its rows, that of its start falls. */
const causalBlockRows = (d: number): number => 2 ** Math.ceil(Math.log2(Math.max(1024, 4 * d)));

/**
 * Every entry A(q_t, j) = f(<q_t, k_j>) / sum_(l <= t + offset) f(<q_t, k_l>) that is, or where scores come with bounds may
 * be, >= eps, in the order of the queries. Scores are exact for x^2, and else lie within bounds.
 *
 * @param keys - rows of K, in order, or opened matrices
 * @param queries - rows of Q, in order
 * @returns batches with at least one entry; none that is heavy is missing
 * @throws LevattnError where there are no keys, columns do not agree, a row is not finite, f has no small universal set, or
 *   the sketch cannot go on
 */
export async function* causalEntries(
  keys: RowBlocks | StackedRows,
  queries: RowBlocks,
  options: CausalSearchOptions = {},
): AsyncGenerator<EntryBatch, void, undefined> {
  const source = rowSource(keys);
  const d = await source.columns();
  if (d === undefined) throw dataError('K has no rows; there is nothing that a query could see');
  const rows = new RowStream(queries);
  const search = new CausalSearch(d, rows, options);
  try {
    await search.skipBlind();
    for (let more = true; more; ) {
      // Queries may end long before K does.
      const columns = await rows.columns();
      if (columns === undefined) return;
      if (columns !== d) throw dataError(`queries have ${columns} columns where the keys have ${d}; both must agree`);
      more = await fillWhole(source, search.slot);
      if (search.slot.rows > 0) yield* search.takeBlock();
    }
    yield* search.takeRest();
  } finally {
    await source.close();
  }
}

/** One pass of K and Q, side by side. */
class CausalSearch {
  /** Where the next rows of K go. */
  readonly slot: BlockSlot;
  readonly #d: number;
  readonly #options: CausalSearchOptions;
  readonly #settings: CausalOptions;
  readonly #offset: number;
  readonly #sketch: LeverageSketch;
  readonly #blocks: CausalBlocks;
  readonly #rows: RowStream;
  readonly #none: UniversalSet;
  readonly #entries: EntryList;
  readonly #held: Float64Array;
  readonly #peaks: Float64Array;
  #counts = { keys: 0, skippedKeys: 0, blind: 0, entries: 0, skipped: 0, unresolved: 0 };
  #firstUnresolved: number | undefined;

  constructor(d: number, rows: RowStream, options: CausalSearchOptions) {
    const { eps = DEFAULT_EPS, f = SQUARE, kernels = createKernels(), scale = 1, certain = false } = options;
    const { queryOffset = 0, factor, certificate, nonFinite, onEvent, describeKey: describeRow } = options;
    const { blockRows = causalBlockRows(d), sample = { size: SAMPLE_SIZE } } = options;
    if (!Number.isSafeInteger(queryOffset)) throw new RangeError(`queryOffset must be whole, not ${queryOffset}`);
    if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
    this.#d = d;
    this.#options = options;
    this.#offset = queryOffset;
    this.#rows = rows;
    this.#none = emptySet(d, eps, f);
    const growth = requireServed(this.#none, f, eps);
    const onUnresolved = (query: number): void => {
      this.#counts.unresolved++;
      this.#firstUnresolved ??= query;
    };
    this.#settings = { kernels, f, growth, scale, eps, certain, exact: f.name === SQUARE.name, onUnresolved };
    this.#sketch = new LeverageSketch({
      d,
      eps,
      f,
      kernels,
      factor,
      certificate,
      sample,
      nonFinite,
      onEvent,
      blockRows,
      describeRow,
    });
    this.slot = this.#sketch.newSlot();
    this.#blocks = new CausalBlocks(this.#none, this.#settings);
    this.#entries = new EntryList(!this.#settings.exact);
    this.#held = kernels.allocate('float64', Math.max(blockRows, QUERIES_AT_ONCE) * d);
    this.#peaks = new Float64Array(d);
  }

  /** Passes over queries that see no key. */
  async skipBlind(): Promise<void> {
    this.#counts.blind = await this.#rows.skip(Math.max(0, -this.#offset));
  }

  /** The entries of the queries beside the block in the slot, which then goes into the sketch. */
  async *takeBlock(): AsyncGenerator<EntryBatch, void, undefined> {
    const { slot } = this;
    const start = this.#sketch.rows;
    const { nonFinite = 'error', describeKey = (row: number) => `K: row ${row}` } = this.#options;
    this.#counts.skippedKeys += clearNonFinite(slot.values, slot.rows, this.#d, nonFinite, (i) =>
      describeKey(start + i),
    );
    // Query t is beside the block if key t + offset is in it.
    const query = this.#rows.taken;
    const count = await this.#take(Math.max(0, start + slot.rows - this.#offset - query));
    if (count > 0) {
      this.#blocks.use(start > 0 ? this.#sketch.finish() : this.#none, slot.values, slot.rows);
      const { most } = this.#blocks;
      for (let from = 0; from < count; from += most) {
        const part = Math.min(most, count - from);
        const values = this.#held.subarray(from * this.#d, (from + part) * this.#d);
        this.#entries.clear();
        this.#blocks.find(values, part, query + from, query + from + this.#offset - start + 1, this.#entries);
        yield* this.#report(this.#entries.sorted(query + from, part));
      }
    }
    this.#counts.keys += slot.rows;
    this.#sketch.ingest(slot);
    this.#tell();
  }

  /** The entries of the queries that see all of K. */
  async *takeRest(): AsyncGenerator<EntryBatch, void, undefined> {
    if ((await this.#rows.columns()) === undefined) return;
    const { eps, f, scale, certain, kernels, onUnresolved } = this.#settings;
    const search = new HeavySearch(this.#sketch.finish(), { eps, f, scale, certain, kernels, onUnresolved });
    for (;;) {
      const start = this.#rows.taken;
      const rows = await this.#take(QUERIES_AT_ONCE);
      if (rows === 0) return;
      yield* this.#report(search.search({ start, rows, d: this.#d, values: this.#held }));
      this.#tell();
    }
  }

  /** Takes queries into the memory for them; those that are not finite are an error, or zeros. */
  async #take(most: number): Promise<number> {
    const start = this.#rows.taken;
    const { describeQuery = (row: number) => `query ${row}` } = this.#options;
    const count = await this.#rows.copy(most, this.#held);
    this.#counts.skipped += this.#clear(this.#held, count, (i) => describeQuery(start + i));
    return count;
  }

  #clear(values: Values, rows: number, describeRow: (i: number) => string): number {
    const { nonFinite = 'error' } = this.#options;
    if (this.#settings.kernels.scan(values, rows, this.#d, this.#peaks)) return 0;
    return clearNonFinite(values, rows, this.#d, nonFinite, describeRow);
  }

  *#report(batch: EntryBatch): Generator<EntryBatch, void, undefined> {
    this.#counts.entries += batch.count;
    if (batch.count > 0) yield batch;
  }

  #tell(): void {
    const firstUnresolved = this.#firstUnresolved;
    const { taken: queries, padding } = this.#rows;
    this.#options.onProgress?.({ ...this.#counts, queries, padding, firstUnresolved });
  }
}

/** Rows of the sample where nobody says how many: every query meets all of them, as it does the candidates. */
const SAMPLE_SIZE = 1024;

/** Queries that see all of K, looked at at a time. */
const QUERIES_AT_ONCE = 1024;
