/**
 * The candidates: every row that may still belong to U, with its key as it was read and what is known of it.
 *
 * Memory grows with their number and never with the rows of the stream. Keys of the first ones may still be in their files (`held-keys.ts`);
 * those of the others are in memory.
 */

import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import type { FileRows } from '../../rows/file-rows.js';
import { allocate, type Dtype, type Values } from '../../rows/row-block.js';
import type { RowIds, TypedIds } from '../../rows/row-ids.js';
import { allPositions } from '../screen/positions.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import { CandidateIds } from './candidate-ids.js';
import { HeldKeys } from './held-keys.js';

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
  /** Where all rows of the block lie in files that they can be read from again. */
  readonly inFiles?: readonly FileRows[] | undefined;
}

/** How candidates are kept. */
export interface CandidateOptions {
  /** Rows that there may well be: pages that are never written to take no memory. Default 0. */
  readonly expected?: number;
  /** Whether keys are kept where other threads can put them. Default: no. */
  readonly shared?: boolean;
  /** Whether keys may stay in their files until somebody asks for them. Default: no. */
  readonly mayStay?: boolean;
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
  /** Those of the first candidates that are in files. */
  readonly #held: HeldKeys;
  /** Those of the others, row-major: float32 until there is a row that is not. */
  #keys: Values;
  readonly #ids = new CandidateIds();

  readonly #expected: number;
  readonly #shared: boolean;
  readonly #mayStay: boolean;

