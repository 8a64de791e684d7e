/**
 * Every heavy entry for any f, exactly: a tile of queries in memory, K streamed past it; then the next tile.
 *
 * One pass over K for each tile, memory for the tile and a few blocks, m n d time. Entries are the same to the bit for any
 * number of threads and any size of tile.
 */

import { dataError } from '../../errors.js';
import { type ScoringFunction, SQUARE } from '../../functions.js';
import { createKernels } from '../../kernels/backends.js';
import type { Kernels } from '../../kernels/kernels.js';
import { STRIP } from '../../kernels/query-strips.js';
import { DEFAULT_MEMORY } from '../../rows/limits.js';
import type { NonFinitePolicy } from '../../rows/non-finite.js';
import { type RowBlocks, type RowSource, rowSource } from '../../rows/row-stream.js';
import type { StackedRows } from '../../rows/stacked-rows.js';
import type { EntryBatch } from '../entry-batch.js';
import type { KeyStats } from '../key-stats.js';
import { KeyPass, type PassCounts } from './key-pass.js';
import { mebibytesFor, slotsFor, type TileShape, tileRows } from './memory.js';
import { stripsOf } from './team.js';
import { TileReader } from './tile-reader.js';
import { checkSight, type Visibility } from './visibility.js';

/** Keys that are read once, or as often as they are asked for. */
export type KeyRowsInput = RowBlocks | StackedRows | (() => RowBlocks | StackedRows | Promise<RowBlocks | StackedRows>);

/** What an exact search has met so far. */
export interface ExactCounts extends PassCounts {
  readonly queries: number;
  readonly entries: number;
  /** Tiles that Q was cut into so far: as many passes over K, twice as many with statistics. */
  readonly tiles: number;
  /** Queries with NaN or infinities, passed over. */
  readonly skippedQueries: number;
  /** Queries that are padding, which see no key. */
  readonly padding: number;
}

/** How an exact search is set up. */
export interface ExactOptions extends Visibility {
  /** K: rows in order, and a function that gives them anew where Q may take more than one tile. */
  readonly keys: KeyRowsInput;
  /** Q: rows in order. */
  readonly queries: RowBlocks;
  /** Threshold, in (0, 1]. */
  readonly eps: number;
  /** Scoring function; default x^2. */
  readonly f?: ScoringFunction | undefined;
  /** Multiplies every <q, k> before f is taken, > 0; default: the function's own, 1 / sqrt(d) for softmax, else 1. */
  readonly scale?: number | undefined;
  /** One number a key, 0 for padding that no query sees. */
  readonly mask?: Uint8Array | undefined;
  /** Bytes for the tile of queries and the blocks of keys; default 1 GiB. */
  readonly memory?: number | undefined;
  /** Threads that compute, >= 1; default 1: the caller's own. */
  readonly threads?: number | undefined;
  readonly kernels?: Kernels | undefined;
  /** Collects what each key receives, for which K is read once more for each tile: `keys` must be a function. */
  readonly stats?: KeyStats | undefined;
  /** What happens to a row with NaN or an infinity; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names rows in messages. */
  readonly describeKey?: ((row: number) => string) | undefined;
  /** The same for queries. */
  readonly describeQuery?: ((row: number) => string) | undefined;
  /** Told after every block of keys. */
  readonly onProgress?: ((counts: ExactCounts) => void) | undefined;
}

/** Entries that are handed out at a time, at most. */
const BATCH = 2 ** 18;

/**
 * Every entry A(q, j) = f(scale <q, k_j>) / sum_l f(scale <q, k_l>) >= eps, in the order of the queries, for any f: no
 * universal set is made, every product is worked out.
 *
 * Scores are right to 1e-5 relative for e^x, and to rounding in float64 for every other f (docs/guarantees.md).
 *
 * @returns batches with at least one entry; none that is heavy is missing
 * @throws LevattnError where columns do not agree, a row is not finite, or Q takes several tiles and K can be read only once
 */
export async function* exactHeavyEntries(options: ExactOptions): AsyncGenerator<EntryBatch, void, undefined> {
  const { eps, f = SQUARE, memory = DEFAULT_MEMORY, kernels = createKernels(), keys, queries } = options;
  const { threads = 1, stats, onProgress } = options;
  if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
  checkSight(options);
  if (stats && typeof keys !== 'function')
    throw dataError('statistics of keys take K twice, and it can be read only once; give K as a file');
  const { nonFinite = 'error', describeQuery = (row) => `query ${row}` } = options;
  const reader = new TileReader(queries, { nonFinite, describeRow: describeQuery });
  const d = await reader.columns();
  if (d === undefined) return;
  const slots = slotsFor(threads, stats !== undefined);
  const most = tileRows({ d, eps, slots }, memory);
  const { causal, queryOffset, window } = options;
  const sight: Visibility = { causal, queryOffset, window };
  const scale = options.scale ?? f.defaultScale(d);
  let pass: KeyPass | undefined;
  let tiles = 0;
  let row = 0;
  let entries = 0;
  const tell = (counts: PassCounts): void =>
    onProgress?.({ ...counts, queries: row, entries, tiles, skippedQueries: reader.skipped, padding: reader.padding });
  try {
    for (;;) {
      const count = await reader.next(most, d, kernels);
      if (count === 0) return;
      if (typeof keys !== 'function' && !(await reader.ended())) throw tooManyQueries(count, { d, eps, slots });
      // Not more than the first tile, whose queries may be all there are.
      const config = { d, f, eps, capacity: stripsOf(count) * STRIP, scale, sight };
      pass ??= new KeyPass(kernels, config, slots, options);
      tiles++;
      row += count;
      const found = await pass.run(reader, count, row - count, await sourceOf(keys), tell);
      entries += found.count;
      tell(pass.counts);
      stats?.addEntries(found);
      yield* batchesOf(found);
      if (stats) await pass.score(await sourceOf(keys), stats, tell);
    }
  } finally {
    await pass?.close();
  }
}

async function sourceOf(keys: KeyRowsInput): Promise<RowSource> {
  return rowSource(typeof keys === 'function' ? await keys() : keys);
}

/** Entries a few at a time. */
function* batchesOf({ count, query, key, score }: EntryBatch): Generator<EntryBatch, void, undefined> {
  for (let from = 0; from < count; from += BATCH) {
    const to = Math.min(count, from + BATCH);
    const part = (column: Float64Array): Float64Array => column.subarray(from, to);
    yield { count: to - from, query: part(query), key: part(key), score: part(score), bounds: undefined };
  }
}

function tooManyQueries(count: number, shape: TileShape): Error {
  return dataError(
    `Q has more than the ${count} queries that fit the memory, and K can be read only once; give K as a file, or raise --memory (${mebibytesFor(2 * count, shape)}MiB hold twice as many)`,
  );
}
