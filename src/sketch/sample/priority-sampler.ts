/**
 * A priority sample of the rows outside U (Duffield, Lund, Thorup, Priority sampling for estimation of arbitrary subset
 * sums, 2007): sums of any f over all these rows are estimated from it without bias.
 *
 * Row j has weight w_j and priority w_j / h_j, h_j in (0, 1] a hash of its index; the rows of the k largest priorities are
 * kept, and the next largest is the threshold. A row's weight is k^T (D^1/2 (C + ridge I) D^1/2)^-1 k rounded down to a power
 * of two, D^1/2 C D^1/2 being the Gram matrix of a pilot: the first rows of the stream, or rows that the user names. It
 * depends on the row and the pilot alone, and the hash on its index: so the sample is the same whatever the blocks and
 * threads, and those of parts of a stream unite; if parts were weighed by pilots of their own, one of them weighs all rows drawn again.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import type { PrioritySample } from '../bounds/certificate.js';
import { Scratch } from '../scratch.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import { hashUnit, type SampleFilter } from './sample-filter.js';
import { areLike, growthOf, reorderWeigher, restoreWeigher, type Weigher, weigherOf } from './weigher.js';

/** Rows of the stream that make the pilot where the user gives none. */
export const PILOT_ROWS = 1024;

/** How a sample is drawn. */
export interface SampleOptions {
  /** The most rows in the sample, >= 1; default 4,096, fewer where d is above 512. */
  readonly size?: number | undefined;
  /** Of the hash, a whole number 0 … 2^53 - 1; default 0. */
  readonly seed?: number | undefined;
  /** What is added to the pilot's unit-diagonal Gram matrix, > 0; default 1e-3. */
  readonly ridge?: number | undefined;
  /** Rows that make the pilot, row-major with as many columns as K; default: K's first 1,024 rows. */
  readonly pilot?: Float64Array | undefined;
}

/** Rows kept where nobody says how many: fewer of wide ones, 16 MiB in all. */
export const defaultSampleSize = (d: number): number => Math.max(64, Math.min(4096, Math.floor(2 ** 21 / d)));
/** What is added to the pilot's Gram matrix where nobody says how much. */
export const DEFAULT_RIDGE = 1e-3;

/** Keys of this many numbers have room at first. */
const FIRST_NUMBERS = 2 ** 23;

/** Rows drawn as another pilot weighs them. */
interface Weighed {
  readonly weigher: Weigher;
  readonly weight: Float64Array;
  readonly priority: Float64Array;
  readonly threshold: number;
}

/** Rows that are weighed at a time: they stay in a cache, and more memory that is touched for the first time takes its time. */
const OFFERED_ROWS = 1024;

/** Draws the sample of rows that are offered to it, in any order, each at most once. */
export class PrioritySampler {
  readonly #kernels: Kernels;
  readonly #d: number;
  readonly #size: number;
  readonly #seed: number;
  readonly #ridge: number;
  #weigher: Weigher | undefined;
  /** Items so far, up to twice as many as are kept; unsorted. */
  #count = 0;
  readonly #index: Float64Array;
  readonly #weight: Float64Array;
  readonly #priority: Float64Array;
  #keys: Float64Array;
  #threshold = 0;
  readonly #scaled: Scratch;
  readonly #w: Scratch;

