/**
 * Attention scores of a few queries against keys in memory: every A(q, j) = f(scale <q, k_j>) / sum_l f(scale <q, k_l>), in
 * float64, for any f. e^x is worked out relative to the largest x of a query and |x|^p relative to the largest |x|, so that
 * neither overflows.
 */

import { endSeen, firstSeen, type Visibility } from '../../entries/exact/visibility.js';
import { dataError } from '../../errors.js';
import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';

/** Keys multiplied at a time: the kernels pack them for each product. */
const KEYS_AT_ONCE = 4096;

/** Scores held at a time, but for a few queries in any case. */
const SCORES = 2 ** 21;
const LEAST_QUERIES = 16;
const MOST_QUERIES = 256;

/** Keys in memory. */
export interface DenseKeys {
  readonly d: number;
  /** Global row indices, ascending: which keys a query sees depends on them. */
  readonly index: Float64Array;
  /** index.length x d, row-major, finite. */
  readonly values: Float64Array;
}

/** How scores are made. */
export interface DenseOptions {
  readonly f: ScoringFunction;
  /** Multiplies every <q, k>, > 0. */
  readonly scale: number;
  readonly sight: Visibility;
}

/** Some keys, as the kernels take them. */
interface Chunk {
  readonly from: number;
  readonly count: number;
  /** d x count. */
  readonly columns: Float64Array;
}

/** Works out scores, some queries at a time. */
export class DenseScores {
  readonly d: number;
  /** Keys. */
  readonly size: number;
  /** Queries at a time, at most. */
  readonly most: number;
  /** After {@link compute}, one a query: 1 where it sees no key, or none that f gives anything. */
  readonly empty: Uint8Array;
  readonly #kernels: Kernels;
  readonly #options: DenseOptions;
  readonly #index: Float64Array;
  readonly #chunks: readonly Chunk[];
  readonly #products: Float64Array;
  readonly #scores: Float64Array;

  constructor(kernels: Kernels, { d, index, values }: DenseKeys, options: DenseOptions) {
    this.d = d;
    this.size = index.length;
    this.#kernels = kernels;
    this.#options = options;
    this.#index = index;
    this.most = Math.min(MOST_QUERIES, Math.max(LEAST_QUERIES, Math.floor(SCORES / this.size)));
    this.empty = new Uint8Array(this.most);
    this.#chunks = chunksOf(values, this.size, d);
    this.#products = new Float64Array(this.most * Math.min(this.size, KEYS_AT_ONCE));
    this.#scores = new Float64Array(this.most * this.size);
  }

  /**
   * The scores of some queries.
   *
   * @param queries - rows x d, finite; at most {@link most} rows
   * @param row - global index of the first
   * @returns rows x size, valid until the next call; those of a query sum to 1, or are zeros where it is empty
   * @throws LevattnError where what f gives is no float64
   */
  compute(queries: Values, rows: number, row: number): Float64Array {
    const { d, size } = this;
    const scores = this.#scores;
    for (const { from, count, columns } of this.#chunks) {
      this.#kernels.multiply(queries, rows, d, columns, count, false, this.#products);
      for (let i = 0; i < rows; i++) {
        scores.set(this.#products.subarray(i * count, (i + 1) * count), i * size + from);
      }
    }
    for (let i = 0; i < rows; i++) {
      const [from, to] = this.seen(row + i);
      const own = scores.subarray(i * size, (i + 1) * size);
      own.fill(0, 0, from).fill(0, to);
      const total = weigh(own.subarray(from, to), this.#options);
      if (!Number.isFinite(total)) {
        throw dataError(`query ${row + i}: its products with keys are too large for float64; scale them with --scale`);
      }
      this.empty[i] = total === 0 ? 1 : 0;
    }
    return scores;
  }

  /** Which keys a query sees: from the first to the one after the last, as places in the list of keys. */
  seen(row: number): readonly [from: number, to: number] {
    const { sight } = this.#options;
    if (!sight.causal) return [0, this.size];
    const from = placeOf(this.#index, firstSeen(sight, row));
    return [from, Math.max(from, placeOf(this.#index, endSeen(sight, row)))];
  }
}

function chunksOf(values: Float64Array, size: number, d: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < size; from += KEYS_AT_ONCE) {
    const count = Math.min(KEYS_AT_ONCE, size - from);
    const columns = new Float64Array(d * count);
    for (let j = 0, at = from * d; j < count; j++) {
      for (let k = 0; k < d; k++, at++) columns[k * count + j] = values[at];
    }
    chunks.push({ from, count, columns });
  }
  return chunks;
}

/** Turns products into scores, in place; returns the denominator, 0 where there is none. */
function weigh(x: Float64Array, { f, scale }: DenseOptions): number {
  let most = f.exponential ? Number.NEGATIVE_INFINITY : 0;
  for (let j = 0; j < x.length; j++) {
    x[j] *= scale;
    most = Math.max(most, f.exponential ? x[j] : Math.abs(x[j]));
  }
  let total = 0;
  for (let j = 0; j < x.length; j++) {
    if (f.exponential) x[j] = Math.exp(x[j] - most);
    else x[j] = f.homogeneous ? (most === 0 ? 0 : f.evaluate(x[j] / most)) : f.evaluate(x[j]);
    total += x[j];
  }
  if (total !== 0) for (let j = 0; j < x.length; j++) x[j] /= total;
  return total;
}

/** How many of the ascending indices are below a bound. */
function placeOf(index: Float64Array, bound: number): number {
  let [low, high] = [0, index.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (index[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