  /** @param d - columns */
  constructor(
    readonly d: number,
    { expected = 0, shared = false, mayStay = false }: CandidateOptions = {},
  ) {
    this.#expected = expected;
    this.#shared = shared;
    this.#mayStay = mayStay;
    this.#index = new Float64Array(LEAST_ROOM);
    this.#weight = new Float64Array(LEAST_ROOM);
    this.#power = new Float64Array(LEAST_ROOM);
    this.#bound = new Float64Array(LEAST_ROOM);
    this.#held = new HeldKeys(d);
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

  /**
   * Keys, size x d, row-major, unscaled. A view, valid until the next change. Those that are in files come to memory for good.
   * @throws LevattnError where they cannot be read
   */
  get keys(): Values {
    if (this.#held.size > 0) this.#bringIn(allPositions(this.#held.size), this.#inMemory);
    return this.#keys.subarray(0, this.#size * this.d);
  }

  /** How many keys are in files. */
  get heldInFiles(): number {
    return this.#held.size;
  }

  /**
   * Some keys, row-major, unscaled: a view, valid until the next change, where they are in memory one after another.
   * @param from - the first of `rows` candidates
   */
  view(from: number, rows: number): Values | undefined {
    const first = from - this.#held.size;
    return first < 0 ? undefined : this.#keys.subarray(first * this.d, (first + rows) * this.d);
  }

  /**
   * Copies some keys, wherever they are.
   *
   * @param places - of the candidates, ascending
   * @param into - room for them, of the type {@link dtype}
   * @throws LevattnError where they cannot be read
   */
  copy(places: Int32Array, into: Values): void {
    const { d } = this;
    const held = this.#held.size;
    const inFiles = held === 0 ? 0 : countBelow(places, held);
    if (inFiles > 0) this.#held.read(places.subarray(0, inFiles), into);
    for (let k = inFiles; k < places.length; ) {
      const first = k;
      while (k < places.length && places[k]! - places[first]! === k - first) k++;
      const from = (places[first]! - held) * d;
      into.set(this.#keys.subarray(from, from + (k - first) * d), first * d);
    }
  }

  /** The type of the keys. */
  get dtype(): Dtype {
    return this.#keys instanceof Float32Array ? 'float32' : 'float64';
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
    if (!inPlace) {
      if (this.holds(block, which.length)) {
        this.#makeRoom(from + which.length, block.dtype, 0);
        this.#held.add(block.inFiles!, which, block.dtype);
      } else {
        this.roomFor(block.dtype, which.length);
        if (which.length > 0) this.#addKeys(block.values, which);
      }
    }
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
    const wider = dtype === 'float64' && this.dtype === 'float32';
    // Those that are in files are of one type.
    const inMemory = wider ? this.keys.length / d : this.#inMemory;
    this.#makeRoom(this.#size + rows, dtype, inMemory + rows);
    return this.#keys.subarray(inMemory * d, (inMemory + rows) * d);
  }

  /** Whether {@link add} leaves the keys of `count` rows of a block in their files, which it never does behind keys that are in memory. */
  holds({ inFiles, dtype }: Omit<NamedRows, 'values'>, count: number): boolean {
    if (!this.#mayStay || !inFiles || this.#inMemory > 0) return false;
    // The first row that is not float32 makes all keys float64.
    const fits = dtype === this.dtype || (this.#size === 0 && dtype === 'float64');
    return fits && this.#held.canAdd(inFiles, count, dtype);
  }

  /** Lets go of the files that keys are in. Candidates must not be asked for any more. */
  release(): void {
    this.#held.clear();
  }

  /**
   * What they are made of.
   * @throws LevattnError where keys cannot be read
   */
  save(): State {
    const keys = allocate(this.dtype, this.#size * this.d);
    this.copy(allPositions(this.#size), keys);
    return {
      dtype: this.dtype,
      index: this.index.slice(),
      keys,
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
    this.#makeRoom(count, dtype, count);
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
    reorderColumns(this.keys, order, this.#size);
  }

  /** Gives every candidate another index, in the same order. */
  renumber(indexOf: (index: number) => number): void {
    for (let i = 0; i < this.#size; i++) this.#index[i] = indexOf(this.#index[i]);
  }

  /** Takes in those of another sketch, all of other indices; they stand by index then. */
  merge(other: Candidates): void {
    const count = this.#size + other.size;
    const mine = this.#size;
    this.roomFor(other.dtype, other.size);
    this.#index.set(other.index, mine);
    this.#weight.set(other.weight, mine);
    this.#power.set(other.power, mine);
    this.#bound.set(other.bound, mine);
    this.#keys.set(other.keys, this.#inMemory * this.d);
    this.#ids.merge(other.#ids);
    this.#size = count;
    if (mine > 0 && other.size > 0 && this.#index[mine - 1] > this.#index[mine]) this.#sort();
  }

  /**
   * Keeps the candidates for which `keep(i)` holds, in order; all keys are in memory then.
   * @throws LevattnError where they cannot be read
   */
  retain(keep: (i: number) => boolean): void {
    const d = this.d;
    const held = this.#held.size;
    const staying: number[] = [];
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      if (!keep(i)) continue;
      this.#index[kept] = this.#index[i];
      this.#weight[kept] = this.#weight[i];
      this.#power[kept] = this.#power[i];
      this.#bound[kept] = this.#bound[i];
      if (i < held) staying.push(i);
      else this.#keys.copyWithin((kept - staying.length) * d, (i - held) * d, (i - held + 1) * d);
      kept++;
    }
    this.#ids.retain(keep);
    this.#size = kept;
    if (held > 0) this.#bringIn(Int32Array.from(staying), kept - staying.length);
  }

  /** How many keys are in memory. */
  get #inMemory(): number {
    return this.#size - this.#held.size;
  }

  /**
   * Brings keys from files to memory, before those that are there, and lets go of the files.
   *
   * @param places - of those that are wanted, ascending
   * @param others - how many are in memory
   */
  #bringIn(places: Int32Array, others: number): void {
    const { d } = this;
    if (places.length > 0) {
      const capacity = Math.max(LEAST_ROOM, places.length + others);
      const keys = this.#allocate(this.dtype, capacity * d);
      this.#held.read(places, keys);
      keys.set(this.#keys.subarray(0, others * d), places.length * d);
      this.#keys = keys;
    }
    this.#held.clear();
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
    let to = this.#inMemory * d;
    for (let k = 0; k < which.length; ) {
      const first = k;
      while (k < which.length && which[k] - which[first] === k - first) k++;
      const rows = values.subarray(which[first] * d, (which[first] + k - first) * d);
      this.#keys.set(rows, to);
      to += rows.length;
    }
  }

  /** Makes room for `rows` candidates, and for `inMemory` keys in memory, those that there are included. */
  #makeRoom(rows: number, dtype: Dtype, inMemory: number): void {
    const capacity = this.#capacityFor(rows, this.#index.length);
    this.#index = enlarged(this.#index, capacity);
    this.#weight = enlarged(this.#weight, capacity);
    this.#power = enlarged(this.#power, capacity);
    this.#bound = enlarged(this.#bound, capacity);
    const wider = dtype === 'float64' && this.dtype === 'float32';
    const room = this.#keys.length / this.d;
    if (inMemory <= room && !wider) return;
    const keys = this.#allocate(wider ? 'float64' : this.dtype, this.#capacityFor(inMemory, room) * this.d);
    keys.set(this.#keys.subarray(0, this.#inMemory * this.d));
    this.#keys = keys;
  }

  /** Room for this many rows where there is some already. */
  #capacityFor(rows: number, room: number): number {
    if (rows <= room) return room;
    const many = rows > MANY_ROWS || (this.#shared && rows * this.d > MANY_NUMBERS);
    return Math.max(rows, 2 * room, many ? this.#expected : 0);
  }
}

/** How many of some numbers, ascending, are below another. */
function countBelow(numbers: Int32Array, limit: number): number {
  let count = 0;
  while (count < numbers.length && numbers[count]! < limit) count++;
  return count;
}

function enlarged(array: Float64Array, length: number): Float64Array {
  if (array.length === length) return array;
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}
