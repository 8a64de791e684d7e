/**
 * Entries with bounds, made certain: where a bound straddles eps, one more pass over K gives the query's denominator, and with
 * it exact scores.
 *
 * Queries are read once. Those with an entry in doubt are held, and so are all entries, to keep their order; when the memory
 * is full, K is read and they are handed out.
 */

import { dataError } from '../../errors.js';
import { parseFunction } from '../../functions.js';
import { createKernels } from '../../kernels/backends.js';
import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { DEFAULT_MEMORY } from '../../rows/limits.js';
import type { RowBlock } from '../../rows/row-block.js';
import { type RowBlocks, RowStream } from '../../rows/row-stream.js';
import { powerOfTwo } from '../../sketch/factor/scale.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { type EntryBatch, EntryList } from '../entry-batch.js';
import { requireServed } from '../eps-floor.js';
import { HeavySearch } from '../past-set/heavy.js';
import { type HeavyOptions, rowsAtOnce } from '../past-set/heavy-entries.js';
import { QueryScale } from '../query-scale.js';
import { isHomogeneous, type ScaledFunction } from '../scaled-function.js';
import { DenominatorPass } from './denominator-pass.js';

/** How entries are made certain. */
export interface CertifyOptions extends Omit<HeavyOptions, 'certain'> {
  /** K, whose rows can be read once, or as often as they are asked for. */
  readonly keys: RowBlocks | (() => RowBlocks | Promise<RowBlocks>);
  /** Names K in messages; default `K`. */
  readonly name?: string | undefined;
  /** Bytes for the queries and entries that are held, about; default 1 GiB. */
  readonly memory?: number | undefined;
  /** Told while K is read: its rows so far, and the queries that it is read for. */
  readonly onKeys?: ((rows: number, queries: number) => void) | undefined;
}

/** Bytes of an entry that is held: six numbers. */
const ENTRY_BYTES = 48;

/** Scores of the last pass are right to a few thousand units of rounding; what lies below eps by more is dropped. */
const LEEWAY = 2 ** -40;

/**
 * Every entry A(q, j) >= eps, in the order of the queries, and no other. Scores are exact, lower = upper, for queries with an
 * entry in doubt; entries of the others are certain already and keep their bounds.
 *
 * @throws LevattnError as {@link heavyEntries} does, where K is not the one that U was made from, or where it can be read once
 *   only and the memory does not hold all that must wait for it
 */
export async function* certifiedEntries(
  set: UniversalSet,
  queries: RowBlocks,
  options: CertifyOptions,
): AsyncGenerator<EntryBatch, void, undefined> {
  const { kernels = createKernels(), keys, memory = DEFAULT_MEMORY, onProgress, ...rest } = options;
  const { eps = set.eps } = rest;
  const search = new HeavySearch(set, { ...rest, kernels, certain: false });
  const doubtful = new DoubtfulEntries(set, { ...options, kernels, eps });
  let rounds = 0;
  const resolve = async (): Promise<EntryBatch[]> => {
    if (doubtful.queries === 0) return doubtful.take();
    if (typeof keys !== 'function' && rounds > 0) throw tooMuch(memory);
    rounds++;
    await doubtful.resolve(typeof keys === 'function' ? await keys() : keys);
    return doubtful.take();
  };
  for await (const block of new RowStream(queries).parts(rowsAtOnce(set, rest))) {
    doubtful.hold(block, search.search(block));
    onProgress?.(search);
    if (doubtful.bytes > memory) yield* await resolve();
  }
  yield* await resolve();
}

const tooMuch = (memory: number): Error =>
  dataError(
    `more queries are in doubt than ${Math.round(memory / 2 ** 20)} MiB hold, and K can be read only once; give K as a file, or raise --memory`,
  );

/** Options with their defaults. */
type Settings = CertifyOptions & { readonly kernels: Kernels; readonly eps: number };

/** Entries that wait, and the queries that they wait for. */
class DoubtfulEntries {
  readonly #set: UniversalSet;
  readonly #options: Settings;
  readonly #pass: DenominatorPass;
  readonly #f: ScaledFunction;
  readonly #homogeneous: boolean;
  readonly #scale: QueryScale;
  /** Which key of U a row of K is. */
  readonly #places: Map<number, number>;
  /** Scaled keys of U. */
  readonly #keys: Float64Array;
  #batches: EntryBatch[] = [];
  /** Queries in doubt, in order, and their rows. */
  #rows: number[] = [];
  #vectors: Float64Array[] = [];
  #bytes = 0;

