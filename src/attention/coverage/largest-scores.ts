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
  /** Of each bin that a size ends in: where its next score goes; -1 for all others. */
  readonly #ends = new Int32Array(BINS).fill(-1);
  /** Scores of these bins, one bin behind the other. */
  #picked = new Float64Array(0);

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
    const [counts, sums] = [this.#counts, this.#sums];
    const high = new Uint16Array(scores.buffer, scores.byteOffset, 4 * scores.length);
    // Scores take few of the bins: all others stay empty from one query to the next.
    let [lowest, highest] = [BINS, -1];
    for (let j = 0; j < scores.length; j++) {
      const bin = Math.min(BINS - 1, high[4 * j + 3]);
      counts[bin]++;
      sums[bin] += scores[j];
      if (bin < lowest) lowest = bin;
      if (bin > highest) highest = bin;
    }
    // Of each size the bin that it ends in, how many of its scores are wanted, and what the larger ones sum to.
    const ends: { readonly at: number; readonly bin: number; readonly count: number; readonly sum: number }[] = [];
    let bin = highest;
    let [before, sum] = [0, 0];
    for (const [at, k] of this.#sizes.entries()) {
      while (bin >= lowest && before + counts[bin] <= k) {
        before += counts[bin];
        sum += sums[bin--];
      }
      out[at] = sum;
      if (bin >= lowest && k > before) ends.push({ at, bin, count: k - before, sum });
    }
    const bins = [...new Set(ends.map((end) => end.bin))];
    const picked = this.#pick(scores, high, bins);
    for (const { at, bin: own, count, sum: larger } of ends) {
      const sorted = picked.get(own)!;
      let last = 0;
      for (let j = sorted.length - count; j < sorted.length; j++) last += sorted[j];
      out[at] = larger + last;
    }
    counts.fill(0, lowest, highest + 1);
    sums.fill(0, lowest, highest + 1);
  }

  /** The scores of some bins, ascending, in one look at all scores. */
  #pick(scores: Float64Array, high: Uint16Array, bins: readonly number[]): ReadonlyMap<number, Float64Array> {
    if (this.#picked.length < scores.length) this.#picked = new Float64Array(scores.length);
    const ends = this.#ends;
    let all = 0;
    for (const bin of bins) {
      ends[bin] = all;
      all += this.#counts[bin];
    }
    for (let j = 0; j < scores.length; j++) {
      const bin = Math.min(BINS - 1, high[4 * j + 3]);
      if (ends[bin] >= 0) this.#picked[ends[bin]++] = scores[j];
    }
    return new Map(
      bins.map((bin) => {
        const end = ends[bin];
        ends[bin] = -1;
        return [bin, this.#picked.subarray(end - this.#counts[bin], end).sort()];
      }),
    );
  }
}
