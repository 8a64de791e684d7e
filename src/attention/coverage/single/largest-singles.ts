/**
 * Sums of the largest of many exponentials in float32: they are counted by their leading bits, and those beside the k-th one are sorted where
 * it matters which of them are taken.
 * Where few are asked for, most are passed over: the query before tells from where on there may be enough.
 */

import type { Kernels } from '../../../kernels/kernels.js';
import { SINGLE_BINS } from '../../../kernels/single-rows.js';
import type { WorkSpace } from '../../dense/work-space.js';

/**
 * How many bins below those that queries before have needed are counted for the next, as largest scores differ: half an octave, and where that
 * is not enough, one and a half.
 */
const SPARE = 64;
const MORE = 192;

/** How much of what is needed is the last query's need. */
const NEW = 0.1;

/** Numbers of a bin differ by less than this part of the least. */
const WIDTH = 2 ** -7;

/** Sums the largest of queries. */
export class LargestSingles {
  readonly #kernels: Kernels;
  readonly #sizes: readonly number[];
  readonly #off: number;
  readonly #counts: Int32Array;
  readonly #sums: Float64Array;
  /** The bin that has been needed, on average. */
  #needed = 0;

  /**
   * @param places - work space of this thread
   * @param sizes - ascending
   * @param off - how far a sum may be off, relative to it, besides what float64 rounds
   */
  constructor(kernels: Kernels, places: WorkSpace, sizes: readonly number[], off: number) {
    this.#kernels = kernels;
    this.#off = off;
    this.#sizes = sizes;
    const { buffer, byteOffset } = places.take('part', Math.ceil(SINGLE_BINS / 2));
    this.#counts = new Int32Array(buffer, byteOffset, SINGLE_BINS);
    this.#sums = places.take('sum', SINGLE_BINS);
  }

  /**
   * The sums of the k largest exponentials of a query, for each k.
   *
   * @param x - of the keys that it sees, 0 … 1
   * @param factor - multiplies the sums
   * @param out - one a size, overwritten
   */
  sums(x: Float32Array, factor: number, out: Float64Array): void {
    if (this.#sizes.length === 0) return;
    const most = Math.min(x.length, this.#sizes.at(-1)!);
    if (this.#count(x, this.#needed - SPARE) < most && this.#count(x, this.#needed - MORE) < most) this.#count(x, 0);
    let bin = SINGLE_BINS - 1;
    let [before, sum] = [0, 0];
    for (const [at, k] of this.#sizes.entries()) {
      while (bin >= 0 && before < most && before + this.#counts[bin] <= k) {
        before += this.#counts[bin];
        sum += this.#sums[bin--];
      }
      const rest = Math.min(k, most) - before;
      out[at] = factor * (rest > 0 ? sum + this.#ofBin(x, bin, rest, sum) : sum);
    }
    this.#needed += (this.#needed === 0 ? 1 : NEW) * (bin - this.#needed);
  }

  /** Counts from a bin on; returns how many there are. */
  #count(x: Float32Array, from: number): number {
    const bin = Math.max(0, Math.round(from));
    this.#counts.fill(0, bin);
    this.#sums.fill(0, bin);
    return this.#kernels.single.addSingleBins(x, startOf(bin), this.#counts, this.#sums);
  }

  /** The sum of the largest of a bin, beside what the larger bins sum to. */
  #ofBin(x: Float32Array, bin: number, count: number, larger: number): number {
    // The average of all is less than that of the largest, by no more than they differ.
    const least = (count * this.#sums[bin]) / this.#counts[bin];
    return least * WIDTH <= this.#off * (larger + least) ? least : this.#largestIn(x, bin, count);
  }

  #largestIn(x: Float32Array, bin: number, count: number): number {
    const own = this.#kernels.single.listSingleBin(x, bin).slice().sort();
    return own.subarray(own.length - count).reduce((sum, one) => sum + one, 0);
  }
}

/** The least number of a bin. */
function startOf(bin: number): number {
  return new Float32Array(Uint32Array.of(bin << 16).buffer)[0];
}
