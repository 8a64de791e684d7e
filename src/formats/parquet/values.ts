/** The numbers of one column as a stream: pages joined, missing values refused or replaced, the lists of a list column all of one length. */

import { dataError } from '../../errors.js';
import type { Values } from '../../rows/row-block.js';
import { checkWidth } from '../arrow/choose.js';
import type { PutMissing } from '../missing.js';
import type { NumberArray } from './numbers.js';
import type { Page } from './page-decoder.js';
import type { ColumnPages, PathNode } from './pages.js';

/** Numbers that follow one another. */
interface Segment {
  readonly length: number;
  /** Undefined where all are missing. */
  readonly values: NumberArray | undefined;
  /** Definition levels of the values, where some are missing: those below the largest. */
  readonly levels?: Uint8Array | undefined;
  /** Whether they are all values of a page, whose memory is used again. */
  readonly whole?: boolean | undefined;
}

/** How a column is read. */
export interface ValuesOptions {
  /** Its name as messages show it. */
  readonly name: string;
  /** Names the file. */
  readonly source: string;
  /** Whether its values are those of lists. */
  readonly lists: boolean;
  /** Puts what stands for a missing value; undefined where it is an error. */
  readonly putMissing: PutMissing | undefined;
}

/** Reads a column's numbers in order. */
export class ColumnValues {
  /** Entries of each row: 1 for a column of numbers; for one of lists undefined until {@link findWidth}. */
  width: number | undefined;
  /** Values at hand that have not been taken. */
  available = 0;
  #segments: Segment[] = [];
  /** Values of the first segment that have been taken. */
  #taken = 0;
  /** Rows that have begun. */
  #rows = 0;
  /** The first row that says how long lists are. */
  #widthRow = 0;
  /** Entries of the row that is not complete, and whether it is a list that is missing. */
  #entries = 0;
  #isMissing = false;
  /** Lists that were missing before the width was known. */
  #early = 0;
  #ended = false;
  /** Of lists: the definition level from which on an entry is there, with a value or without. */
  readonly #elementLevel: number;
  /** That of a list without entries; below it, there is no list. */
  readonly #emptyLevel: number;

  /** @param path - the elements from the root to the values */
  constructor(
    readonly pages: ColumnPages<NumberArray>,
    path: readonly PathNode[],
    readonly options: ValuesOptions,
  ) {
    this.#elementLevel = elementLevelOf(path);
    this.#emptyLevel = this.#elementLevel - 1;
    if (!options.lists) this.width = 1;
  }

  /** Reads on until the first row is complete; afterwards `width` is known, unless no row has a list. */
  async findWidth(): Promise<void> {
    while (this.width === undefined && (await this.fill()));
  }

  /** Reads the next page; false after the last. */
  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    const page = await this.pages.next();
    if (!page) {
      this.#ended = true;
      if (this.options.lists) this.#endRow();
      return false;
    }
    if (this.options.lists) this.#addLists(page);
    else this.#addNumbers(page);
    // A row that goes on in the next page must not be taken for several before it ends.
    if (this.width !== undefined && this.#entries > this.width) throw await this.#longRow();
    return true;
  }

  /** Passes over pages of at most `most` numbers in all; returns how many there were, of lists none, as their pages must be read. */
  async passOver(most: number): Promise<number> {
    if (this.options.lists) return 0;
    const passed = await this.pages.passOver(most);
    this.#rows += passed;
    return passed;
  }

  /** How many of the available numbers can be taken from one piece of memory. */
  get inOnePiece(): number {
    const [first] = this.#segments;
    return first ? first.length - this.#taken : 0;
  }

