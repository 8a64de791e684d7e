/**
 * Keys of candidates as they were read: those of the first may still be in their files (`held-keys.ts`), those of the others are in memory.
 */

import { type ColumnOrder, reorderColumns } from '../../linear/reorder.js';
import type { FileRows } from '../../rows/file-rows.js';
import { allocate, type Dtype, dtypeOf, type Values } from '../../rows/row-block.js';
import { allPositions } from '../screen/positions.js';
import { HeldKeys } from './held-keys.js';

/** How candidates are kept. */
export interface CandidateOptions {
  /** Rows that there may well be: pages that are never written to take no memory. Default 0. */
  readonly expected?: number;
  /** Whether keys are kept where other threads can put them. Default: no. */
  readonly shared?: boolean;
  /** Whether keys may stay in their files until somebody asks for them. Default: no. */
  readonly mayStay?: boolean;
}

/** Rows of a block. */
export interface KeyBlock {
  readonly dtype: Dtype;
  /** Not asked for where no row is added. */
  readonly values: Values;
  /** Where all rows of the block lie in files that they can be read from again. */
  readonly inFiles?: readonly FileRows[] | undefined;
}

/** The fewest rows there is room for. */
export const LEAST_ROOM = 64;

/** With more rows than this, there is room at once for all that are expected: it is copied once then, and not at every doubling. */
const MANY_ROWS = 4096;

/** The same where rows are wide, so that a copy takes longer: with more numbers than this. */
const MANY_NUMBERS = 2 ** 20;

/** size x d, row-major, in the order they came: float32 until there is a row that is not. */
export class CandidateKeys {
  readonly #d: number;
  readonly #options: CandidateOptions;
  /** Those of the first candidates that are in files. */
  readonly #held: HeldKeys;
  /** Those of the others, and room for more. */
  #values: Values;
  #inMemory = 0;

  /** @param d - columns */
  constructor(d: number, options: CandidateOptions) {
    this.#d = d;
    this.#options = options;
    this.#held = new HeldKeys(d);
    this.#values = this.#allocate('float32', LEAST_ROOM);
  }

  /** How many there are. */
  get size(): number {
    return this.#held.size + this.#inMemory;
  }

  /** How many are in files. */
  get heldInFiles(): number {
    return this.#held.size;
  }

