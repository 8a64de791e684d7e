/** Ids of rows: what a row is called in the data it comes from. They travel beside its values and are never a part of them. */

/** What a row is called: a whole number of 64 bits, or text. */
export type RowId = bigint | string;

/** What the ids of a matrix are, all of them the same. */
export type IdType = 'int64' | 'uint64' | 'utf8';

/** Ids by position; an array of them is one. */
export interface IdList {
  readonly length: number;
  /** The id at place `i`; undefined where it has none. */
  at(i: number): RowId | undefined;
}

/** Some rows' ids, with their type. */
export interface TypedIds {
  readonly type: IdType;
  readonly values: readonly RowId[];
}

/** Bytes of the first memory that is taken for text. */
const FIRST_BYTES = 1 << 12;

/**
 * Ids of consecutive rows, held as they lie in files: most rows are never asked for theirs, so none is made a value before.
 * Takes no memory until there are any.
 */
export class RowIds implements IdList {
  #type: IdType | undefined;
  #length = 0;
  #words = new BigInt64Array(0);
  /** UTF-8, one id after another, and where each ends. */
  #text = Buffer.alloc(0);
  #ends = new Float64Array(0);
  /** What other columns hold in the same rows, a list for each, where that was asked for. */
  readonly beside: readonly RowIds[];

  /** @param beside - columns whose cells are held, too */
  constructor(beside = 0) {
    this.beside = Array.from({ length: beside }, () => new RowIds());
  }

  /** Of the ids held; undefined where there are none. */
  get type(): IdType | undefined {
    return this.#length > 0 ? this.#type : undefined;
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** The id of row `i`, 0 <= i < length. */
  at(i: number): RowId {
    if (this.#type === 'utf8') return this.#text.toString('utf8', this.#endBefore(i), this.#ends[i]);
    return this.#type === 'uint64' ? BigInt.asUintN(64, this.#words[i]) : this.#words[i];
  }

  /** Adds whole numbers, 64 bits each. */
  addWords(type: 'int64' | 'uint64', words: BigInt64Array): void {
    this.#begin(type);
    this.#makeRoomForWords(words.length);
    this.#words.set(words, this.#length);
    this.#length += words.length;
  }

  /**
   * Adds text.
   *
   * @param bytes - UTF-8, one id after another
   * @param ends - where in `bytes` each ends, ascending
   */
  addText(bytes: Uint8Array, ends: Uint32Array): void {
    this.#addText(bytes, ends, 0, ends.length);
  }

  /** Adds one id. */
  add(type: IdType, id: RowId): void {
    this.#begin(type);
    if (typeof id === 'bigint') {
      this.#makeRoomForWords(1);
      this.#words[this.#length++] = id;
      return;
    }
    const start = this.#endBefore(this.#length);
    // A character of UTF-16 takes three bytes at most.
    this.#makeRoomForText(3 * id.length, 1);
    this.#ends[this.#length++] = start + this.#text.write(id, start);
  }

  /** Adds rows `from` to `to` of a list. */
  addFrom(list: IdList, from: number, to: number): void {
    if (list.length < to) throw new RangeError(`${list.length} ids for ${to} rows`);
    if (list instanceof RowIds) {
      if (to > from) this.#copy(list, from, to);
      return;
    }
    for (let i = from; i < to; i++) {
      const id = list.at(i)!;
      this.add(typeOf(id), id);
    }
  }

  #copy(list: RowIds, from: number, to: number): void {
    const type = list.#type!;
    if (type !== 'utf8') {
      this.addWords(type, list.#words.subarray(from, to));
      return;
    }
    this.#addText(list.#text.subarray(list.#endBefore(from), list.#ends[to - 1]), list.#ends, from, to);
  }

  /** Forgets the ids, and keeps the memory. */
  clear(): void {
    this.#length = 0;
    for (const list of this.beside) list.clear();
  }

  /** Adds what other columns hold in rows `from` to `to`. */
  addBesideFrom({ beside }: RowIds, from: number, to: number): void {
    for (const [j, list] of beside.entries()) this.beside[j].addFrom(list, from, to);
  }

  /** All ids at once. */
  toArray(): RowId[] {
    return Array.from({ length: this.#length }, (_, i) => this.at(i));
  }

  /** Adds text whose ends are rows `from` to `to` of `ends`; `bytes` begin where the one before ends. */
  #addText(bytes: Uint8Array, ends: Uint32Array | Float64Array, from: number, to: number): void {
    this.#begin('utf8');
    const start = this.#endBefore(this.#length);
    const shift = start - (from === 0 ? 0 : ends[from - 1]);
    this.#makeRoomForText(bytes.length, to - from);
    this.#text.set(bytes, start);
    const into = this.#ends;
    let length = this.#length;
    for (let i = from; i < to; i++) into[length++] = ends[i] + shift;
    this.#length = length;
  }

  #begin(type: IdType): void {
    if (this.#length > 0 && type !== this.#type)
      throw new RangeError(`ids of type ${type} after some of ${this.#type}`);
    this.#type = type;
  }

  #endBefore(i: number): number {
    return i === 0 ? 0 : this.#ends[i - 1];
  }

  #makeRoomForWords(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#words.length) return;
    const grown = new BigInt64Array(Math.max(needed, 2 * this.#words.length));
    grown.set(this.#words.subarray(0, this.#length));
    this.#words = grown;
  }

  #makeRoomForText(bytes: number, more: number): void {
    const used = this.#endBefore(this.#length);
    if (used + bytes > this.#text.length) {
      const grown = Buffer.alloc(Math.max(used + bytes, 2 * this.#text.length, FIRST_BYTES));
      grown.set(this.#text.subarray(0, used));
      this.#text = grown;
    }
    if (this.#length + more > this.#ends.length) {
      const grown = new Float64Array(Math.max(this.#length + more, 2 * this.#ends.length));
      grown.set(this.#ends.subarray(0, this.#length));
      this.#ends = grown;
    }
  }
}

/** The type of ids that come without one. */
export const typeOf = (id: RowId): IdType => (typeof id === 'bigint' ? 'int64' : 'utf8');
