/** Rows of columns of numbers, or of one column of lists, as one thread decodes them. */

import type { Values } from '../../rows/row-block.js';
import { expectEndOf, fillTo, skipIn } from './fill.js';
import { takeColumns } from './take-columns.js';
import type { ColumnValues } from './values.js';

/** The next rows of columns. */
export class ColumnRows {
  readonly decodedAhead = false;
  readonly #columns: readonly ColumnValues[];
  /** Numbers of each column in a row. */
  readonly #perRow: number;
  readonly #together: boolean;

  /**
   * @param columns - of numbers; or a single one of lists whose width is known
   * @param together - whether their pages are read at the same time, which takes memory for one of each
   */
  constructor(columns: readonly ColumnValues[], together: boolean) {
    this.#columns = columns;
    this.#perRow = columns[0]!.width!;
    this.#together = together;
  }

  /** Numbers in a row. */
  get width(): number {
    return this.#columns.length * this.#perRow;
  }

  /** Rows at hand. */
  get available(): number {
    const least = this.#columns.reduce((rows, { available }) => Math.min(rows, available), Number.POSITIVE_INFINITY);
    return Math.floor(least / this.#perRow);
  }

  /** Bytes of the pages that have been read, and of all. */
  get bytesRead(): number {
    return this.#columns.reduce((sum, { pages }) => sum + pages.bytesRead, 0);
  }

  get totalBytes(): number {
    return this.#columns.reduce((sum, { pages }) => sum + pages.totalBytes, 0);
  }

  /**
   * Reads until at least one row is at hand; false where there are none.
   * @throws Error of any kind where a column is damaged, the first of those that are
   */
  async fill(): Promise<boolean> {
    const short = this.#columns.filter(({ available }) => available < this.#perRow);
    if (!this.#together) {
      for (const column of short) if (!(await fillTo(column, this.#perRow))) return false;
      return true;
    }
    // While a page is being decoded, others are being read. What is wrong with the first column comes first.
    const filled = await Promise.allSettled(short.map((column) => fillTo(column, this.#perRow)));
    for (const each of filled) {
      if (each.status === 'rejected') throw each.reason;
      if (!each.value) return false;
    }
    return true;
  }

  /** Puts rows that are at hand into `into[at]`, `into[at + stride]`, … */
  take(rows: number, into: Values, at = 0, stride: number = this.width): void {
    const [first] = this.#columns;
    if (first!.options.lists) first!.take(rows * this.#perRow, into, at, 1);
    else takeColumns(this.#columns, rows, into, at, stride);
  }

  /**
   * Passes over rows; of columns of numbers, over whole pages without decoding them.
   * @throws Error of any kind where there are fewer
   */
  async skip(rows: number): Promise<void> {
    for (const column of this.#columns) await skipIn(column, rows * this.#perRow);
  }

  /** Every column has as many values as there are rows, and lists end where the last row does. */
  async expectEnd(): Promise<void> {
    for (const column of this.#columns) await expectEndOf(column);
  }

  /** Nothing is under way that would have to end first. */
  async close(): Promise<void> {}
}
