/**
 * Keys of candidates that stay in the file they were read from, and are read again when somebody asks for them.
 *
 * Most candidates of the first blocks are dropped before anybody needs more than their norms. A copy would be written to memory that is used for
 * the first time, which takes several times as long as to read the file, which the system has in its memory, to a place that is used
 * again and again.
 */

import { dataError } from '../../errors.js';
import type { FileRows, LastingFile } from '../../rows/file-rows.js';
import { readParts } from '../../rows/late-reads.js';
import type { Dtype, Values } from '../../rows/row-block.js';

/** Keys of fewer bytes are not worth a file that stays open. */
const LEAST_BYTES = 2 ** 18;

/** The most files that are kept open. */
const MOST_FILES = 16;

/** Bytes of a piece of file that is read for the rows that are wanted of it. */
const PIECE_BYTES = 2 ** 18;

/** Rows that follow one another are read to their place at once where they are this many bytes. */
const STRAIGHT_BYTES = 2 ** 16;

/** Rows of a block in one file. */
interface Part {
  readonly file: LastingFile;
  /** Where its first row begins in the file, in bytes. */
  readonly position: number;
  /** Its rows: positions in the block from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
}

/** Candidates of one block. */
interface HeldBlock {
  /** The place of the first among all candidates. */
  readonly from: number;
  /** Their positions in the block, ascending. */
  readonly which: Int32Array;
  readonly parts: readonly Part[];
}

/** The keys of the first candidates, as long as all of these are in files, and of one type. */
export class HeldKeys {
  readonly #d: number;
  readonly #blocks: HeldBlock[] = [];
  readonly #files = new Map<LastingFile, () => void>();
  #size = 0;
  #dtype: Dtype = 'float32';
  #piece: Uint8Array | undefined;

  /** @param d - columns */
  constructor(d: number) {
    this.#d = d;
  }

  /** How many candidates these are. */
  get size(): number {
    return this.#size;
  }

  /** Whether keys of a block may join those that are here. */
  canAdd(files: readonly FileRows[], count: number, dtype: Dtype): boolean {
    if (this.#size > 0 && dtype !== this.#dtype) return false;
    const all = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const bytes = count * this.#rowBytes(dtype);
    // To read rows that few are wanted of takes longer.
    if (bytes < LEAST_BYTES || 2 * bytes < all) return false;
    const others = new Set(files.map(({ file }) => file));
    for (const file of this.#files.keys()) others.add(file);
    return others.size <= MOST_FILES && files.every(({ file }) => file.isUnchanged());
  }

  /**
   * Adds keys of a block, if {@link canAdd} says so.
   *
   * @param files - where all rows of the block are
   * @param which - positions in it, ascending; kept
   */
  add(files: readonly FileRows[], which: Int32Array, dtype: Dtype): void {
    this.#dtype = dtype;
    const parts: Part[] = [];
    let first = 0;
    for (const { file, position, byteLength } of files) {
      const end = first + byteLength / this.#rowBytes(dtype);
      parts.push({ file, position, first, end });
      first = end;
      // The block itself keeps it open at the moment.
      if (!this.#files.has(file)) this.#files.set(file, file.keep()!);
    }
    this.#blocks.push({ from: this.#size, which, parts });
    this.#size += which.length;
  }

  /**
   * Reads keys.
   *
   * @param places - of the candidates, ascending
   * @param into - room for them, of the type that they have
   * @throws LevattnError where a file cannot be read, or has been written to since
   */
  read(places: Int32Array, into: Values): void {
    const asked = new Set<LastingFile>();
    let b = 0;
    for (let k = 0; k < places.length; ) {
      while (b + 1 < this.#blocks.length && this.#blocks[b + 1]!.from <= places[k]!) b++;
      const { from, which, parts } = this.#blocks[b]!;
      const row = which[places[k]! - from]!;
      const part = parts.find(({ end }) => row < end)!;
      const rows = rowsWithin(which, places.subarray(k), from, part.end);
      this.#readPart(part, rows, into.subarray(k * this.#d));
      asked.add(part.file);
      k += rows.length;
    }
    // A file that is written to at this moment has been changed by the time it is read.
    for (const file of asked) {
      if (file.isUnchanged()) continue;
      throw dataError(
        `${file.name}: the file has been written to while it was read; run again on a file that stays as it is`,
      );
    }
  }

  /** Lets go of all of them. */
  clear(): void {
    this.#blocks.length = 0;
    this.#size = 0;
    for (const letGo of this.#files.values()) letGo();
    this.#files.clear();
  }

  /** Reads rows of a part: long runs to their place, others by pieces of the file that hold many. */
  #readPart(part: Part, rows: Int32Array, into: Values): void {
    const rowBytes = this.#rowBytes(this.#dtype);
    const [straight, most] = [STRAIGHT_BYTES / rowBytes, Math.floor(PIECE_BYTES / rowBytes)];
    const to = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (let k = 0; k < rows.length; ) {
      let end = runEnd(rows, k);
      if (end - k < straight) {
        const [run, last] = [end, rows[k]! + most];
        while (end < rows.length && rows[end]! < last) end++;
        if (end > run) {
          this.#readPiece(part, rows.subarray(k, end), to.subarray(k * rowBytes));
          k = end;
          continue;
        }
      }
      readBytes(part, rows[k]!, rowBytes, to.subarray(k * rowBytes, end * rowBytes));
      k = end;
    }
  }

  /** Reads the piece of file that holds these rows, and copies them from it. */
  #readPiece(part: Part, rows: Int32Array, to: Uint8Array): void {
    const rowBytes = this.#rowBytes(this.#dtype);
    this.#piece ??= new Uint8Array(PIECE_BYTES);
    const [first] = rows;
    const piece = this.#piece.subarray(0, (rows.at(-1)! - first! + 1) * rowBytes);
    readBytes(part, first!, rowBytes, piece);
    for (let k = 0; k < rows.length; ) {
      const end = runEnd(rows, k);
      const from = (rows[k]! - first!) * rowBytes;
      to.set(piece.subarray(from, from + (end - k) * rowBytes), k * rowBytes);
      k = end;
    }
  }

  #rowBytes(dtype: Dtype): number {
    return this.#d * (dtype === 'float32' ? 4 : 8);
  }
}

/** Positions in a block of candidates, given by their places, as far as they come before `end`. */
function rowsWithin(which: Int32Array, places: Int32Array, from: number, end: number): Int32Array {
  const rows = new Int32Array(Math.min(places.length, from + which.length - places[0]!));
  let count = 0;
  for (; count < rows.length; count++) {
    const at = places[count]! - from;
    if (at >= which.length || which[at]! >= end) break;
    rows[count] = which[at]!;
  }
  return rows.subarray(0, count);
}

/** Where the rows end that follow one another from the `k`-th on. */
function runEnd(rows: Int32Array, k: number): number {
  let end = k + 1;
  while (end < rows.length && rows[end]! - rows[k]! === end - k) end++;
  return end;
}

/** Reads consecutive rows of a part, from a position in its block on. */
function readBytes({ file, position, first }: Part, row: number, rowBytes: number, into: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = into;
  const { descriptor, name } = file;
  readParts(buffer, [{ descriptor, position: position + (row - first) * rowBytes, byteOffset, byteLength, name }]);
}
