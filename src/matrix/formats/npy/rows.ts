/** The rows of an npy array: in C order as they come, in Fortran order column by column from a file that can seek. */

import { dataError } from '../../../errors.js';
import type { ByteReader, ByteSource } from '../../bytes.js';
import type { Values } from '../../row-block.js';
import { convertElements, type ElementType, isVerbatim } from '../elements.js';
import { wholeRows } from '../whole-rows.js';

/** The array's data: n rows of d elements from the reader's next byte on. */
export interface NpyData {
  readonly bytes: ByteReader;
  readonly type: ElementType;
  readonly bigEndian: boolean;
  readonly n: number;
  readonly d: number;
}

/** Reads the next rows, at most `maxRows` and at most what is left; 0 where the data break off. */
export type ReadRows = (into: Values, maxRows: number) => Promise<number>;

/** Bytes staged at a time for conversion, where one row does not take more. */
const STAGING_BYTES = 1 << 20;
/** Bytes of a block of rows in Fortran order: long enough that each column's part is a read worth its call. */
const FORTRAN_BLOCK_BYTES = 1 << 22;
/** The fewest rows of such a block, however many columns there are. */
const FORTRAN_BLOCK_ROWS = 64;

/** Rows in C order. Little-endian float32 and float64 are read straight into the caller's array. */
export function readCOrder({ bytes, type, bigEndian, d }: NpyData): ReadRows {
  const rowBytes = d * type.size;
  const rows = wholeRows(bytes, rowBytes);
  if (isVerbatim(type) && !bigEndian) {
    return (into, maxRows) => rows.read(new Uint8Array(into.buffer, into.byteOffset, maxRows * rowBytes));
  }
  const stagedRows = Math.max(1, Math.floor(STAGING_BYTES / rowBytes));
  const staging = Buffer.from(new ArrayBuffer(stagedRows * rowBytes));
  return async (into, maxRows) => {
    const count = await rows.read(staging.subarray(0, Math.min(maxRows, stagedRows) * rowBytes));
    const read = staging.subarray(0, count * rowBytes);
    if (bigEndian) swapBytes(read, type.size);
    convertElements(type, read, count * d, into, 0, 1);
    return count;
  };
}

/**
 * Rows in Fortran order: each column lies in one piece, n elements long, so a block of rows is d reads at d places.
 * The reader itself moves past the data when the last row has been read.
 * @throws LevattnError where the source cannot seek
 */
export function readFortranOrder({ bytes, type, bigEndian, n, d }: NpyData): ReadRows {
  const readAt = bytes.source.readAt;
  if (!readAt) {
    throw dataError(
      `${bytes.name}: the array is in Fortran order, whose rows are complete only at the end of a pipe; name the file itself, or save it with np.save(FILE, np.ascontiguousarray(a))`,
    );
  }
  const start = bytes.position;
  const mostRows = Math.max(FORTRAN_BLOCK_ROWS, Math.floor(FORTRAN_BLOCK_BYTES / (d * type.size)));
  const blockRows = Math.min(n, mostRows);
  const column = Buffer.from(new ArrayBuffer(blockRows * type.size));
  let block: Values | undefined;
  let from = 0;
  let to = 0;
  let done = 0;

  const fillBlock = async (rows: number): Promise<boolean> => {
    block ??= type.dtype === 'float32' ? new Float32Array(blockRows * d) : new Float64Array(blockRows * d);
    const part = column.subarray(0, rows * type.size);
    for (let j = 0; j < d; j++) {
      if (!(await readFullyAt(readAt, part, start + (j * n + done) * type.size))) return false;
      if (bigEndian) swapBytes(part, type.size);
      convertElements(type, part, rows, block, j, d);
    }
    from = 0;
    to = rows;
    return true;
  };

  return async (into, maxRows) => {
    if (from === to && !(await fillBlock(Math.min(blockRows, n - done)))) return 0;
    const count = Math.min(maxRows, to - from);
    into.set(block!.subarray(from * d, (from + count) * d));
    from += count;
    done += count;
    if (done === n) await bytes.skip(n * d * type.size);
    return count;
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

function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
}
