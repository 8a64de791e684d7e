/**
 * The candidates: every row that may still belong to U, with its key as it was read and what is known of it.
 *
 * Memory grows with their number and never with the rows of the stream.
 */

import type { ColumnOrder } from '../../linear/reorder.js';
import type { Dtype, Values } from '../../rows/row-block.js';
import type { RowIds, TypedIds } from '../../rows/row-ids.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import { CandidateIds } from './candidate-ids.js';
import { CandidateKeys, type CandidateOptions, capacityFor, type KeyBlock, LEAST_ROOM } from './candidate-keys.js';

/** What is known of rows when they become candidates, in their order. */
export interface Marks {
  /** Lewis weights, where there are any. */
  readonly weights: ArrayLike<number>;
  /** Bounds of their |x|^b sensitivities, 0 … 1, where there are any. */
  readonly bounds: ArrayLike<number> | undefined;
}

/** Rows of a block with what they are called. */
export interface NamedRows extends KeyBlock {
  readonly ids: RowIds;
}

/** Rows by global index, in the order they came. */
export class Candidates {
  #size = 0;
  #index: Float64Array;
  #weight: Float64Array;
  #power: Float64Array;
  #bound: Float64Array;
  readonly #keys: CandidateKeys;
  readonly #ids = new CandidateIds();
  readonly #options: CandidateOptions;

