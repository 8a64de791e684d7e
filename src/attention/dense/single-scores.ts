/**
 * Softmax of a few queries against keys in memory in float32, each with a bound of how far its exponentials are from exact ones.
 *
 * Queries are multiplied by scale log2 e in float64 and rounded, so that 2^x is what is asked for. With u = 2^-24 a product is off by at most
 * u |x| + u sum_k r_k |q_k k_k|, r_k being the roundings that term k goes through besides the last, of which Cauchy and Schwarz make
 * u |r q| |k|; taking the largest x off costs u R more, R being the range of a query's x, and 2^x 3e-7.
 */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { type DenseKeys, fitsKernels, sharedCopy } from './packed-keys.js';
import { coveringRange, type SeenRange, seenByEach } from './seen-keys.js';

/** Keys multiplied at a time, a multiple of 16. */
export const KEYS_AT_ONCE = 1024;

/** The unit roundoff of float32. */
export const UNIT = 2 ** -24;

/** Relative errors of 2^x, and what is left out of the bound because it is of higher order or below 1e-9. */
const OF_POWER = 4e-7;
const SLACK = 1.01;

/** Beyond it float32 is not worth while, and such keys are not taken at all: nothing may overflow or vanish. */
const MOST_ERROR = 1e-3;
const MOST_LENGTH = 1e30;

/** Keys in memory as products in float32 want them, for all threads; can be posted. */
export interface SingleKeys {
  readonly d: number;
  /** Keys. */
  readonly size: number;
  readonly index: Float64Array;
  readonly packed: Float32Array;
  /** Whether `packed` lies in the kernels' memory. */
  readonly inKernels: boolean;
  /** The largest norm of a key. */
  readonly longest: number;
  /** Whether keys were rounded to float32. */
  readonly rounded: boolean;
}

/**
 * Lays keys out.
 * @param room - gives this number of float64 in the kernels' memory
 * @returns undefined where keys are too long for float32
 */
export function packSingleKeys(
  kernels: Kernels,
  { d, index, values, single }: DenseKeys,
  room: (length: number) => Float64Array,
): SingleKeys | undefined {
  const size = index.length;
  const square = largestSquare(kernels, values, size, d);
  const rounded = !(single || values instanceof Float32Array || isSingle(values));
  const longest = Math.sqrt(square) * (1 + 1e-9);
  if (!(longest <= MOST_LENGTH)) return undefined;
  const length = kernels.single.singleKeysLength(size, d);
  const inKernels = fitsKernels(length / 2);
  const packed = inKernels ? singles(room(length / 2), length) : new Float32Array(new SharedArrayBuffer(4 * length));
  kernels.single.packSingleKeys(values, size, d, packed);
  return { d, size, index: sharedCopy(Float64Array, index), packed, inKernels, longest, rounded };
}

/** The largest square of a key's norm, some keys at a time, as kernels may copy them. */
function largestSquare(kernels: Kernels, values: Values, size: number, d: number): number {
  const [ones, squares] = [new Float64Array(d).fill(1), new Float64Array(KEYS_AT_ONCE)];
  let most = 0;
  for (let from = 0; from < size; from += KEYS_AT_ONCE) {
    const count = Math.min(KEYS_AT_ONCE, size - from);
    kernels.rowNorms(values.subarray(from * d, (from + count) * d), count, d, ones, squares);
    for (let j = 0; j < count; j++) most = Math.max(most, squares[j]);
  }
  return most;
}

/** Whether all of these are float32. */
function isSingle(values: Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (Math.fround(values[at]) !== values[at]) return false;
  return true;
}

/** Keys that another thread has laid out. */
export const adoptSingleKeys = (kernels: Kernels, keys: SingleKeys): SingleKeys =>
  keys.inKernels ? { ...keys, packed: kernels.adopt(keys.packed) } : keys;

/** Float32 in room for float64. */
export const singles = ({ buffer, byteOffset }: Float64Array, length: number): Float32Array =>
  new Float32Array(buffer, byteOffset, length);

/**
 * Numbers from a row of scores in float32 to the next: an odd number of cache lines, so that rows of a power of two of keys do not share a few
 * sets of the caches.
 */
