/**
 * Sums of the largest of many exponentials in float32: they are counted by their leading bits, and only those beside the k-th one are sorted.
 * Where few are asked for, most are passed over: the query before tells from where on there may be enough.
 */

import type { Kernels } from '../../../kernels/kernels.js';
import { SINGLE_BINS } from '../../../kernels/single-rows.js';
import type { WorkSpace } from '../../dense/work-space.js';

/** How many bins below the one that was needed are counted for the next query, as largest scores differ: an octave. */
const SPARE = 128;

/** Sums the largest of queries. */
export class LargestSingles {
  readonly #kernels: Kernels;
  readonly #sizes: readonly number[];
  readonly #counts: Int32Array;
  readonly #sums: Float64Array;
  #least = 0;

  /**
   * @param places - work space of this thread
   * @param sizes - ascending
   */
  constructor(kernels: Kernels, places: WorkSpace, sizes: readonly number[]) {
    this.#kernels = kernels;
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
    const most = Math.min(x.length, this.#sizes.at(-1)!);
    if (this.#count(x, this.#least) < most) this.#count(x, 0);
    let bin = SINGLE_BINS - 1;
    let [before, sum] = [0, 0];
    for (const [at, k] of this.#sizes.entries()) {
      while (bin >= 0 && before < most && before + this.#counts[bin] <= k) {
        before += this.#counts[bin];
        sum += this.#sums[bin--];
      }
      const rest = Math.min(k, most) - before;
      out[at] = factor * (rest > 0 ? sum + this.#largestIn(x, bin, rest) : sum);
    }
    this.#least = Math.max(0, bin - SPARE);
  }

  /** Counts from a bin on; returns how many there are. */
  #count(x: Float32Array, bin: number): number {
    this.#counts.fill(0, bin);
    this.#sums.fill(0, bin);
    return this.#kernels.single.addSingleBins(x, startOf(bin), this.#counts, this.#sums);
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
