/** The numbers of one column as a stream: pages joined, missing values refused, the lists of a list column all of one length. */

import type { DecodedArray } from 'hyparquet';
import { dataError } from '../../../errors.js';
import type { Values } from '../../row-block.js';
import type { IdType, RowId, RowIds } from '../../row-ids.js';
import { checkWidth } from '../arrow/choose.js';
import type { ColumnPages } from './pages.js';

/** Reads a column's numbers in order. */
export class ColumnValues {
  /** Entries of each row: 1 for a column of numbers; for one of lists undefined until {@link findWidth}. */
  width: number | undefined;
  #pages: DecodedArray[] = [];
  /** Values of the first page that have been taken. */
  #taken = 0;
  /** Values in the pages at hand that have not been taken. */
  available = 0;
  /** Values of all pages so far, and among them the first of the row that is not complete. */
  #seen = 0;
  #rowStart = 0;
  #ended = false;

  /**
   * @param name - the column's name as messages show it
   * @param source - names the file
   */
  constructor(
    readonly pages: ColumnPages,
    readonly name: string,
    readonly source: string,
    readonly lists: boolean,
  ) {
    if (!lists) this.width = 1;
  }

  /** Reads on until the first row is complete; afterwards `width` is known, unless there is no row. */
  async findWidth(): Promise<void> {
    while (this.width === undefined && (await this.fill()));
  }

  /** Reads the next page; false after the last. */
  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    const page = await this.pages.next();
    if (!page) {
      this.#ended = true;
      this.#endRow(this.#seen);
      return false;
    }
    const { values, repetition, missing } = page;
    for (let i = 0; this.lists && i < Math.min(repetition.length, missing ?? Infinity); i++) {
      if (repetition[i] === 0) this.#endRow(this.#seen + i);
    }
    if (missing !== undefined) {
      const row = this.lists ? this.#row(this.#seen + missing, repetition[missing] === 0) : this.#seen + missing;
      throw dataError(`${this.source}: row ${row} has a null in column ${this.name}; fill or drop such rows first`);
    }
    this.#seen += values.length;
    if (this.lists && this.width === undefined && this.#seen > 0)
      checkWidth(Math.max(1, this.#seen - this.#rowStart), `row 0 of column ${this.name}`, this.source);
    this.#pages.push(values);
    this.available += values.length;
    return true;
  }

  /** Takes `count` of the available numbers to `into[at]`, `into[at + stride]`, ... */
  take(count: number, into: Values, at: number, stride: number): void {
    let to = at;
    this.#takeParts(count, (page, from, part) => {
      copyNumbers(page, from, part, into, to, stride);
      to += part * stride;
    });
  }

  /** Takes `count` of the available values as ids. */
  takeIds(count: number, type: IdType, ids: RowIds | undefined): void {
    this.#takeParts(count, (page, from, part) => {
      for (let i = from; ids && i < from + part; i++) ids.add(type, idFrom(page[i], type));
    });
  }

  /** Takes values off the pages: some of one page at a time. */
  #takeParts(count: number, take: (page: DecodedArray, from: number, part: number) => void): void {
    for (let done = 0; done < count; ) {
      const page = this.#pages[0]!;
      const part = Math.min(count - done, page.length - this.#taken);
      take(page, this.#taken, part);
      done += part;
      this.#taken += part;
      if (this.#taken === page.length) {
        this.#pages.shift();
        this.#taken = 0;
      }
    }
    this.available -= count;
  }

  /** A row begins at value `at`: what came since the last beginning is a row. */
  #endRow(at: number): void {
    const entries = at - this.#rowStart;
    if (!this.lists || at === 0) return;
    if (this.width === undefined) {
      checkWidth(entries, `row 0 of column ${this.name}`, this.source);
      this.width = entries;
    }
    if (entries !== this.width && entries !== 0) {
      throw dataError(
        `${this.source}: row ${this.#row(at, true) - 1} of column ${this.name} has ${entries} entries, row 0 has ${this.width}; all rows must have as many`,
      );
    }
    this.#rowStart = at;
  }

  /** The row of value `at`, or of an entry there that has no value. */
  #row(at: number, begins: boolean): number {
    const rows = this.width === undefined ? 0 : Math.ceil(at / this.width);
    return begins ? rows : Math.max(0, rows - 1);
  }
}

function idFrom(value: unknown, type: IdType): RowId {
  if (type === 'utf8' && typeof value === 'string') return value;
  if (type !== 'utf8' && (typeof value === 'bigint' || Number.isInteger(value)))
    return BigInt(value as number | bigint);
  throw new RangeError('a value outside its dictionary');
}

function copyNumbers(page: DecodedArray, from: number, count: number, into: Values, at: number, stride: number): void {
  if (stride === 1 && (page instanceof Float32Array || page instanceof Float64Array)) {
    into.set(page.subarray(from, from + count), at);
    return;
  }
  for (let i = from, to = at; i < from + count; i++, to += stride) {
    const value: unknown = page[i];
    if (typeof value !== 'number' && typeof value !== 'bigint') throw new RangeError('a value outside its dictionary');
    into[to] = Number(value);
  }
}
