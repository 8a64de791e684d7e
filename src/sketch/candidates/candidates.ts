/**
 * The candidates: every row that may still belong to U, with its key as it was read and what is known of it.
 *
 * Memory grows with their number and never with the rows of the stream.
 */

import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import type { Dtype, Values } from '../../rows/row-block.js';
import type { RowIds, TypedIds } from '../../rows/row-ids.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import { CandidateIds } from './candidate-ids.js';

/** What is known of rows when they become candidates, in their order. */
export interface Marks {
  /** Lewis weights, where there are any. */
  readonly weights: ArrayLike<number>;
  /** Bounds of their |x|^b sensitivities, 0 … 1, where there are any. */
  readonly bounds: ArrayLike<number> | undefined;
}

/** Rows of a block with what they are called. */
export interface NamedRows {
  readonly dtype: Dtype;
  /** Not asked for where no row is added. */
  readonly values: Values;
  readonly ids: RowIds;
}

/** The fewest rows there is room for. */
const LEAST_ROOM = 64;

/** With more rows than this, there is room at once for all that are expected: it is copied once then, and not at every doubling. */
const MANY_ROWS = 4096;

/** The same where rows are wide, so that a copy takes longer: with more numbers than this. */
const MANY_NUMBERS = 2 ** 20;

/** Rows by global index, in the order they came. */
export class Candidates {
  #size = 0;
  #index: Float64Array;
  #weight: Float64Array;
  #power: Float64Array;
  #bound: Float64Array;
  /** size x d, row-major: float32 until there is a row that is not. */
  #keys: Values;
  readonly #ids = new CandidateIds();

  readonly #expected: number;
  readonly #shared: boolean;

  /**
   * @param d - columns
   * @param expected - rows that there may well be: pages that are never written to take no memory
   * @param shared - whether keys are kept where other threads can put them
   */
  constructor(
    readonly d: number,
    expected = 0,
    shared = false,
  ) {
    this.#expected = expected;
    this.#shared = shared;
    this.#index = new Float64Array(LEAST_ROOM);
    this.#weight = new Float64Array(LEAST_ROOM);
    this.#power = new Float64Array(LEAST_ROOM);
    this.#bound = new Float64Array(LEAST_ROOM);
    this.#keys = this.#allocate('float32', LEAST_ROOM * d);
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Global row indices, size, ascending where rows were added in order. A view, valid until the next change. */
  get index(): Float64Array {
    return this.#index.subarray(0, this.#size);
  }

  /** Keys, size x d, row-major, unscaled. A view, valid until the next change. */
  get keys(): Values {
    return this.#keys.subarray(0, this.#size * this.d);
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
    if (!inPlace) {
      this.roomFor(block.dtype, which.length);
      if (which.length > 0) this.#addKeys(block.values, which);
    }
    const from = this.#size;
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
    const { d } = this;
    this.#makeRoom(this.#size + rows, dtype);
    return this.#keys.subarray(this.#size * d, (this.#size + rows) * d);
  }

  /** What they are made of. */
  save(): State {
    return {
      dtype: this.#dtype,
      index: this.index.slice(),
      keys: this.keys.slice(),
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
    this.#makeRoom(count, dtype);
    this.#keys.set(state[dtype]('keys', count * this.d));
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
    reorderColumns(this.#keys, order, this.#size);
  }

  /** Gives every candidate another index, in the same order. */
  renumber(indexOf: (index: number) => number): void {
    for (let i = 0; i < this.#size; i++) this.#index[i] = indexOf(this.#index[i]);
  }

  /** Takes in those of another sketch, all of other indices; they stand by index then. */
  merge(other: Candidates): void {
    const count = this.#size + other.size;
    const mine = this.#size;
    this.#makeRoom(count, other.#dtype);
    this.#index.set(other.index, mine);
    this.#weight.set(other.weight, mine);
    this.#power.set(other.power, mine);
    this.#bound.set(other.bound, mine);
    this.#keys.set(other.keys, mine * this.d);
    this.#ids.merge(other.#ids);
    this.#size = count;
    if (mine > 0 && other.size > 0 && this.#index[mine - 1] > this.#index[mine]) this.#sort();
  }

  /** Keeps the candidates for which `keep(i)` holds, in order. */
  retain(keep: (i: number) => boolean): void {
    const d = this.d;
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      if (!keep(i)) continue;
      this.#index[kept] = this.#index[i];
      this.#weight[kept] = this.#weight[i];
      this.#power[kept] = this.#power[i];
      this.#bound[kept] = this.#bound[i];
      this.#keys.copyWithin(kept * d, i * d, (i + 1) * d);
      kept++;
    }
    this.#ids.retain(keep);
    this.#size = kept;
  }

  get #dtype(): Dtype {
    return this.#keys instanceof Float32Array ? 'float32' : 'float64';
  }

  #allocate(dtype: Dtype, length: number): Values {
    const single = dtype === 'float32';
    if (this.#shared) {
      const buffer = new SharedArrayBuffer((single ? 4 : 8) * length);
      return single ? new Float32Array(buffer) : new Float64Array(buffer);
    }
    return single ? new Float32Array(length) : new Float64Array(length);
  }

  #sort(): void {
    const d = this.d;
    const order = Uint32Array.from(this.index.keys()).sort((i, j) => this.#index[i] - this.#index[j]);
    const sorted = (values: Float64Array): Float64Array => Float64Array.from(order, (i) => values[i]);
    this.index.set(sorted(this.#index));
    this.weight.set(sorted(this.#weight));
    this.power.set(sorted(this.#power));
    this.bound.set(sorted(this.#bound));
    this.#ids.arrange(order);
    const keys = this.keys.slice();
    for (const [to, from] of order.entries()) this.#keys.set(keys.subarray(from * d, (from + 1) * d), to * d);
  }

  /** Copies the keys, those that follow one another at once. */
  #addKeys(values: Values, which: Int32Array): void {
    const d = this.d;
    let to = this.#size * d;
    for (let k = 0; k < which.length; ) {
      const first = k;
      while (k < which.length && which[k] - which[first] === k - first) k++;
      const rows = values.subarray(which[first] * d, (which[first] + k - first) * d);
      this.#keys.set(rows, to);
      to += rows.length;
    }
  }

  #makeRoom(rows: number, dtype: Dtype): void {
    const wider = dtype === 'float64' && this.#keys instanceof Float32Array;
    const room = this.#index.length;
    if (rows <= room && !wider) return;
    const many = rows > MANY_ROWS || (this.#shared && rows * this.d > MANY_NUMBERS);
    const grown = Math.max(rows, 2 * room, many ? this.#expected : 0);
    const capacity = rows <= room ? room : grown;
    this.#index = enlarged(this.#index, capacity);
    this.#weight = enlarged(this.#weight, capacity);
    this.#power = enlarged(this.#power, capacity);
    this.#bound = enlarged(this.#bound, capacity);
    const keys = this.#allocate(wider ? 'float64' : this.#dtype, capacity * this.d);
    keys.set(this.keys);
    this.#keys = keys;
  }
}

function enlarged(array: Float64Array, length: number): Float64Array {
  if (array.length === length) return array;
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}
