/** Coverage of a block of queries under softmax in float32: their exponentials, and what of each query is not a sum over keys. */

import type { Visibility } from '../../entries/exact/visibility.js';
import type { Kernels } from '../../kernels/kernels.js';
import { LargestSingles } from '../coverage/single/largest-singles.js';
import type { PackedKeys } from '../dense/packed-keys.js';
import { RefinedScores } from '../dense/refined-scores.js';
import { type SingleKeys, SingleScores, singleStride } from '../dense/single-scores.js';
import type { WorkSpace } from '../dense/work-space.js';
import type { QueryBlock } from './query-block.js';

/** What is measured; can be posted. */
export interface SingleSetup {
  readonly kind: 'single';
  /** What queries are multiplied with: in float32, or, from float64, in that. */
  readonly keys: SingleProducts;
  /** Softmax and its scale. */
  readonly functions: readonly [{ readonly name: string; readonly scale: number }];
  readonly sight: Visibility;
  /** From here on scores are heavy; undefined: they are not looked for. */
  readonly eps: number | undefined;
  /** Ascending numbers of keys. */
  readonly sizes: readonly number[];
  /** Whether bounds of what a query's own keys have will do where they are small. */
  readonly bounds: boolean;
}

/** Keys, by the precision of their products. */
export type SingleProducts =
  | { readonly precision: 'float32'; readonly packed: SingleKeys }
  | { readonly precision: 'float64'; readonly packed: PackedKeys };

/** What came of the queries of a block; their exponentials are in the block. */
export interface SingleAnswer {
  /** Makes scores of a query's exponentials; 0 where it does not count, sees no key, or is open. */
  readonly factors: Float64Array;
  /** A bound of the relative error of each score; 0 where `factors` is. */
  readonly errors: Float64Array;
  /** One a query: 1 where it sees no key. */
  readonly empty: Uint8Array;
  /** One a query: 1 where float32 does not tell its scores, or not whether one of them is >= eps. */
  readonly open: Uint8Array;
  /** Scores that are >= eps for certain: [query of the block, key, …], ascending; none of queries that are open. */
  readonly heavy: Int32Array;
  /** rows x sizes: mass of as many keys as a query gives most, to within {@link LARGEST_OFF} besides `errors`. */
  readonly largest: Float64Array;
  /** One a query: 1 where `largest` are upper bounds, at most {@link SMALL_SHARE}. */
  readonly bounded: Uint8Array;
}

/** How far the mass of a query's own keys may be off, relative to it: it only tells whether that is half of all. */
export const LARGEST_OFF = 5e-4;

/** Where the mass of a query's own keys is at most this, it does not matter how much it is: such queries make no average of a half. */
const SMALL_SHARE = 0.4;

/** For what sums of squares are off by. */
const SQUARES_SLACK = 1 + 2e-5;

/** Measures blocks. */
export class SingleBlocks {
  readonly #kernels: Kernels;
  readonly #setup: SingleSetup;
  readonly #scores: SingleScores | RefinedScores;
  readonly #largest: LargestSingles;

  constructor(kernels: Kernels, places: WorkSpace, setup: SingleSetup) {
    const { keys, sight, sizes } = setup;
    this.#kernels = kernels;
    this.#setup = setup;
    const options = { scale: setup.functions[0].scale, sight };
    this.#scores =
      keys.precision === 'float32'
        ? new SingleScores(kernels, keys.packed, options)
        : new RefinedScores(kernels, places, keys.packed, options);
    this.#largest = new LargestSingles(kernels, places, sizes, LARGEST_OFF);
  }

  compute({ start, rows, queries, bad, scores }: QueryBlock): SingleAnswer {
    const { keys, sizes } = this.#setup;
    const { size } = keys.packed;
    const stride = singleStride(size);
    const x = scores[0] as Float32Array;
    const { factors, errors } = this.#scores.compute(queries, rows, start, x);
    const seen = this.#scores.seen(start, rows);
    const empty = Uint8Array.from(seen, ([from, to]) => (from === to ? 1 : 0));
    const open = new Uint8Array(rows);
    const largest = new Float64Array(rows * sizes.length);
    const bounded = new Uint8Array(rows);
    const heavy: number[] = [];
    for (let i = 0; i < rows; i++) {
      const own = x.subarray(i * stride, i * stride + size);
      const found = bad[i] || empty[i] ? undefined : this.#heavy(own, factors[i], errors[i]);
      if (found) {
        for (const j of found) heavy.push(i, j);
        const [from, to] = seen[i];
        const sums = largest.subarray(i * sizes.length, (i + 1) * sizes.length);
        const seenOnes = own.subarray(from, to);
        if (this.#bound(seenOnes, factors[i], sums)) bounded[i] = 1;
        else this.#largest.sums(seenOnes, factors[i], sums);
      } else {
        open[i] = bad[i] || empty[i] ? 0 : 1;
        factors[i] = 0;
        errors[i] = 0;
        // Infinities and NaN, where products leave the range of float32, must not go into sums.
        own.fill(0);
      }
    }
    return { factors, errors, empty, open, heavy: Int32Array.from(heavy), largest, bounded };
  }

  /**
   * Upper bounds of what the largest exponentials of a query have: by Cauchy and Schwarz k of them sum to sqrt(k) times the root of the sum of
   * all squares at most.
   *
   * @param out - one a size, overwritten where bounds will do
   * @returns whether they do
   */
  #bound(x: Float32Array, factor: number, out: Float64Array): boolean {
    const { bounds, sizes } = this.#setup;
    if (!bounds || sizes.length === 0) return false;
    const length = factor * Math.sqrt(this.#kernels.single.singleSquares(x)) * SQUARES_SLACK;
    if (length * Math.sqrt(sizes.at(-1)!) > SMALL_SHARE) return false;
    for (const [at, k] of sizes.entries()) out[at] = length * Math.sqrt(k);
    return true;
  }

  /** The keys with scores >= eps; undefined where that cannot be told. */
  #heavy(own: Float32Array, factor: number, error: number): readonly number[] | undefined {
    const { eps } = this.#setup;
    if (error === Number.POSITIVE_INFINITY || !(factor > 0 && factor <= 1)) return undefined;
    if (eps === undefined) return [];
    // A score is within 1 ± error of an exact one, and a threshold is rounded to float32.
    const listed = this.#kernels.single.listSingleAtLeast(own, (eps / factor) * (1 - 2 * error));
    const places = [...listed];
    const certain = eps * (1 + 1.01 * error);
    return places.every((j) => own[j] * factor >= certain) ? places : undefined;
  }
}
