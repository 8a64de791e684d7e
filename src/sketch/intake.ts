/** What is done to rows before they are taken in: those that are not finite cleared, columns scaled where they must be. */

import { createHash } from 'node:crypto';
import { type Kernels, scaleColumns } from '../kernels/kernels.js';
import { type ColumnOrder, reorderColumns } from '../linear/reorder.js';
import { clearNonFinite, type NonFinitePolicy } from '../rows/non-finite.js';
import type { Dtype, Values } from '../rows/row-block.js';
import { ColumnScale } from './factor/scale.js';
import { Scratch } from './scratch.js';
import type { BlockSlot } from './screen/block-slot.js';
import type { State } from './state.js';
import type { StateReader } from './state-reader.js';

/** Rows that a fingerprint is made of, or as many as there are. */
export const FINGERPRINT_ROWS = 64;

/** A SHA-256 of the first rows as they were read, as hexadecimal digits. */
export function fingerprintOf(values: Values, rows: number, d: number): string {
  return hashOf(firstOf(values, rows, d));
}

const firstOf = (values: Values, rows: number, d: number): Float64Array =>
  new Float64Array(values.subarray(0, Math.min(rows, FINGERPRINT_ROWS) * d));

const hashOf = (first: Float64Array): string => createHash('sha256').update(new Uint8Array(first.buffer)).digest('hex');

/** How rows are taken in. */
export interface IntakeOptions {
  readonly d: number;
  readonly kernels: Kernels;
  /** Default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** Names a row in messages, by its global index; default `row N`. */
  readonly describeRow?: ((row: number) => string) | undefined;
}

/** Prepares the rows of one matrix. */
export class RowIntake {
  readonly #options: IntakeOptions;
  readonly #scale: ColumnScale;
  readonly #peaks: Float64Array;
  readonly #ones: Float64Array;
  readonly #norms: Scratch;
  /** Scaled rows of a block, where columns are scaled at all. */
  readonly #scaled: Scratch;
  #skipped = 0;
  /** Rows that were looked at. */
  #seen = 0;
  #dtype: Dtype = 'float32';
  /** The first rows of the input, where nobody has asked for their fingerprint yet. */
  #first: Float64Array | undefined;
  #fingerprint = '';

  constructor(options: IntakeOptions) {
    const { d, kernels } = options;
    this.#options = options;
    this.#scale = new ColumnScale(d);
    this.#peaks = new Float64Array(d);
    this.#ones = kernels.allocate('float64', d).fill(1);
    this.#norms = new Scratch(kernels);
    this.#scaled = new Scratch(kernels);
  }

  /** Rows cleared so far, each once. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The element type that holds all rows so far without loss. */
  get dtype(): Dtype {
    return this.#dtype;
  }

  /** Tells one K from another: {@link fingerprintOf} its first rows; empty before there are any. */
  get fingerprint(): string {
    if (this.#first) this.#fingerprint = hashOf(this.#first);
    this.#first = undefined;
    return this.#fingerprint;
  }

  /** Looks at the first rows of an input, as they were read. */
  fingerprintFirst({ values, rows }: BlockSlot): void {
    this.#first = firstOf(values, rows, this.#options.d);
  }

  /** The next row is the first of another input. */
  beginInput(): void {
    this.#first = undefined;
    this.#fingerprint = '';
    this.#seen = 0;
  }

  /** Whether no column is scaled. */
  get isIdentity(): boolean {
    return this.#scale.isIdentity;
  }

  /** Column j is multiplied by 2^-exponents[j]; d integers. */
  get exponents(): Int32Array {
    return this.#scale.exponents.slice();
  }

  /**
   * Rows with NaN or infinities: an error, or zeros.
   * @param start - global index of the slot's first row
   */
  clear(slot: BlockSlot, start: number): void {
    const { values, rows } = slot;
    const { d, kernels, nonFinite = 'error', describeRow = (row: number) => `row ${row}` } = this.#options;
    if (kernels.rowNorms(values, rows, d, this.#ones, this.#norms.take(rows + 4))) return;
    const cleared = clearNonFinite(values, rows, d, nonFinite, (i) => describeRow(start + i));
    if (cleared > 0) slot.late.origins?.forget();
    if (start < this.#seen) return;
    this.#skipped += cleared;
    this.#seen = start + rows;
  }

  /**
   * float64 rows may be too large or too small to be squared as they are; then float32 ones must follow them.
   *
   * @param usedBefore - squared norms of the columns taken in so far, d, or undefined where there are none
   * @returns by what to multiply the columns taken in so far, or undefined where nothing changed
   */
  updateScale(slot: BlockSlot, usedBefore: () => Float64Array | undefined): Float64Array | undefined {
    if (slot.dtype === 'float32' && this.isIdentity) return undefined;
    const { d, kernels } = this.#options;
    if (slot.dtype === 'float64' && this.#dtype === 'float32') {
      this.#dtype = 'float64';
      // Columns that float32 rows have used are there unscaled.
      const used = usedBefore();
      for (let j = 0; j < d; j++) if (used && used[j] > 0) this.#scale.markUsed(j);
    }
    kernels.scan(slot.values, slot.rows, d, this.#peaks);
    return this.#scale.raise(this.#peaks);
  }

  /** What it is made of. */
  save(): State {
    return {
      skipped: this.#skipped,
      seen: this.#seen,
      dtype: this.#dtype,
      fingerprint: this.fingerprint,
      scale: this.#scale.save(),
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader): void {
    this.#skipped = state.whole('skipped');
    this.#seen = state.whole('seen');
    this.#dtype = state.text('dtype') === 'float32' ? 'float32' : 'float64';
    this.#first = undefined;
    this.#fingerprint = state.text('fingerprint');
    this.#scale.restore(state.part('scale'));
  }

  /**
   * Goes on for the rows of another, too.
   * @returns by what to multiply the columns taken in so far, here and there
   */
  merge(other: RowIntake): readonly [Float64Array, Float64Array] {
    this.#skipped += other.#skipped;
    this.#seen += other.#seen;
    if (other.#dtype === 'float64') this.#dtype = 'float64';
    return this.#scale.merge(other.#scale);
  }

  /** Puts the columns in another order. */
  reorder(order: ColumnOrder): void {
    this.#scale.reorder(order);
    reorderColumns(this.#peaks, order);
  }

  /** Rows with their columns scaled; valid until the next call. */
  scaled(values: Values, rows: number): Values {
    if (this.isIdentity) return values;
    const { d } = this.#options;
    const scaled = this.#scaled.take(rows * d);
    scaleColumns(values, rows, d, this.#scale.factors, scaled);
    return scaled;
  }
}
