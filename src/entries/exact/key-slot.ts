/** Blocks of K, whose number of rows d alone decides, in memory that all threads share. */

import { dataError } from '../../errors.js';
import type { Kernels } from '../../kernels/kernels.js';
import { clearNonFinite, type NonFinitePolicy } from '../../rows/non-finite.js';
import type { Values } from '../../rows/row-block.js';
import { RowSlot } from '../../rows/row-slot.js';
import type { KeyBlock, KeyTotals } from './search.js';

/** Bytes of float32 rows of a block, where it has more than {@link LEAST_ROWS}. */
const BLOCK_BYTES = 2 ** 20;
const LEAST_ROWS = 64;

/** Squared norms up to here are far from overflow. */
const MODERATE_SQUARE = 2 ** 800;

/** Up to here what underflows in float32 products is raised to nothing. */
const MOST_SINGLE_SQUARE = 2 ** 80;

/** Products beyond this may overflow on the way. */
const MOST_PRODUCT = 2 ** 1000;

/** Rows of a block of keys. */
export const blockRowsFor = (d: number): number =>
  Math.max(1, Math.floor(BLOCK_BYTES / (4 * d * LEAST_ROWS))) * LEAST_ROWS;

/** Bytes that a slot takes. */
export const slotBytes = (d: number): number => blockRowsFor(d) * (8 * d + 28);

/** How keys are taken in. */
export interface KeyRowOptions {
  readonly nonFinite: NonFinitePolicy;
  readonly describeRow: (row: number) => string;
  /** One a key: 0: it is padding, and no query sees it; undefined: there is none. */
  readonly mask: Uint8Array | undefined;
}

/** A place for a block of keys, and for what is worked out of it. */
export class KeySlot {
  readonly rows: RowSlot;
  readonly #seen: Int32Array;
  readonly #squares: Float64Array;
  readonly #kernels: Kernels;
  readonly #weights: Float64Array;
  #totals: KeyTotals | undefined;

  constructor(kernels: Kernels, d: number) {
    this.#kernels = kernels;
    this.rows = new RowSlot(kernels, d, blockRowsFor(d));
    this.#seen = kernels.allocateIntegers(this.rows.capacity);
    this.#squares = kernels.allocate('float64', this.rows.capacity);
    this.#weights = kernels.termRoundings(d).map((count) => Math.max(1, count));
  }

  /**
   * The block that the slot holds, made ready: rows that nobody sees are zeros.
   *
   * @param reach - no query of the tile is longer than this
   * @param skipped - is told how many rows with NaN or infinities there were
   * @throws LevattnError where a row is not finite and not to be skipped, or products might overflow
   */
  prepare(options: KeyRowOptions, reach: number, skipped: (rows: number) => void): KeyBlock {
    const { start, rows, d, dtype } = this.rows;
    const values = this.rows.values;
    const seen = this.#seen;
    let all = this.#hideMasked(options, values);
    let finite = this.#kernels.rowNorms(values, rows, d, this.#weights, this.#squares);
    if (!finite) {
      let cleared = 0;
      for (let i = 0; i < rows; i++) {
        const row = values.subarray(i * d);
        if (clearNonFinite(row, 1, d, options.nonFinite, () => options.describeRow(start + i)) === 0) continue;
        if (all && cleared === 0) seen.fill(1, 0, rows);
        seen[i] = 0;
        cleared++;
      }
      if (cleared > 0) {
        skipped(cleared);
        all = false;
        finite = this.#kernels.rowNorms(values, rows, d, this.#weights, this.#squares);
      }
    }
    const squares = this.#squares;
    let most = 0;
    for (let i = 0; i < rows; i++) {
      most = Math.max(most, squares[i]);
      if (dtype === 'float64' || !(squares[i] <= MOST_SINGLE_SQUARE)) squares[i] = Number.POSITIVE_INFINITY;
    }
    if (!finite || most > MODERATE_SQUARE) this.#refuseOverflow(values, reach, options);
    return { start, rows, values, seen: all ? undefined : seen, squares };
  }

  /** For what the rows receive, zeros. */
  clearTotals(): KeyTotals {
    const { capacity } = this.rows;
    this.#totals ??= {
      total: this.#kernels.allocate('float64', capacity),
      largest: this.#kernels.allocate('float64', capacity),
    };
    this.#totals.total.fill(0);
    this.#totals.largest.fill(0);
    return this.#totals;
  }

  /** Zeros for padding; whether there is none. */
  #hideMasked({ mask }: KeyRowOptions, values: Values): boolean {
    if (!mask) return true;
    const { start, rows, d } = this.rows;
    let all = true;
    for (let i = 0; i < rows; i++) {
      // A mask that ends too soon is noticed when the keys have ended.
      const visible = start + i >= mask.length || mask[start + i] !== 0;
      this.#seen[i] = visible ? 1 : 0;
      if (visible) continue;
      values.fill(0, i * d, (i + 1) * d);
      all = false;
    }
    return all;
  }

  #refuseOverflow(values: Values, reach: number, { describeRow }: KeyRowOptions): void {
    const { start, rows, d } = this.rows;
    const peaks = new Float64Array(d);
    for (let i = 0; i < rows; i++) {
      peaks.fill(0);
      this.#kernels.scan(values.subarray(i * d, (i + 1) * d), 1, d, peaks);
      const length = Math.sqrt(d) * peaks.reduce((most, peak) => Math.max(most, peak), 0);
      if (length * reach < MOST_PRODUCT) continue;
      throw dataError(
        `${describeRow(start + i)}: products <q, k> of up to ${(length * reach).toExponential(1)} are more than float64 can be trusted with; scale K or Q down`,
      );
    }
  }
}