  /** Their type. */
  get dtype(): Dtype {
    return dtypeOf(this.#values);
  }

  /**
   * All of them: a view, valid until the next change. Those that are in files come to memory for good.
   * @throws LevattnError where they cannot be read
   */
  get all(): Values {
    if (this.#held.size > 0) this.#bringIn(allPositions(this.#held.size));
    return this.#values.subarray(0, this.size * this.#d);
  }

  /**
   * Some of them: a view, valid until the next change, where they are in memory one after another.
   * @param from - the first of `rows`
   */
  view(from: number, rows: number): Values | undefined {
    const first = from - this.#held.size;
    return first < 0 ? undefined : this.#values.subarray(first * this.#d, (first + rows) * this.#d);
  }

  /**
   * Copies some, wherever they are.
   *
   * @param places - of the candidates, ascending
   * @param into - room for them, of the type {@link dtype}
   * @throws LevattnError where they cannot be read
   */
  copy(places: Int32Array, into: Values): void {
    const held = this.#held.size;
    const inFiles = held === 0 ? 0 : countBelow(places, held);
    if (inFiles > 0) this.#held.read(places.subarray(0, inFiles), into);
    copyRuns(this.#values, places.subarray(inFiles), held, this.#d, into.subarray(inFiles * this.#d));
  }

  /** Whether {@link add} leaves keys of `count` rows of a block in their files, which it never does behind keys that are in memory. */
  holds({ inFiles, dtype }: Omit<KeyBlock, 'values'>, count: number): boolean {
    if (!this.#options.mayStay || !inFiles || this.#inMemory > 0) return false;
    // The first row that is not float32 makes all keys float64.
    const fits = dtype === this.dtype || (this.size === 0 && dtype === 'float64');
    return fits && this.#held.canAdd(inFiles, count, dtype);
  }

  /**
   * Adds those of rows of a block.
   * @param which - positions in the block, ascending; kept
   */
  add(block: KeyBlock, which: Int32Array): void {
    if (this.holds(block, which.length)) {
      this.#makeRoom(0, block.dtype);
      this.#held.add(block.inFiles!, which, block.dtype);
      return;
    }
    const room = this.roomFor(block.dtype, which.length);
    if (which.length > 0) copyRuns(block.values, which, 0, this.#d, room);
    this.#inMemory += which.length;
  }

  /**
   * Where the next keys go.
   * @returns rows x d, for whoever puts keys there and then calls {@link addInPlace}
   */
  roomFor(dtype: Dtype, rows: number): Values {
    // Those that are in files are of one type.
    if (dtype === 'float64' && this.dtype === 'float32' && this.#held.size > 0)
      this.#bringIn(allPositions(this.#held.size));
    this.#makeRoom(this.#inMemory + rows, dtype);
    return this.#values.subarray(this.#inMemory * this.#d, (this.#inMemory + rows) * this.#d);
  }

  /** There are keys now where {@link roomFor} said. */
  addInPlace(rows: number): void {
    this.#inMemory += rows;
  }

  /**
   * Keeps those for which `keep(i)` holds, in order; all are in memory then.
   * @throws LevattnError where they cannot be read
   */
  retain(keep: (i: number) => boolean): void {
    const d = this.#d;
    const { size } = this;
    const held = this.#held.size;
    const staying: number[] = [];
    for (let i = 0; i < held; i++) if (keep(i)) staying.push(i);
    let kept = 0;
    for (let i = held; i < size; i++) {
      if (keep(i)) this.#values.copyWithin(kept++ * d, (i - held) * d, (i - held + 1) * d);
    }
    this.#inMemory = kept;
    if (held > 0) this.#bringIn(Int32Array.from(staying));
  }

  /** Puts them in another order: `order[i]` is the place of the one that comes to place i. */
  arrange(order: Uint32Array): void {
    const d = this.#d;
    const before = this.all.slice();
    for (const [to, from] of order.entries()) this.#values.set(before.subarray(from * d, (from + 1) * d), to * d);
  }

  /** Puts their columns in another order. */
  reorder(order: ColumnOrder): void {
    reorderColumns(this.all, order, this.size);
  }

  /**
   * A copy of all of them.
   * @throws LevattnError where they cannot be read
   */
  toArray(): Values {
    const values = allocate(this.dtype, this.size * this.#d);
    this.copy(allPositions(this.size), values);
    return values;
  }

  /** Lets go of the files that keys are in, which must not be asked for any more. */
  release(): void {
    this.#held.clear();
  }

  /**
   * Brings keys from files to memory, before those that are there, and lets go of the files.
   * @param places - of those that are wanted, ascending
   */
  #bringIn(places: Int32Array): void {
    if (places.length > 0) {
      const values = this.#allocate(this.dtype, Math.max(LEAST_ROOM, places.length + this.#inMemory));
      this.#held.read(places, values);
      values.set(this.#values.subarray(0, this.#inMemory * this.#d), places.length * this.#d);
      this.#values = values;
    }
    this.#inMemory += places.length;
    this.#held.clear();
  }

  /** Room for `rows` in memory, those that there are included. */
  #makeRoom(rows: number, dtype: Dtype): void {
    const wider = dtype === 'float64' && this.dtype === 'float32';
    const room = this.#values.length / this.#d;
    if (rows <= room && !wider) return;
    const values = this.#allocate(wider ? 'float64' : this.dtype, capacityFor(rows, room, this.#d, this.#options));
    values.set(this.#values.subarray(0, this.#inMemory * this.#d));
    this.#values = values;
  }

  #allocate(dtype: Dtype, rows: number): Values {
    const length = rows * this.#d;
    if (!this.#options.shared) return allocate(dtype, length);
    const single = dtype === 'float32';
    const buffer = new SharedArrayBuffer((single ? 4 : 8) * length);
    return single ? new Float32Array(buffer) : new Float64Array(buffer);
  }
}

/** Rows that there is to be room for where there must be room for some, and is for others. */
export function capacityFor(rows: number, room: number, d: number, { expected = 0, shared }: CandidateOptions): number {
  if (rows <= room) return room;
  const many = rows > MANY_ROWS || (shared && rows * d > MANY_NUMBERS);
  return Math.max(rows, 2 * room, many ? expected : 0);
}

/**
 * Copies some rows, those that follow one another at once.
 *
 * @param which - which, ascending, counted from `first` on
 */
function copyRuns(values: Values, which: Int32Array, first: number, d: number, into: Values): void {
  for (let k = 0; k < which.length; ) {
    const start = k;
    while (k < which.length && which[k] - which[start] === k - start) k++;
    const from = (which[start] - first) * d;
    into.set(values.subarray(from, from + (k - start) * d), start * d);
  }
}

/** How many of some numbers, ascending, are below another. */
function countBelow(numbers: Int32Array, limit: number): number {
  let count = 0;
  while (count < numbers.length && numbers[count] < limit) count++;
  return count;
}
