/**
 * A priority sample of the rows outside U (Duffield, Lund, Thorup, Priority sampling for estimation of arbitrary subset
 * sums, 2007): sums of any f over all these rows are estimated from it without bias.
 *
 * Row j has weight w_j and priority w_j / h_j, h_j in (0, 1] a hash of its index; the rows of the k largest priorities are
 * kept, and the next largest is the threshold. A row's weight is k^T (D^1/2 (C + ridge I) D^1/2)^-1 k rounded down to a power
 * of two, D^1/2 C D^1/2 being the Gram matrix of a pilot: the first rows of the stream, or rows that the user names. It
 * depends on the row and the pilot alone, and the hash on its index: so the sample is the same whatever the blocks and
 * threads, and those of parts of a stream with one pilot unite.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { inverseFactor } from '../../kernels/triangular.js';
import { type ColumnOrder, reorderColumns, reorderSymmetric } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import type { PrioritySample } from '../bounds/certificate.js';
import { Scratch } from '../scratch.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import { smallestEigenvalue } from './smallest-eigenvalue.js';

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

/** What tells rows apart that cannot enter the sample any more, on any thread. */
export interface SampleFilter {
  /** sum_j k_j^2 weights_j bounds the weight of a row; d. */
  readonly weights: Float64Array;
  /** A row enters only with a priority of at least this. */
  readonly threshold: number;
  readonly seed: number;
}

/** The same for rows whose norms sum_j k_j^2 weights_j are known for other weights. */
export interface SampleGate {
  /** These norms times this bound the weight of a row. */
  readonly scale: number;
  readonly threshold: number;
  readonly seed: number;
}

/** Weighs rows by a pilot. */
interface Weigher {
  /** D^-1/2, d. */
  readonly scales: Float64Array;
  /** d x d, upper triangular: the weight of a row k is ||(k D^-1/2) factor||^2. */
  readonly factor: Float64Array;
  readonly bounds: Float64Array;
}

/** Rows that are weighed at a time: they stay in a cache, and more memory that is touched for the first time takes its time. */
const OFFERED_ROWS = 1024;

/** A number in (0, 1] from a row's index and the seed: 53 well-mixed bits. */
export function hashUnit(index: number, seed: number): number {
  const low = mix(index ^ mix(seed ^ 0x2545f491));
  const rest = mix(Math.floor(index / 2 ** 32) ^ mix(Math.floor(seed / 2 ** 32) ^ 0x5bf03635));
  const a = mix(low ^ rest ^ 0x1b873593);
  const b = mix(low + Math.imul(rest, 0x9e3779b1) + 0x7f4a7c15);
  return (a * 2 ** 21 + (b >>> 11) + 1) / 2 ** 53;
}