  /** The next `count` numbers, valid until they are taken or dropped, where they are doubles in one piece and none is missing. */
  doubles(count: number): Float64Array | undefined {
    const { values, levels } = this.#segments[0]!;
    const isPlain = values instanceof Float64Array && !(levels && this.options.putMissing);
    return isPlain ? values.subarray(this.#taken, this.#taken + count) : undefined;
  }

  /** Takes `count` of the available numbers, and gives them to nobody. */
  drop(count: number): void {
    this.available -= count;
    for (let left = count; left > 0; ) {
      const { length } = this.#segments[0]!;
      const part = Math.min(left, length - this.#taken);
      left -= part;
      this.#taken += part;
      if (this.#taken === length) this.#endSegment();
    }
  }

  /** The first segment has been taken. */
  #endSegment(): void {
    const { values, whole } = this.#segments.shift()!;
    this.#taken = 0;
    if (whole) this.pages.reuse(values!);
  }

  /** Takes `count` of the available numbers to `into[at]`, `into[at + stride]`, ... */
  take(count: number, into: Values, at: number, stride: number): void {
    let to = at;
    for (let done = 0; done < count; ) {
      const segment = this.#segments[0]!;
      const { length, values } = segment;
      const part = Math.min(count - done, length - this.#taken);
      if (values) copyNumbers(values, this.#taken, part, into, to, stride);
      this.#putMissing(segment, part, into, to, stride);
      to += part * stride;
      done += part;
      this.#taken += part;
      if (this.#taken === length) this.#endSegment();
    }
    this.available -= count;
  }

  /** Puts what stands for the missing ones among the next `part` numbers of a segment. */
  #putMissing({ values, levels }: Segment, part: number, into: Values, at: number, stride: number): void {
    const { putMissing } = this.options;
    if (!putMissing || (values && !levels)) return;
    const { definition } = this.pages.largest;
    for (let i = 0; i < part; i++) {
      if (!values || levels![this.#taken + i]! < definition) putMissing(into, at + i * stride);
    }
  }

  #addNumbers({ values, entries, definition }: Page<NumberArray>): void {
    const missing = definition?.findIndex((level) => level < this.pages.largest.definition) ?? -1;
    if (missing >= 0 && !this.options.putMissing) throw this.#null(this.#rows + missing);
    this.#rows += entries;
    if (missing < 0) {
      this.#add(values, undefined, true);
      return;
    }
    this.#add(spread(values, definition!, this.pages.largest.definition), definition);
    this.pages.reuse(values);
  }

  #addLists(page: Page<NumberArray>): void {
    if (page.definition) this.#addSomeLists(page, page.definition);
    else this.#addWholeLists(page);
    if (this.width === undefined) this.#checkWidth(Math.max(1, this.#entries));
  }

  /** Of a page where nothing is missing or empty. */
  #addWholeLists({ values, repetition }: Page<NumberArray>): void {
    let from = 0;
    for (let at = repetition!.indexOf(0); at >= 0; at = repetition!.indexOf(0, at + 1)) {
      this.#entries += at - from;
      this.#beginRow();
      from = at;
    }
    this.#entries += values.length - from;
    this.#add(values);
  }

  #addSomeLists({ values, entries, repetition }: Page<NumberArray>, definition: Uint8Array): void {
    const { definition: largest } = this.pages.largest;
    const levels = definition.filter((level) => level >= this.#elementLevel);
    const numbers = spread(values, levels, largest);
    let from = 0;
    let at = 0;
    for (let i = 0; i < entries; i++) {
      if (repetition![i] === 0) this.#beginRow();
      const level = definition[i]!;
      if (level < largest && level !== this.#emptyLevel && !this.options.putMissing) throw this.#null(this.#rows - 1);
      if (level >= this.#elementLevel) {
        this.#entries++;
        at++;
      } else if (repetition![i] !== 0) {
        throw new RangeError('an empty list within a list');
      } else if (level < this.#emptyLevel) {
        this.#add(numbers.subarray(from, at), levels.subarray(from, at));
        from = at;
        this.#addMissingRow();
      }
    }
    this.#add(numbers.subarray(from, at), levels.subarray(from, at));
  }

  #beginRow(): void {
    this.#endRow();
    this.#rows++;
    this.#entries = 0;
    this.#isMissing = false;
  }

  #addMissingRow(): void {
    this.#isMissing = true;
    if (this.width === undefined) this.#early++;
    else this.#addMissing(this.width);
  }

  #addMissing(length: number): void {
    const last = this.#segments.at(-1);
    if (last && !last.values) this.#segments.splice(-1, 1, { length: last.length + length, values: undefined });
    else this.#segments.push({ length, values: undefined });
    this.available += length;
  }

  /**
   * @param levels - of the values, where some may be missing
   * @param whole - as {@link Segment.whole}
   */
  #add(values: NumberArray, levels?: Uint8Array, whole?: boolean): void {
    if (values.length === 0) return;
    this.#segments.push({ length: values.length, values, levels, whole });
    this.available += values.length;
  }

