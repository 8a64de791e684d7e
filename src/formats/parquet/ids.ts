/** The ids of one column as a stream: pages joined, missing ones refused. */

import type { DecodedArray } from 'hyparquet';
import { dataError } from '../../errors.js';
import type { IdType, RowIds } from '../../rows/row-ids.js';
import type { IdArray } from './numbers.js';
import type { ColumnPages } from './pages.js';

/** Text of a page, as it lies there: most of it nobody asks for. */
export const bytesOfText = (raw: DecodedArray): Uint8Array[] => Array.from(raw as ArrayLike<Uint8Array>);

/** Text; what is no UTF-8 in it is replaced. */
export const textOf = (raw: readonly Uint8Array[]): string[] => raw.map((bytes) => DECODER.decode(bytes));

const DECODER = new TextDecoder();

const NO_TEXT = new Uint8Array(0);

/** Reads a column's ids in order. */
export class ColumnIds {
  /** Ids at hand that have not been taken. */
  available = 0;
  #pages: IdArray[] = [];
  /** Ids of the first page that have been taken. */
  #taken = 0;
  /** Ids of all pages so far. */
  #seen = 0;

  /**
   * @param options - the column's name as messages show it, the name of the file, and whether the empty text, or 0, stands for an
   *   id that is not there
   */
  constructor(
    readonly pages: ColumnPages<IdArray>,
    readonly type: IdType,
    readonly options: { readonly name: string; readonly source: string; readonly mayLack: boolean },
  ) {}

  /** Reads the next page; false after the last. */
  async fill(): Promise<boolean> {
    const page = await this.pages.next();
    if (!page) return false;
    const { values, entries, definition } = page;
    const missing = definition?.findIndex((level) => level < this.pages.largest.definition) ?? -1;
    const { name, source, mayLack } = this.options;
    if (missing >= 0 && mayLack) return this.#addSome(values, definition!);
    if (missing >= 0) {
      throw dataError(
        `${source}: row ${this.#seen + missing} has a null in column ${name}, which holds ids; fill or drop such rows first`,
      );
    }
    this.#seen += entries;
    if (values.length > 0) this.#pages.push(values);
    this.available += values.length;
    return true;
  }

  /** Ids of a page where some are missing: empty text, or 0. */
  #addSome(values: IdArray, definition: Uint8Array): boolean {
    let next = 0;
    const isThere = (level: number): boolean => level === this.pages.largest.definition;
    const ids =
      values instanceof BigInt64Array
        ? BigInt64Array.from(definition, (level) => (isThere(level) ? values[next++]! : 0n))
        : Array.from(definition, (level) => (isThere(level) ? values[next++]! : NO_TEXT));
    this.#seen += ids.length;
    this.#pages.push(ids);
    this.available += ids.length;
    return true;
  }

  /** Passes over pages of at most `most` ids in all; returns how many ids there were. */
  async passOver(most: number): Promise<number> {
    const passed = await this.pages.passOver(most);
    this.#seen += passed;
    return passed;
  }

  /** Takes `count` of the available ids, and gives them to nobody. */
  drop(count: number): void {
    this.take(count, undefined);
  }

  /** Takes `count` of the available ids. */
  take(count: number, into: RowIds | undefined): void {
    for (let done = 0; done < count; ) {
      const page = this.#pages[0]!;
      const part = Math.min(count - done, page.length - this.#taken);
      const to = this.#taken + part;
      for (let i = this.#taken; into && i < to; i++) {
        const id = page[i]!;
        into.add(this.type, typeof id === 'bigint' ? id : DECODER.decode(id));
      }
      done += part;
      this.#taken = to;
      if (to === page.length) {
        this.#pages.shift();
        this.#taken = 0;
      }
    }
    this.available -= count;
  }
}