  constructor(kernels: Kernels, d: number, options: SampleOptions = {}) {
    const { size = defaultSampleSize(d), seed = 0, ridge = DEFAULT_RIDGE, pilot } = options;
    if (!(Number.isInteger(size) && size >= 1)) throw new RangeError(`the sample size must be >= 1, not ${size}`);
    if (!(Number.isSafeInteger(seed) && seed >= 0))
      throw new RangeError(`the seed must be a whole number, not ${seed}`);
    if (!(ridge > 0)) throw new RangeError(`the ridge must be > 0, not ${ridge}`);
    this.#kernels = kernels;
    this.#d = d;
    this.#size = size;
    this.#seed = seed;
    this.#ridge = ridge;
    // One more than is kept tells the threshold; as many again come before the next sorting.
    this.#index = new Float64Array(2 * (size + 1));
    this.#weight = new Float64Array(2 * (size + 1));
    this.#priority = new Float64Array(2 * (size + 1));
    // Pages that are never written to take no memory.
    this.#keys = new Float64Array(Math.min(2 * (size + 1) * d, FIRST_NUMBERS));
    this.#scaled = new Scratch(kernels);
    this.#w = new Scratch(kernels);
    if (pilot) {
      refusePilot(pilot, d);
      this.usePilot(pilot, pilot.length / d);
    }
  }

  /** Whether rows can be offered: a pilot is known. */
  get ready(): boolean {
    return this.#weigher !== undefined;
  }

  /** Rows drawn, where pilots that differed have left fewer than were asked for; else undefined. */
  get rowsLeft(): number | undefined {
    return this.#threshold > 0 && this.#count < this.#size ? this.#count : undefined;
  }

