/**
 * Sums of the largest of many scores: they are counted by their exponents and first binary digits, and only those beside the k-th one are
 * sorted.
 */

/** Bins: the upper 16 bits of a float64 from 0 to 1. */
const BINS = 0x3ff0 + 1;

/** Sums the largest scores of queries. */
export class LargestScores {
  readonly #sizes: readonly number[];
  readonly #counts = new Int32Array(BINS);
  readonly #sums = new Float64Array(BINS);

  /** @param sizes - ascending */
  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
  }

  /**
   * The sums of the k largest scores of a query, for each k.
   *
   * @param scores - of the keys that it sees, 0 … 1
   * @param out - one a size, overwritten
   */
  sums(scores: Float64Array, out: Float64Array): void {
    if (this.#sizes.length === 0) return;
    const counts = this.#counts.fill(0);
    const sums = this.#sums.fill(0);
    const high = new Uint16Array(scores.buffer, scores.byteOffset, 4 * scores.length);
    for (let j = 0; j < scores.length; j++) {
      const bin = Math.min(BINS - 1, high[4 * j + 3]);
      counts[bin]++;
      sums[bin] += scores[j];
    }
    let bin = BINS - 1;
    let [before, sum] = [0, 0];
    for (const [at, k] of this.#sizes.entries()) {
      while (bin >= 0 && before + counts[bin] <= k) {
        before += counts[bin];
        sum += sums[bin--];
      }
      out[at] = bin < 0 ? sum : sum + largestIn(scores, high, bin, k - before);
    }
  }
}

/** The sum of the largest scores of a bin. */
function largestIn(scores: Float64Array, high: Uint16Array, bin: number, count: number): number {
  if (count === 0) return 0;
  const own = scores.filter((_, j) => Math.min(BINS - 1, high[4 * j + 3]) === bin).sort();
  return own.subarray(own.length - count).reduce((sum, score) => sum + score, 0);
}
