/**
 * A place for one block of rows in the kernels' memory: readers fill it, kernels work on it, and it is used again.
 */

import { type FileRows, RowOrigins } from './file-rows.js';
import { LateReads } from './late-reads.js';
import type { Dtype, Values } from './row-block.js';
import { RowIds } from './row-ids.js';

/** Where arrays come from that kernels work on. */
export interface Allocator {
  /** An array of `length` numbers. */
  allocate(dtype: 'float64', length: number): Float64Array;
}

/** Room for up to `capacity` rows of one element type. */
export class RowSlot {
  readonly #float64: Float64Array;
  /** The same memory. */
  readonly #float32: Float32Array;
  /** Rows of the other type on their way into a slot that has already begun. */
  #staged: Values | undefined;
  #rows = 0;
  #dtype: Dtype = 'float32';
  #holdsChosen = false;
  /** Global index of the first row, for whoever works on the rows. */
  start = 0;
  /** The rows' ids, where they have any: put here before {@link filled} counts the rows. */
  readonly ids = new RowIds();
  /** What of the rows is still in files. */
  readonly late = new LateReads();

  constructor(
    memory: Allocator,
    readonly d: number,
    readonly capacity: number,
  ) {
    this.#float64 = memory.allocate('float64', capacity * d);
    this.#float32 = new Float32Array(this.#float64.buffer as ArrayBuffer, this.#float64.byteOffset, capacity * d);
  }

  /** Rows held. */
  get rows(): number {
    return this.#rows;
  }

  /** Rows there is room for. */
  get room(): number {
    return this.capacity - this.#rows;
  }

  /** The element type of what is held. */
  get dtype(): Dtype {
    return this.#dtype;
  }

  /**
   * All of the slot's memory as the rows it holds, row-major. What of them is still in files is read first.
   * @throws LevattnError where it cannot be read
   */
  get values(): Values {
    this.late.readNow(this.#float64.buffer);
    return this.memory;
  }

  /**
   * The same for whoever looks at chosen rows alone: where {@link holdChosen} was called, the others may still be in files.
   * @throws LevattnError where a row cannot be read
   */
  get chosen(): Values {
    return this.#holdsChosen ? this.memory : this.values;
  }

  /** Says that all rows at which anybody will look are in {@link memory} by now. */
  holdChosen(): void {
    this.#holdsChosen = true;
  }

  /** All of the slot's memory, whether or not the rows have been read. */
  get memory(): Values {
    return this.#dtype === 'float32' ? this.#float32 : this.#float64;
  }

  /** Has readers tell where the rows lie in files: {@link inFiles}. */
  askOrigins(): void {
    this.late.origins ??= new RowOrigins();
  }

  /** Where the rows lie in files, just as they are in memory; undefined where they do not, or nobody was asked. */
  get inFiles(): readonly FileRows[] | undefined {
    const { byteOffset, BYTES_PER_ELEMENT } = this.memory;
    return this.late.origins?.of({ byteOffset, byteLength: this.#rows * this.d * BYTES_PER_ELEMENT });
  }

  /**
   * Where the next rows of this element type go, room for {@link RowSlot.room} rows; then call {@link filled}. It may be called again
   * before that, for another type: a file that has ended puts nothing there.
   */
  next(dtype: Dtype): Values {
    this.#staged = undefined;
    if (this.#rows === 0) this.#dtype = dtype;
    const length = this.room * this.d;
    if (dtype === this.#dtype) return this.memory.subarray(this.#rows * this.d);
    this.#staged = dtype === 'float32' ? new Float32Array(length) : new Float64Array(length);
    return this.#staged;
  }

  /** Whether rows of this element type go into the slot's own memory, so that they may be read there late. */
  takesAsIs(dtype: Dtype): boolean {
    return this.#rows === 0 || dtype === this.#dtype;
  }

  /** Counts rows that were put where {@link next} said. */
  filled(rows: number): void {
    if (this.#staged && rows > 0) {
      this.late.readNow(this.#float64.buffer);
      if (this.#dtype === 'float32') this.#widen();
      this.#float64.set(this.#staged.subarray(0, rows * this.d), this.#rows * this.d);
    }
    this.#staged = undefined;
    this.#rows += rows;
    if (this.ids.length !== 0 && this.ids.length !== this.#rows) {
      throw new RangeError(`${this.ids.length} ids for ${this.#rows} rows`);
    }
  }

  /** Forgets the rows. */
  clear(): void {
    this.#rows = 0;
    this.#holdsChosen = false;
    this.late.settle();
    this.late.origins?.forget();
    this.ids.clear();
    this.#staged = undefined;
  }

  #widen(): void {
    this.#float64.set(this.#float32.slice(0, this.#rows * this.d));
    this.#dtype = 'float64';
    this.late.origins?.forget();
  }
}
