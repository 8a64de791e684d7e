/**
 * Exact search for f = e^x: running denominators, relative to the largest x of a query, and candidates.
 *
 * Everything is in units of log 2: the tile's queries are multiplied by scale / log 2, and terms are 2^x.
 *
 * Error of a score, relative. The kernel (`kernels/query-strips.ts`) lists every key that may be heavy; its x is worked out
 * in float64 here, and so is its part of the denominator. The rest of the denominator is made of float32 numbers:
 * - x itself: with u = 2^-24 and w_k the roundings that term k goes through, |error of x| <= u sum_k w_k |q_k k_k|, at most
 *   u ||W^1/2 q|| ||W^1/2 k|| =: beta (all of Cauchy's inequality, nothing of chance). A strip whose beta log 2 may exceed
 *   {@link SINGLE_ERROR} for some key of a panel is computed in float64 there, where the error is 2^-53 d ||q|| ||k||.
 *   Below float32's normal numbers 2^-149 a term is lost, which norms of at most 2^40 make nothing of. So the rest is
 *   within SINGLE_ERROR in the worst case, where every rounding of every key goes the same way. Roundings that behave as
 *   they do, independently, add up as a random walk: one x to about 1.6 u ||q|| ||k|| scale, and the rest of the
 *   denominator, no key of which has more than a share of eps when it is added, to sqrt(eps) of that: at six standard
 *   deviations below 4e-6 for eps = 0.1. Measured: below 1e-6.
 * - v = x - reference: u |v| log 2. On average over the denominator's terms |v| <= log2 n (their entropy), so u log n.
 * - 2^v: 2.5e-7. Sums: eleven roundings of u, 6.6e-7. Panels left out: 2^-64 a key.
 * Together below 1e-5, and 3e-5 if every rounding went the same way; keys that take most of a denominator make it smaller.
 *
 * What is listed: all of x >= floor, and of 2^x >= the share of the sum so far, less {@link MARGIN}, which is far more than
 * all of these errors in the worst case. So an entry that is not listed has a score below eps (1 - 6e-4) of the
 * denominator at that time, which only grows: none is missed. What was listed is kept while its share is at least eps less
 * {@link SCORE_ERROR}; whether an entry that close to eps is one in the end is decided by its computed score.
 */

import { exp2 } from '../../kernels/exp2.js';
import type { Kernels } from '../../kernels/kernels.js';
import { NOTHING_SEEN, packStrips, type QueryStrips, STRIP, stepsOf } from '../../kernels/query-strips.js';
import { CandidateList } from './candidate-list.js';
import {
  type KeyBlock,
  type KeyTotals,
  type QueryTile,
  type SearchConfig,
  type StripRange,
  setSight,
  type TileEntries,
  type TileSearch,
} from './search.js';

/** The most that an x in float32 may be off by, in the worst case, in units of 1. */
const SINGLE_ERROR = 2.5e-5;

/** Unit roundoff of float32. */
const U32 = 2 ** -24;

/** Squared norms of queries up to here do not overflow float32. */
const MOST_SINGLE_SQUARE = 2 ** 200;

/** What the product of squared norms may be for an x in float32. */
const MOST_PRODUCT = (SINGLE_ERROR / (U32 * Math.LN2)) ** 2;

/** What is added to the list for safety, in units of log 2. */
const MARGIN = 1e-3;

/** The most that a score may be off by, relative, in the worst case. */
const SCORE_ERROR = 3e-5;

/** Shares this little below eps are kept. */
const KEPT = 1 - SCORE_ERROR;

/** Searches tiles for f = e^x. */
export class ExponentialSearch implements TileSearch {
  readonly #kernels: Kernels;
  readonly #config: SearchConfig;
  readonly #tile: QueryTile;
  readonly #strips: QueryStrips;
  readonly #weights: Float64Array;
  readonly #candidates = new CandidateList();
  #own: StripRange = { from: 0, to: 0, row: 0 };
  /** Pairs of the current block and their x. */
  #pairs = new Int32Array(1024);
  #x = new Float64Array(512);
  #pairCount = 0;