  /** What rows to come can be told apart with; undefined before there is a pilot. */
  get filter(): SampleFilter | undefined {
    if (!this.#weigher) return undefined;
    return { weights: this.#weigher.bounds, threshold: this.#threshold, seed: this.#seed };
  }

  /**
   * Makes the pilot of rows x d, as they were read.
   * @param rows - >= 1
   */
  usePilot(values: Values, rows: number): void {
    this.#weigher = weigherOf(this.#kernels, values, rows, this.#d, this.#ridge);
  }

  /**
   * Offers rows that are not in U, or no more.
   *
   * @param values - rows of d, finite, as they were read
   * @param count - how many are offered
   * @param index - their global indices, count
   * @param place - which of the rows they are, count; default: the first ones
   */
  offer(values: Values, count: number, index: (i: number) => number, place = (i: number): number => i): void {
    for (let from = 0; from < count; from += OFFERED_ROWS) {
      const some = Math.min(OFFERED_ROWS, count - from);
      this.#offerSome(
        values,
        some,
        (i) => index(from + i),
        (i) => place(from + i),
      );
    }
  }

  #offerSome(values: Values, count: number, index: (i: number) => number, place: (i: number) => number): void {
    const d = this.#d;
    const weights = this.#weigh(values, count, this.#weigher!, place);
    for (let i = 0; i < count; i++) {
      const weight = weights[i];
      if (weight === 0) continue;
      const priority = weight / hashUnit(index(i), this.#seed);
      if (priority < this.#threshold) continue;
      const from = place(i) * d;
      this.#add(index(i), weight, priority, values.subarray(from, from + d));
    }
  }

  /** The weights of `count` rows of d; 0 for a row of zeros, which has f = 0 for every f that a sample is for. */
  #weigh(values: Values, count: number, { scales, factor }: Weigher, place = (i: number): number => i): Values {
    const d = this.#d;
    const scaled = this.#scaled.take(count * d);
    for (let i = 0, at = 0; i < count; i++) {
      const from = place(i) * d;
      for (let j = 0; j < d; j++, at++) scaled[at] = values[from + j] * scales[j];
    }
    const w = this.#w.take(count + 4);
    this.#kernels.rowScores(scaled, count, d, factor, d, true, w);
    for (let i = 0; i < count; i++)
      w[i] = w[i] > 0 ? 2 ** Math.max(-1022, Math.min(1000, Math.floor(Math.log2(w[i])))) : 0;
    return w;
  }

  /** What it is made of. */
  save(): State {
    const count = this.#count;
    return {
      weigher: this.#weigher && { ...this.#weigher },
      threshold: this.#threshold,
      index: this.#index.slice(0, count),
      weight: this.#weight.slice(0, count),
      priority: this.#priority.slice(0, count),
      keys: this.#keys.slice(0, count * this.#d),
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    const d = this.#d;
    const weigher = state.optionalPart('weigher');
    this.#weigher = weigher && restoreWeigher(weigher, d);
    const index = state.float64('index');
    const { length: count } = index;
    if (count > this.#index.length) {
      throw state.wrong('index', `has ${count} items, where at most ${this.#index.length} are expected`);
    }
    const weight = state.float64('weight', count);
    const priority = state.float64('priority', count);
    const keys = state.float64('keys', count * d);
    for (let i = 0; i < count; i++) this.#add(index[i], weight[i], priority[i], keys.subarray(i * d, (i + 1) * d));
    this.#threshold = state.number('threshold');
  }

  /** Puts the columns in another order: the pilot's, and those of the rows kept. */
  reorder(order: ColumnOrder): void {
    reorderColumns(this.#keys, order, this.#count);
    if (this.#weigher) this.#weigher = reorderWeigher(this.#kernels, this.#weigher, this.#d, order);
  }

  /** Gives the rows drawn other indices, in the same order. */
  renumber(indexOf: (index: number) => number): void {
    for (let i = 0; i < this.#count; i++) this.#index[i] = indexOf(this.#index[i]);
  }

  /** Whether another's sample can be taken in: both hash rows alike, and are of as many. */
  isLike(other: PrioritySampler): boolean {
    return this.#seed === other.#seed && this.#size === other.#size;
  }

  /**
   * Takes in the sample of other rows, which must not be used again. Estimates are without bias whatever the weights, as long as the hash has
   * no say in them: so weights may differ by roundings.
   */
  merge(other: PrioritySampler): void {
    const d = this.#d;
    this.#weigher ??= other.#weigher;
    if (other.#weigher && !areLike(this.#weigher!, other.#weigher)) this.#agree(other);
    this.#threshold = Math.max(this.#threshold, other.#threshold);
    for (let i = 0; i < other.#count; i++) {
      const priority = other.#priority[i];
      if (priority < this.#threshold) continue;
      this.#add(other.#index[i], other.#weight[i], priority, other.#keys.subarray(i * d, (i + 1) * d));
    }
  }

  /** Has the rows of both weighed by the pilot of one: that with which more of them stay, this one's where both do as well. */
  #agree(other: PrioritySampler): void {
    const theirs = other.#weighedBy(this.#weigher!);
    const mine = this.#weighedBy(other.#weigher!);
    const above = (threshold: number, ...lists: Float64Array[]): number =>
      lists.reduce((sum, list) => sum + list.filter((priority) => priority > threshold).length, 0);
    const own = (sampler: PrioritySampler): Float64Array => sampler.#priority.subarray(0, sampler.#count);
    const here = Math.max(this.#threshold, theirs.threshold);
    const there = Math.max(mine.threshold, other.#threshold);
    const isTheirs = above(there, mine.priority, own(other)) > above(here, own(this), theirs.priority);
    if (isTheirs) this.#take(mine);
    else other.#take(theirs);
    const threshold = isTheirs ? there : here;
    this.#raise(threshold);
    other.#raise(threshold);
  }

  /**
   * The rows drawn as they would be by another pilot. No row that was passed over has a priority above the threshold by it: that is this one's,
   * times what a weight can grow by. So those above it are all that there are, and a sample as if it had been drawn by that pilot.
   */
  #weighedBy(weigher: Weigher): Weighed {
    const count = this.#count;
    const weight = Float64Array.from(this.#weigh(this.#keys, count, weigher).subarray(0, count));
    // The quotient is 1 / h of the row's hash h to the last bit, as weights are powers of two.
    const priority = weight.map((one, i) => one * (this.#priority[i] / this.#weight[i]));
    const growth = this.#threshold > 0 ? growthOf(weigher, this.#weigher!, this.#d, this.#kernels) : 1;
    return { weigher, weight, priority, threshold: this.#threshold * growth };
  }

  #take({ weigher, weight, priority, threshold }: Weighed): void {
    this.#weigher = weigher;
    this.#weight.set(weight);
    this.#priority.set(priority);
    this.#threshold = threshold;
  }

  /** Keeps the rows with priorities above a threshold. */
  #raise(threshold: number): void {
    this.#threshold = threshold;
    this.#keep((i) => this.#priority[i] > threshold);
  }

  /**
   * The sample of all rows that were offered.
   * @param size - rows in it at most, <= the size it was made for
   */
  finish(size = this.#size): PrioritySample {
    this.compact();
    const d = this.#d;
    const order = this.#order();
    const kept = order.slice(0, size);
    const next = order[size];
    kept.sort((a, b) => this.#index[a] - this.#index[b]);
    const keys = new Float64Array(kept.length * d);
    for (const [to, from] of kept.entries()) keys.set(this.#keys.subarray(from * d, (from + 1) * d), to * d);
    return {
      seed: this.#seed,
      size,
      // Fewer rows than that may be known of parts that had pilots of their own.
      threshold: next === undefined ? this.#threshold : this.#priority[next],
      index: Float64Array.from(kept, (i) => this.#index[i]),
      weight: Float64Array.from(kept, (i) => this.#weight[i]),
      keys,
    };
  }

  #add(index: number, weight: number, priority: number, key: Values): void {
    if (this.#count === this.#index.length) this.compact();
    const d = this.#d;
    const at = this.#count++;
    if ((at + 1) * d > this.#keys.length) {
      const larger = new Float64Array(Math.min(2 * (at + 1), this.#index.length) * d);
      larger.set(this.#keys);
      this.#keys = larger;
    }
    this.#index[at] = index;
    this.#weight[at] = weight;
    this.#priority[at] = priority;
    this.#keys.set(key, at * d);
  }

  /** Items by falling priority; equal ones by index. */
  #order(): number[] {
    const order = Array.from({ length: this.#count }, (_, i) => i);
    return order.sort((a, b) => this.#priority[b] - this.#priority[a] || this.#index[a] - this.#index[b]);
  }

  /** Items that there is room for before they must be sorted. */
  get room(): number {
    return this.#index.length - this.#count;
  }

  /** Keeps the items that count: as many as the size and one more, whose priority is the threshold. */
  compact(): void {
    if (this.#count <= this.#size) return;
    const priorities = this.#priority.subarray(0, this.#count);
    const rising = priorities.slice().sort();
    const threshold = rising[this.#count - 1 - this.#size];
    this.#threshold = threshold;
    // Of equal priorities, the first rows count.
    const larger = priorities.reduce((sum, priority) => sum + (priority > threshold ? 1 : 0), 0);
    const equal = Array.from(priorities.keys()).filter((i) => priorities[i] === threshold);
    equal.sort((i, j) => this.#index[i] - this.#index[j]);
    const keptEqual = new Set(equal.slice(0, this.#size + 1 - larger));
    this.#keep((i) => priorities[i] > threshold || keptEqual.has(i));
  }

  #keep(stays: (i: number) => boolean): void {
    const d = this.#d;
    let to = 0;
    for (let from = 0; from < this.#count; from++) {
      if (!stays(from)) continue;
      this.#index[to] = this.#index[from];
      this.#weight[to] = this.#weight[from];
      this.#priority[to] = this.#priority[from];
      this.#keys.copyWithin(to * d, from * d, (from + 1) * d);
      to++;
    }
    this.#count = to;
  }
}

/** Rows are weighed by it, and a NaN would weigh them all. */
function refusePilot(pilot: Float64Array, d: number): void {
  if (pilot.length === 0 || pilot.length % d !== 0) {
    throw new RangeError(`a pilot of ${pilot.length} numbers holds no rows of ${d} columns`);
  }
  const bad = pilot.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new RangeError(`row ${Math.floor(bad / d)} of the pilot is not finite`);
}
