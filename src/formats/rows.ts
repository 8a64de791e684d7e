/** Rows from bytes: row-major as they come in pieces of any length, or column by column from a source that can seek. */

import type { LateReads } from '../rows/late-reads.js';
import type { Values } from '../rows/row-block.js';
import type { ByteReader, ByteSource } from './bytes/reader.js';
import { type ElementType, elementsIn, interleave, isVerbatim } from './elements.js';
import { createStaging, swapBytes } from './staging.js';

/**
 * Reads the next rows, at least one, at most `maxRows`, of those that the caller knows are left; 0 where the bytes end.
 * @param late - receives reads that are left to others, where rows are read straight into `into`
 */
export type ReadRows = (into: Values, maxRows: number, late?: LateReads) => Promise<number>;

/** Bytes staged at a time for conversion, where one row does not take more. */
const STAGING_BYTES = 1 << 20;
/** Bytes of a block of rows read column by column: long enough that each column's part is a read worth its call. */
const BLOCK_BYTES = 1 << 22;
/** The fewest rows of such a block, however many columns there are. */
const BLOCK_ROWS = 64;

/**
 * Rows that lie one after another from the reader's next byte on. Little-endian float32 and float64 are read straight
 * into the caller's array, everything else through one staging buffer. Never reads a byte past the rows asked for.
 */
export function readRowMajor(bytes: ByteReader, type: ElementType, d: number, bigEndian = false): ReadRows {
  const rowBytes = d * type.size;
  const readWhole = readWholeRows(bytes, rowBytes);
  if (isVerbatim(type) && !bigEndian) {
    return (into, maxRows, late) => readWhole(new Uint8Array(into.buffer, into.byteOffset, maxRows * rowBytes), late);
  }
  const stagedRows = Math.max(1, Math.floor(STAGING_BYTES / rowBytes));
  const staging = createStaging(type, stagedRows * rowBytes, bigEndian);
  return async (into, maxRows) => {
    const rows = await readWhole(staging.bytes.subarray(0, Math.min(maxRows, stagedRows) * rowBytes));
    staging.convert(rows * d, into);
    return rows;
  };
}

/** Reads whole rows to the beginning of `into`; the part of a row that came last is held for the next call. */
export function readWholeRows(
  bytes: ByteReader,
  rowBytes: number,
): (into: Uint8Array, late?: LateReads) => Promise<number> {
  const part = new Uint8Array(rowBytes);
  let held = 0;
  return async (into, late) => {
    into.set(part.subarray(0, held));
    const from = bytes.position - held;
    let filled = held;
    while (filled < rowBytes) {
      // Late, it is all that there is room for, which are whole rows.
      const count =
        (late?.mayWait && bytes.readLater(into.subarray(filled), late)) ||
        (await bytes.readSome(into.subarray(filled)));
      if (count === 0) return 0;
      filled += count;
    }
    const rows = Math.floor(filled / rowBytes);
    part.set(into.subarray(rows * rowBytes, filled));
    held = filled - rows * rowBytes;
    if (late?.origins) bytes.tellOrigin(from, into.subarray(0, rows * rowBytes), late.origins);
    return rows;
  };
}

/** A column whose elements lie in one piece. */
export interface ColumnAt {
  readonly type: ElementType;
  /** Where its first element is, as {@link ByteSource.readAt} counts. */
  readonly offset: number;
}

/** Rows of `n` from columns that each lie in one piece: a block of rows is one read for each column. */
export function readColumnMajor(
  readAt: NonNullable<ByteSource['readAt']>,
  columns: readonly ColumnAt[],
  n: number,
  bigEndian = false,
): ReadRows {
  const width = Math.max(...columns.map(({ type }) => type.size));
  const blockRows = Math.min(n, Math.max(BLOCK_ROWS, Math.floor(BLOCK_BYTES / (columns.length * width))));
  const block = new Uint8Array(columns.length * blockRows * width);
  const parts = columns.map(({ type }, j) => block.subarray(j * blockRows * width).subarray(0, blockRows * type.size));
  const converters = columns.map(({ type }, j) => elementsIn(type, parts[j]!));
  let from = 0;
  let to = 0;
  let loaded = 0;

  const loadBlock = async (rows: number): Promise<boolean> => {
    for (const [j, { type, offset }] of columns.entries()) {
      const part = parts[j]!.subarray(0, rows * type.size);
      if (!(await readFullyAt(readAt, part, offset + loaded * type.size))) return false;
      if (bigEndian) swapBytes(part, type.size);
    }
    loaded += rows;
    from = 0;
    to = rows;
    return true;
  };

  return async (into, maxRows) => {
    if (from === to && !(await loadBlock(Math.min(blockRows, n - loaded)))) return 0;
    const rows = Math.min(maxRows, to - from);
    interleave(converters, from, rows, into);
    from += rows;
    return rows;
  };
}

async function readFullyAt(
  readAt: NonNullable<ByteSource['readAt']>,
  into: Uint8Array,
  offset: number,
): Promise<boolean> {
  for (let filled = 0; filled < into.length; ) {
    const count = await readAt(into.subarray(filled), offset + filled);
    if (count === 0) return false;
    filled += count;
  }
  return true;
}