export const singleStride = (size: number): number => 16 * (Math.ceil(size / 16) | 1);

/** What became of some queries, one number a query. */
export interface SingleSoftmax {
  /** 1 / the sum of its exponentials, which are relative to the largest; 0 where it sees no key. */
  readonly factors: Float64Array;
  /** A bound of the relative error of each of its scores; Infinity where float32 will not do. */
  readonly errors: Float64Array;
}

/** Works out exponentials, some queries at a time. */
export class SingleScores {
  readonly #kernels: Kernels;
  readonly #keys: SingleKeys;
  readonly #sight: Visibility;
  readonly #factor: number;
  readonly #roundings: Float64Array;
  #queries = new Float32Array(0);

  constructor(
    kernels: Kernels,
    keys: SingleKeys,
    { scale, sight }: { readonly scale: number; readonly sight: Visibility },
  ) {
    this.#kernels = kernels;
    this.#keys = keys;
    this.#sight = sight;
    this.#factor = scale * Math.LOG2E;
    // Besides, that of the query, and of the key; without the last, which is that of x.
    this.#roundings = kernels.single.roundings(keys.d).map((count) => count - 1 + (keys.rounded ? 2 : 1));
  }

  /**
   * The exponentials of some queries.
   *
   * @param queries - rows x d, finite
   * @param row - global index of the first
   * @param out - rows of {@link singleStride} numbers, from the kernels' `allocate`, overwritten: 2^(x - the largest x of the query); zeros where
   *   it does not see a key; what is behind the keys means nothing
   */
  compute(queries: Values, rows: number, row: number, out: Float32Array): SingleSoftmax {
    const { d, size, packed } = this.#keys;
    const { single } = this.#kernels;
    const stride = singleStride(size);
    const seen = this.seen(row, rows);
    const products = this.#scaled(queries, rows);
    const [least, end] = coveringRange(seen);
    for (let first = least - (least % KEYS_AT_ONCE); first < end; first += KEYS_AT_ONCE) {
      const count = Math.min(KEYS_AT_ONCE, size - first);
      single.multiplySingleKeys(this.#queries, rows, d, packed, first, count, out.subarray(first), stride);
    }
    const errors = new Float64Array(rows);
    const factors = Float64Array.from(seen, ([from, to], i) => {
      const own = out.subarray(i * stride, i * stride + size);
      own.fill(0, 0, from).fill(0, to);
      if (from === to) return 0;
      const x = own.subarray(from, to);
      const { least, most } = single.rangeOfSingles(x);
      const largest = Math.max(Math.abs(least), Math.abs(most));
      const error = exponentialError(products[i] + UNIT * (largest + most - least));
      errors[i] = error <= MOST_ERROR ? error : Number.POSITIVE_INFINITY;
      return error <= MOST_ERROR ? 1 / single.exponentiateSingle(x, most) : 0;
    });
    return { factors, errors };
  }

  /** Which keys queries see. */
  seen(row: number, rows: number): SeenRange[] {
    return seenByEach(this.#keys, this.#sight, row, rows);
  }

  /** Rounds the multiplied queries; returns how far their products may be off. */
  #scaled(queries: Values, rows: number): Float64Array {
    const { d, longest } = this.#keys;
    if (this.#queries.length < rows * d) this.#queries = new Float32Array(rows * d);
    return Float64Array.from({ length: rows }, (_, i) => {
      let weighted = 0;
      for (let k = 0, at = i * d; k < d; k++, at++) {
        const q = queries[at] * this.#factor;
        this.#queries[at] = q;
        weighted += (q * this.#roundings[k]) ** 2;
      }
      return UNIT * Math.sqrt(weighted) * longest;
    });
  }
}

/**
 * A bound of the relative error of a score, where the powers of two that it is made of are off by this much: both the exponential and the
 * sum that it is divided by are.
 */
export function exponentialError(ofPowers: number): number {
  const off = Math.LN2 * SLACK * (ofPowers + UNIT) + OF_POWER;
  return 2 * off + 4 * off * off;
}