  constructor(set: UniversalSet, options: Settings) {
    const { d, index, keys, exponents } = set;
    this.#set = set;
    this.#options = options;
    const { f = parseFunction(set.f), eps, kernels, name = 'K', nonFinite = 'error', onKeys } = options;
    const growth = requireServed(set, f, eps);
    this.#homogeneous = isHomogeneous(growth);
    this.#f = f.evaluate;
    const onRows = (rows: number): void => onKeys?.(rows, this.queries);
    this.#pass = new DenominatorPass(set, { kernels, f: this.#f, name, nonFinite, onRows });
    this.#scale = new QueryScale(exponents);
    this.#places = new Map(Array.from(index, (row, i) => [row, i]));
    this.#keys = new Float64Array(index.length * d);
    const factors = Float64Array.from(exponents, (e) => powerOfTwo(-e));
    scaleColumns(keys, index.length, d, factors, this.#keys);
  }

  /** Queries in doubt. */
  get queries(): number {
    return this.#rows.length;
  }

  /** About how much is held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps the entries of a block of queries, and the queries of which one straddles eps. */
  hold({ start, d, values }: RowBlock, batch: EntryBatch): void {
    const { eps } = this.#options;
    if (batch.count === 0) return;
    this.#batches.push(batch);
    this.#bytes += batch.count * ENTRY_BYTES;
    for (let i = 0; i < batch.count; i++) {
      const row = batch.query[i];
      if (!batch.bounds || batch.bounds.lower[i] >= eps || this.#rows.at(-1) === row) continue;
      this.#rows.push(row);
      this.#vectors.push(Float64Array.from(values.subarray((row - start) * d, (row - start + 1) * d)));
      // Once more while K is read.
      this.#bytes += 3 * 8 * d;
    }
  }

  /** What is held, which is then held no more. */
  take(): EntryBatch[] {
    const batches = this.#batches.filter(({ count }) => count > 0);
    this.#batches = [];
    this.#rows = [];
    this.#vectors = [];
    this.#bytes = 0;
    return batches;
  }

  /** Works out the denominators of the queries in doubt, and with them the scores of all their entries. */
  async resolve(rows: RowBlocks): Promise<void> {
    const { eps } = this.#options;
    const { queries, factors } = this.#prepare();
    const denominators = await this.#pass.run(rows, queries, factors);
    const which = new Map(this.#rows.map((row, i) => [row, i]));
    this.#batches = this.#batches.map((batch) => {
      const list = new EntryList(true);
      const { lower, upper, stderr } = batch.bounds!;
      for (let at = 0; at < batch.count; at++) {
        const row = batch.query[at];
        const key = batch.key[at];
        const i = which.get(row);
        if (i === undefined) {
          list.add(row, key, batch.score[at], lower[at], upper[at], stderr[at]);
          continue;
        }
        const score = Math.min(1, this.#f(this.#size(queries, i, key) * factors[i]) / denominators[i]);
        if (score * (1 + LEEWAY) >= eps) list.add(row, key, score, score, score, 0);
      }
      const first = batch.query[0];
      return list.sorted(first, batch.query[batch.count - 1] - first + 1);
    });
  }

  /** The queries in doubt in the coordinates of the scaled keys, and what their products are multiplied with before f. */
  #prepare(): { queries: Float64Array; factors: Float64Array } {
    const { d } = this.#set;
    const count = this.#rows.length;
    const queries = new Float64Array(count * d);
    for (const [i, vector] of this.#vectors.entries()) queries.set(vector, i * d);
    const norms = Float64Array.from(this.#vectors, (vector) => vector.reduce((sum, x) => sum + x * x, 0));
    const shifts = new Int32Array(count);
    this.#scale.apply(queries, count, norms, shifts);
    const factors = Float64Array.from(shifts, (shift) => (this.#options.scale ?? 1) * powerOfTwo(shift));
    if (this.#homogeneous) {
      // In the unit of its largest entry, no power of a product over- or underflows.
      const which = new Map(this.#rows.map((row, i) => [row, i]));
      const largest = new Float64Array(count);
      for (const batch of this.#batches) {
        for (let at = 0; at < batch.count; at++) {
          const i = which.get(batch.query[at]);
          if (i !== undefined) largest[i] = Math.max(largest[i], this.#size(queries, i, batch.key[at]));
        }
      }
      factors.set(largest.map((size) => (size > 0 ? 1 / size : 1)));
    }
    return { queries, factors };
  }

  /** |<q, k>| of query i and a key of U, given by its row. */
  #size(queries: Float64Array, i: number, key: number): number {
    const { d } = this.#set;
    const from = this.#places.get(key)! * d;
    let sum = 0;
    for (let j = 0; j < d; j++) sum += queries[i * d + j] * this.#keys[from + j];
    return Math.abs(sum);
  }
}