  /** The row that began last ends: it must be as long as the others. */
  #endRow(): void {
    if (this.#rows === 0 || (this.#isMissing && this.#entries === 0)) return;
    const row = this.#rows - 1;
    const entries = this.#entries;
    if (this.width === undefined) {
      this.#checkWidth(entries);
      this.width = entries;
      this.#widthRow = row;
      if (this.#early > 0) {
        this.#segments.unshift({ length: this.#early * entries, values: undefined });
        this.available += this.#early * entries;
      }
    }
    if (entries !== this.width) throw this.#otherLength(entries);
  }

  /** Reads on to the end of a row that is too long, to say how long it is. */
  async #longRow(): Promise<Error> {
    for (;;) {
      const page = await this.pages.next();
      const end = page ? page.repetition!.indexOf(0) : 0;
      this.#entries += end < 0 ? page!.entries : end;
      if (end >= 0) return this.#otherLength(this.#entries);
    }
  }

  #otherLength(entries: number): Error {
    const { source, name } = this.options;
    return dataError(
      `${source}: row ${this.#rows - 1} of column ${name} has ${entries} entries, row ${this.#widthRow} has ${this.width}; all rows must have as many`,
    );
  }

  #checkWidth(entries: number): void {
    checkWidth(entries, `row ${this.#rows - 1} of column ${this.options.name}`, this.options.source);
  }

  #null(row: number): Error {
    const { source, name } = this.options;
    return dataError(
      `${source}: row ${row} has a null in column ${name}; fill or drop such rows first, or skip them with --missing skip`,
    );
  }
}

/** How many elements to the one that is repeated may be missing or be there several times; the largest level for a column without lists. */
function elementLevelOf(path: readonly PathNode[]): number {
  const repeated = path.findIndex(({ element }) => element.repetition_type === 'REPEATED');
  const to = repeated < 0 ? path.length : repeated + 1;
  return path.slice(1, to).filter(({ element }) => element.repetition_type !== 'REQUIRED').length;
}

/** Values at the places of the largest level, NaN at the others. */
function spread(values: NumberArray, levels: Uint8Array, largest: number): NumberArray {
  const spaced = values instanceof Float32Array ? new Float32Array(levels.length) : new Float64Array(levels.length);
  for (let i = 0, from = 0; i < levels.length; i++) spaced[i] = levels[i] === largest ? values[from++]! : Number.NaN;
  return spaced;
}

function copyNumbers(values: NumberArray, from: number, count: number, into: Values, at: number, stride: number): void {
  if (stride === 1) into.set(values.subarray(from, from + count), at);
  // A loop in which an engine sees but these types is several times as fast as one for all.
  else if (values instanceof Float64Array && into instanceof Float64Array)
    spaceDoubles(values, from, count, into, at, stride);
  else for (let i = from, to = at; i < from + count; i++, to += stride) into[to] = values[i]!;
}

/** Writes `count` doubles, from `values[from]` on, to `into[at]`, `into[at + stride]`, … */
export function spaceDoubles(
  values: Float64Array,
  from: number,
  count: number,
  into: Float64Array,
  at: number,
  stride: number,
): void {
  for (let i = from, to = at; i < from + count; i++, to += stride) into[to] = values[i]!;
}