  /** @param d - columns */
  constructor(
    readonly d: number,
    options: CandidateOptions = {},
  ) {
    this.#options = options;
    this.#index = new Float64Array(LEAST_ROOM);
    this.#weight = new Float64Array(LEAST_ROOM);
    this.#power = new Float64Array(LEAST_ROOM);
    this.#bound = new Float64Array(LEAST_ROOM);
    this.#keys = new CandidateKeys(d, options);
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Global row indices, size, ascending where rows were added in order. A view, valid until the next change. */
  get index(): Float64Array {
    return this.#index.subarray(0, this.#size);
  }

  /**
   * Keys, size x d, row-major, unscaled. A view, valid until the next change. Those that are in files come to memory for good.
   * @throws LevattnError where they cannot be read
   */
  get keys(): Values {
    return this.#keys.all;
  }

  /** How many keys are in files. */
  get heldInFiles(): number {
    return this.#keys.heldInFiles;
  }

  /** The type of the keys. */
  get dtype(): Dtype {
    return this.#keys.dtype;
  }

  /** Some keys, row-major, unscaled: {@link CandidateKeys.view}. */
  view(from: number, rows: number): Values | undefined {
    return this.#keys.view(from, rows);
  }

  /** Copies some keys, wherever they are: {@link CandidateKeys.copy}. */
  copy(places: Int32Array, into: Values): void {
    this.#keys.copy(places, into);
  }

  /** What they are called, size, where rows have ids. A copy. */
  get ids(): TypedIds | undefined {
    return this.#ids.all;
  }

  /** Lewis weights, size. A view, for whoever changes them. */
  get weight(): Float64Array {
    return this.#weight.subarray(0, this.#size);
  }

  /** The smallest bounds that were ever found of |x|^b sensitivities, size. A view, for whoever finds smaller ones. */
  get power(): Float64Array {
    return this.#power.subarray(0, this.#size);
  }

  /** The same of the sensitivities that decide. */
  get bound(): Float64Array {
    return this.#bound.subarray(0, this.#size);
  }

  /**
   * Adds rows of a block.
   *
   * @param start - global index of the block's first row
   * @param block - its rows, row-major, and their ids, where they have any
   * @param which - positions in the block of those that are added, ascending
   * @param inPlace - whether the keys are there already, as all rows are added and {@link roomFor} said where
   */
  add(start: number, block: NamedRows, which: Int32Array, marks?: Marks, inPlace = false): void {
    const from = this.#size;
    this.#makeRoom(from + which.length);
    if (inPlace) this.#keys.addInPlace(which.length);
    else this.#keys.add(block, which);
    this.#size += which.length;
    this.#ids.add(block.ids, which, this.#size);
    for (let k = 0; k < which.length; k++) this.#index[from + k] = start + which[k];
    if (marks) this.#weight.set(marks.weights, from);
    else this.#weight.fill(0, from, this.#size);
    if (marks?.bounds) this.#power.set(marks.bounds, from);
    else this.#power.fill(1, from, this.#size);
    this.#bound.fill(1, from, this.#size);
  }

  /**
   * Where the keys of the next rows go.
   *
   * @returns rows x d, for whoever puts keys there that are added next
   */
  roomFor(dtype: Dtype, rows: number): Values {
    return this.#keys.roomFor(dtype, rows);
  }

  /** Whether {@link add} leaves the keys of `count` rows of a block in their files. */
  holds(block: Omit<NamedRows, 'values'>, count: number): boolean {
    return this.#keys.holds(block, count);
  }

  /** Lets go of the files that keys are in. Candidates must not be asked for any more. */
  release(): void {
    this.#keys.release();
  }

  /**
   * What they are made of.
   * @throws LevattnError where keys cannot be read
   */
  save(): State {
    return {
      dtype: this.dtype,
      index: this.index.slice(),
      keys: this.#keys.toArray(),
      weight: this.weight.slice(),
      power: this.power.slice(),
      bound: this.bound.slice(),
      ids: this.#ids.save(),
    };
  }

  /** Takes in candidates that were saved; there are none here yet. */
  restore(state: StateReader): void {
    const index = state.float64('index');
    const { length: count } = index;
    const dtype = state.text('dtype') === 'float32' ? 'float32' : 'float64';
    this.#makeRoom(count);
    this.#putKeys(state[dtype]('keys', count * this.d), dtype);
    this.#index.set(index);
    this.#weight.set(state.float64('weight', count));
    this.#power.set(state.float64('power', count));
    this.#bound.set(state.float64('bound', count));
    const ids = state.optionalPart('ids');
    if (ids) this.#ids.restore(ids, count);
    this.#size = count;
  }

  /** Puts the columns of their keys in another order. */
  reorder(order: ColumnOrder): void {
    this.#keys.reorder(order);
  }

  /** Gives every candidate another index, in the same order. */
  renumber(indexOf: (index: number) => number): void {
    for (let i = 0; i < this.#size; i++) this.#index[i] = indexOf(this.#index[i]);
  }

  /** Takes in those of another sketch, all of other indices; they stand by index then. */
  merge(other: Candidates): void {
    const count = this.#size + other.size;
    const mine = this.#size;
    this.#makeRoom(count);
    this.#index.set(other.index, mine);
    this.#weight.set(other.weight, mine);
    this.#power.set(other.power, mine);
    this.#bound.set(other.bound, mine);
    this.#putKeys(other.keys, other.dtype);
    this.#ids.merge(other.#ids);
    this.#size = count;
    if (mine > 0 && other.size > 0 && this.#index[mine - 1] > this.#index[mine]) this.#sort();
  }

  /**
   * Keeps the candidates for which `keep(i)` holds, in order; all keys are in memory then.
   * @throws LevattnError where they cannot be read
   */
  retain(keep: (i: number) => boolean): void {
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      if (!keep(i)) continue;
      this.#index[kept] = this.#index[i];
      this.#weight[kept] = this.#weight[i];
      this.#power[kept] = this.#power[i];
      this.#bound[kept] = this.#bound[i];
      kept++;
    }
    this.#keys.retain(keep);
    this.#ids.retain(keep);
    this.#size = kept;
  }

  /** Adds keys behind the others. */
  #putKeys(keys: Values, dtype: Dtype): void {
    const rows = keys.length / this.d;
    this.#keys.roomFor(dtype, rows).set(keys);
    this.#keys.addInPlace(rows);
  }

  #sort(): void {
    const order = Uint32Array.from(this.index.keys()).sort((i, j) => this.#index[i] - this.#index[j]);
    const sorted = (values: Float64Array): Float64Array => Float64Array.from(order, (i) => values[i]);
    this.index.set(sorted(this.#index));
    this.weight.set(sorted(this.#weight));
    this.power.set(sorted(this.#power));
    this.bound.set(sorted(this.#bound));
    this.#ids.arrange(order);
    this.#keys.arrange(order);
  }

  /** Makes room for what is known of this many candidates. */
  #makeRoom(rows: number): void {
    const capacity = capacityFor(rows, this.#index.length, this.d, this.#options);
    this.#index = enlarged(this.#index, capacity);
    this.#weight = enlarged(this.#weight, capacity);
    this.#power = enlarged(this.#power, capacity);
    this.#bound = enlarged(this.#bound, capacity);
  }
}

function enlarged(array: Float64Array, length: number): Float64Array {
  if (array.length === length) return array;
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}