/** 32 bits well mixed; a bijection. */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

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
    const d = this.#d;
    const peaks = new Float64Array(d);
    this.#kernels.scan(values, rows, d, peaks);
    // Powers of two near each column's largest entry: the Gram matrix of the scaled rows neither overflows nor vanishes.
    const units = peaks.map((peak) =>
      peak > 0 ? 2 ** -Math.min(1000, Math.max(-1000, Math.floor(Math.log2(peak)))) : 0,
    );
    const scaled = this.#scaled.take(rows * d);
    for (let at = 0; at < rows * d; at++) scaled[at] = values[at] * units[at % d];
    const gram = new Float64Array(d * d);
    this.#kernels.addGram(scaled, rows, d, gram);
    const used = Array.from(units).flatMap((unit, j) => (unit > 0 ? [Math.sqrt(gram[j * d + j]) / unit] : []));
    // A column that the pilot does not know is taken to be as long as the others are on average.
    const typical =
      used.length > 0 ? Math.exp(used.reduce((sum, length) => sum + Math.log(length), 0) / used.length) : 1;
    const scales = units.map((unit, j) => (unit > 0 ? unit / Math.sqrt(gram[j * d + j]) : 1 / typical));
    const c = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = i + 1; j < d; j++) {
        const lengths = Math.sqrt(gram[i * d + i]) * Math.sqrt(gram[j * d + j]);
        c[i * d + j] = lengths > 0 ? gram[i * d + j] / lengths : 0;
      }
      c[i * d + i] = 1 + this.#ridge;
    }
    const r = new Float64Array(d * d);
    if (!this.#kernels.choleskyUpper(c, d, 0, r)) throw new Error('the pilot has no Cholesky factor');
    const lambda = smallestEigenvalue(c, r, d, this.#kernels);
    const factor = new Float64Array(d * d);
    this.#kernels.invertUpper(r, d, factor);
    this.#weigher = {
      scales,
      factor,
      // A little more than it must be: it decides what is not looked at.
      bounds: scales.map((scale) => ((scale * scale) / lambda) * (1 + 1e-9)),
    };
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
    const { scales, factor } = this.#weigher!;
    const scaled = this.#scaled.take(count * d);
    for (let i = 0, at = 0; i < count; i++) {
      const from = place(i) * d;
      for (let j = 0; j < d; j++, at++) scaled[at] = values[from + j] * scales[j];
    }
    const w = this.#w.take(count + 4);
    this.#kernels.rowScores(scaled, count, d, factor, d, true, w);
    for (let i = 0; i < count; i++) {
      // A row of zeros has f = 0 for every f that a sample is for.
      if (!(w[i] > 0)) continue;
      const weight = 2 ** Math.max(-1022, Math.min(1000, Math.floor(Math.log2(w[i]))));
      const priority = weight / hashUnit(index(i), this.#seed);
      if (priority < this.#threshold) continue;
      const from = place(i) * d;
      this.#add(index(i), weight, priority, values.subarray(from, from + d));
    }
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
    this.#weigher = weigher && {
      scales: weigher.float64('scales', d),
      factor: weigher.float64('factor', d * d),
      bounds: weigher.float64('bounds', d),
    };
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
    if (!this.#weigher) return;
    const { scales, factor, bounds } = this.#weigher;
    const d = this.#d;
    const r = new Float64Array(d * d);
    this.#kernels.invertUpper(factor, d, r);
    const c = new Float64Array(d * d);
    this.#kernels.addGram(r, d, d, c);
    reorderSymmetric(c, order);
    for (const values of [scales, bounds]) reorderColumns(values, order);
    this.#weigher = { scales, bounds, factor: inverseFactor(this.#kernels, c, d)! };
  }

  /** Gives the rows drawn other indices, in the same order. */
  renumber(indexOf: (index: number) => number): void {
    for (let i = 0; i < this.#count; i++) this.#index[i] = indexOf(this.#index[i]);
  }

  /**
   * Whether it weighs rows as another does, and hashes them alike: then both can be one. Estimates are without bias whatever the
   * weights, as long as the hash has no say in them: so weights may differ by roundings.
   */
  isLike(other: PrioritySampler): boolean {
    const [one, two] = [this.#weigher, other.#weigher];
    const alike = one && two ? areLike(one, two) : one === two;
    return alike && this.#seed === other.#seed && this.#size === other.#size;
  }

  /** Takes in the sample of other rows. */
  merge(other: PrioritySampler): void {
    const d = this.#d;
    this.#threshold = Math.max(this.#threshold, other.#threshold);
    for (let i = 0; i < other.#count; i++) {
      const priority = other.#priority[i];
      if (priority < this.#threshold) continue;
      this.#add(other.#index[i], other.#weight[i], priority, other.#keys.subarray(i * d, (i + 1) * d));
    }
  }

  /**
   * The sample of all rows that were offered.
   * @param size - rows in it at most, <= the size it was made for
   */
  finish(size = this.#size): PrioritySample {
    this.#compact();
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
      threshold: next === undefined ? 0 : this.#priority[next],
      index: Float64Array.from(kept, (i) => this.#index[i]),
      weight: Float64Array.from(kept, (i) => this.#weight[i]),
      keys,
    };
  }

  #add(index: number, weight: number, priority: number, key: Values): void {
    if (this.#count === this.#index.length) this.#compact();
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

  /** Keeps the items that count: as many as the size and one more, whose priority is the threshold. */
  #compact(): void {
    if (this.#count <= this.#size) return;
    const d = this.#d;
    const priorities = this.#priority.subarray(0, this.#count);
    const rising = priorities.slice().sort();
    const threshold = rising[this.#count - 1 - this.#size];
    this.#threshold = threshold;
    // Of equal priorities, the first rows count.
    const larger = priorities.reduce((sum, priority) => sum + (priority > threshold ? 1 : 0), 0);
    const equal = Array.from(priorities.keys()).filter((i) => priorities[i] === threshold);
    equal.sort((i, j) => this.#index[i] - this.#index[j]);
    const keptEqual = new Set(equal.slice(0, this.#size + 1 - larger));
    let to = 0;
    for (let from = 0; from < this.#count; from++) {
      if (this.#priority[from] < threshold || (this.#priority[from] === threshold && !keptEqual.has(from))) continue;
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

/** The error of a factor that is made anew of the same rows, their columns being in another order. */
const FACTOR_ERROR = 1e-9;

/** Whether two pilots are made of the same rows. */
function areLike(one: Weigher, two: Weigher): boolean {
  const largest = one.factor.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const agree = (a: number, b: number, size: number): boolean => Math.abs(a - b) <= FACTOR_ERROR * size;
  return (
    one.scales.every((scale, i) => agree(scale, two.scales[i], scale)) &&
    one.factor.every((value, i) => agree(value, two.factor[i], largest))
  );
}

/** Whether a row may enter the sample, by a bound of its weight. */
export const mayEnter = (
  { threshold, seed }: Pick<SampleFilter, 'threshold' | 'seed'>,
  index: number,
  bound: number,
): boolean => bound >= threshold * hashUnit(index, seed);
