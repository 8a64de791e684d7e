/**
 * Reads FlatBuffers tables, the encoding of Arrow's metadata, with every access inside the bytes: whatever they hold,
 * reading ends in values or in a RangeError, after work in proportion to their length.
 */

/** How many more tables may be read: a table takes 4 bytes and a reference 4, so that only tables used twice run out. */
interface Budget {
  tables: number;
}

/** One table. Fields are by their position in its definition; a missing field reads as 0, '' or empty. */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;
  readonly #budget: Budget;

  /** @throws RangeError where no table can be there, as every method */
  private constructor(view: DataView, at: number, budget: Budget) {
    if (--budget.tables < 0) throw new RangeError('tables used twice');
    this.#view = view;
    this.#at = at;
    this.#vtable = at - view.getInt32(at, true);
    this.#vtableBytes = view.getUint16(this.#vtable, true);
    this.#budget = budget;
  }

  /** The table that a buffer is about. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return new FlatTable(view, view.getUint32(0, true), { tables: bytes.length >> 2 });
  }

  /** Whether a field is stored: one that is not has the default of its type. */
  has(field: number): boolean {
    return this.#field(field) !== undefined;
  }

  /** An unsigned byte, also a bool or the type of a union. */
  uint8(field: number): number {
    const at = this.#field(field);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  /** A 16-bit integer. */
  int16(field: number): number {
    const at = this.#field(field);
    return at === undefined ? 0 : this.#view.getInt16(at, true);
  }

  /** A 32-bit integer. */
  int32(field: number): number {
    const at = this.#field(field);
    return at === undefined ? 0 : this.#view.getInt32(at, true);
  }

  /** A 64-bit integer within 2^53. */
  int64(field: number): number {
    const at = this.#field(field);
    return at === undefined ? 0 : this.#int64At(at);
  }

  /** A 64-bit integer, whatever its size. */
  bigint(field: number): bigint {
    const at = this.#field(field);
    return at === undefined ? 0n : this.#view.getBigInt64(at, true);
  }

  /** A string. */
  string(field: number): string {
    const { at, length } = this.#vector(field, 1);
    return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length));
  }

  /** A table, or the value of a union. */
  table(field: number): FlatTable | undefined {
    const at = this.#field(field);
    return at === undefined ? undefined : this.#tableAt(at);
  }

  /** Where a field's table begins in the bytes. */
  positionOf(field: number): number | undefined {
    const at = this.#field(field);
    return at === undefined ? undefined : at + this.#view.getUint32(at, true);
  }

  /** A vector of tables. */
  tables(field: number): FlatTable[] {
    const { at, length } = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => this.#tableAt(at + 4 * i));
  }

  /** A vector of 64-bit integers, or of structures of `words` of them, one after another. */
  int64s(field: number, words = 1): number[] {
    const { at, length } = this.#vector(field, 8 * words);
    return Array.from({ length: length * words }, (_, i) => this.#int64At(at + 8 * i));
  }

  /** A vector of structures of `bytes` bytes each. */
  structs(field: number, bytes: number): DataView[] {
    const { at, length } = this.#vector(field, bytes);
    const { buffer, byteOffset } = this.#view;
    return Array.from({ length }, (_, i) => new DataView(buffer, byteOffset + at + i * bytes, bytes));
  }

  /** Where a field's value is. */
  #field(field: number): number | undefined {
    const slot = 4 + 2 * field;
    if (slot + 2 > this.#vtableBytes) return undefined;
    const offset = this.#view.getUint16(this.#vtable + slot, true);
    return offset === 0 ? undefined : this.#at + offset;
  }

  #tableAt(at: number): FlatTable {
    return new FlatTable(this.#view, at + this.#view.getUint32(at, true), this.#budget);
  }

  #vector(field: number, itemBytes: number): { at: number; length: number } {
    const reference = this.#field(field);
    if (reference === undefined) return { at: 0, length: 0 };
    const start = reference + this.#view.getUint32(reference, true);
    const length = this.#view.getUint32(start, true);
    if (start + 4 + length * itemBytes > this.#view.byteLength) throw new RangeError('a vector past the end');
    return { at: start + 4, length };
  }

  #int64At(at: number): number {
    return int64At(this.#view, at);
  }
}

/**
 * A 64-bit integer.
 * @throws RangeError where it is past 2^53
 */
export function int64At(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true));
  if (!Number.isSafeInteger(value)) throw new RangeError('an integer past 2^53');
  return value;
}