  constructor(kernels: Kernels, config: SearchConfig, tile: QueryTile) {
    const { d, capacity } = config;
    this.#kernels = kernels;
    this.#config = config;
    this.#tile = tile;
    this.#strips = {
      d,
      ...tile,
      mostProduct: MOST_PRODUCT,
      floor: kernels.allocate('float64', capacity),
      first: kernels.allocateIntegers(capacity),
      last: kernels.allocateIntegers(capacity),
    };
    this.#weights = kernels.termRoundings(d);
  }

  reset(range: StripRange): void {
    const { d } = this.#config;
    const { values, single, double, squares, reference, sum, listed, listedAt } = this.#tile;
    const [start, end] = [range.from * STRIP, range.to * STRIP];
    this.own(range);
    this.#candidates.clear();
    const rows = values.subarray(start * d, end * d);
    packStrips(rows, end - start, d, STRIP, single.subarray(start * stepsOf(d)));
    packStrips(rows, end - start, d, STRIP / 2, double.subarray(start * stepsOf(d)));
    reference.fill(NOTHING_SEEN, start, end);
    sum.fill(0, start, end);
    listed.fill(0, start, end);
    listedAt.fill(NOTHING_SEEN, start, end);
    const own = new Float64Array(end - start);
    this.#kernels.rowNorms(rows, end - start, d, this.#weights, own);
    for (let strip = range.from; strip < range.to; strip++) {
      const at = strip * STRIP - start;
      const most = own.subarray(at, at + STRIP).reduce((largest, square) => Math.max(largest, square), 0);
      squares[strip] = most <= MOST_SINGLE_SQUARE ? most : Number.POSITIVE_INFINITY;
    }
  }

  own(range: StripRange): void {
    this.#own = range;
  }

  ingest(block: KeyBlock, range: StripRange): void {
    const { from, to } = range;
    const { eps, sight } = this.#config;
    setSight(this.#strips, this.#tile, range, sight, block);
    const logEps = Math.log2(eps) - MARGIN;
    const { reference, floor } = this.#strips;
    for (let i = from * STRIP; i < to * STRIP; i++) floor[i] = logEps + reference[i] + Math.log2(this.#denominator(i));
    this.#pairCount = 0;
    this.#kernels.addExponentials(block, this.#strips, from, to, logEps, (pairs, x) => this.#hold(pairs, x, block));
    this.#addListed(block.start);
    if (this.#candidates.crowded) this.#pruneOwn();
  }

  finish(): TileEntries {
    const { eps } = this.#config;
    const list = this.#candidates;
    list.prune((query, x) => this.#shareOf(query, x) >= eps);
    const query = list.query.slice(0, list.count);
    const key = list.key.slice(0, list.count);
    const score = Float64Array.from(query, (i, at) => Math.min(1, this.#shareOf(i, list.x[at])));
    return { query, key, score };
  }

  isEmpty(query: number): boolean {
    return this.#denominator(query) === 0;
  }

  score(block: KeyBlock, range: StripRange, { total, largest }: KeyTotals): void {
    const { from, to } = range;
    const { reference, floor } = this.#strips;
    setSight(this.#strips, this.#tile, range, this.#config.sight, block);
    for (let i = from * STRIP; i < to * STRIP; i++) {
      const denominator = this.#denominator(i);
      floor[i] = denominator === 0 ? Number.POSITIVE_INFINITY : reference[i] + Math.log2(denominator);
    }
    this.#kernels.addScores(block, this.#strips, from, to, total, largest);
  }

  /** Drops candidates that are too small by now. */
  #pruneOwn(): void {
    const least = this.#config.eps * KEPT;
    const [start, end] = [this.#own.from * STRIP, this.#own.to * STRIP];
    this.#candidates.prune((query, x) => query < start || query >= end || this.#shareOf(query, x) >= least);
  }

  /** Puts listed pairs aside until the block is done, with their x in float64. */
  #hold(pairs: Int32Array, x: Float64Array, block: KeyBlock): void {
    const { d } = this.#config;
    const count = pairs.length / 2;
    const all = this.#pairCount + count;
    if (this.#x.length < all) {
      const [oldPairs, oldX] = [this.#pairs, this.#x];
      this.#pairs = new Int32Array(4 * all);
      this.#x = new Float64Array(2 * all);
      this.#pairs.set(oldPairs);
      this.#x.set(oldX);
    }
    this.#pairs.set(pairs, 2 * this.#pairCount);
    const into = this.#x.subarray(this.#pairCount, all);
    if (x.some(Number.isNaN)) this.#kernels.pairDots(this.#tile.values, block.values, d, pairs, into);
    // What the reference was made of stays what it was: far from zero another order of summing may differ by more than 1.
    for (let p = 0; p < count; p++) if (!Number.isNaN(x[p])) into[p] = x[p];
    this.#pairCount = all;
  }

  /** Adds what was listed to its denominators; then keeps what is still large enough. */
  #addListed(start: number): void {
    const [pairs, x] = [this.#pairs, this.#x];
    const { reference, listed, listedAt } = this.#tile;
    for (let p = 0; p < this.#pairCount; p++) {
      const i = pairs[2 * p];
      if (listedAt[i] !== reference[i]) {
        listed[i] *= exp2(listedAt[i] - reference[i]);
        listedAt[i] = reference[i];
      }
      listed[i] += exp2(x[p] - reference[i]);
    }
    const least = this.#config.eps * KEPT;
    for (let p = 0; p < this.#pairCount; p++) {
      const i = pairs[2 * p];
      if (this.#shareOf(i, x[p]) >= least) this.#candidates.add(i, start + pairs[2 * p + 1], x[p]);
    }
  }

  /** The denominator of a query so far, relative to its reference. */
  #denominator(i: number): number {
    const { reference, sum, listed, listedAt } = this.#tile;
    // Nothing seen: what the sum holds then means nothing.
    if (reference[i] === NOTHING_SEEN) return 0;
    return sum[i] + (listed[i] === 0 ? 0 : listed[i] * exp2(listedAt[i] - reference[i]));
  }

  /** 2^x of the denominator so far. */
  #shareOf(i: number, x: number): number {
    return exp2(x - this.#tile.reference[i]) / this.#denominator(i);
  }
}
