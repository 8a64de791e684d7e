/** Lists of rows: a one-dimensional npy array of whole numbers, as `select-keys -o U.npy` writes it. */

import { dataError } from '../errors.js';
import type { ByteReader } from './bytes.js';
import { readNpyHeader } from './formats/npy/header.js';
import { readRowMajor } from './formats/rows.js';
import { allocate } from './row-block.js';

/** Elements read at a time. */
const PART = 2 ** 16;

/**
 * Reads a list of row indices.
 *
 * @returns the indices, ascending, each once
 * @throws LevattnError where the input is no such list, or breaks off
 */
export async function readRowList(bytes: ByteReader): Promise<Float64Array> {
  const { type, bigEndian, shape } = await readNpyHeader(bytes, 'C');
  if (type.floating || type.name === 'bool' || shape.length !== 1) {
    throw dataError(
      `${bytes.name}: ${type.name} array of shape (${shape.join(', ')}), but a list of rows is one of whole numbers, as select-keys -o U.npy writes it`,
    );
  }
  const readRows = readRowMajor(bytes, type, 1, bigEndian);
  const part = allocate(type.dtype, PART);
  const rows: number[] = [];
  while (rows.length < shape[0]) {
    const count = await readRows(part, Math.min(PART, shape[0] - rows.length));
    if (count === 0) throw bytes.breaksOff(`data ends at element ${rows.length} of ${shape[0]}`);
    for (const row of part.subarray(0, count)) rows.push(row);
  }
  const bad = rows.findIndex((row) => row < 0);
  if (bad >= 0) throw dataError(`${bytes.name}: element ${bad} is ${rows[bad]}; rows are counted from 0`);
  return Float64Array.from(new Set(rows)).sort();
}
