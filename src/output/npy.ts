/**
 * npy: the index alone, as int64: of one column, so that `K[np.load(FILE)]` picks its rows, or of several, for
 * `K[tuple(np.load(FILE).T)]`. The header says how many rows there are, so everything is written at the end; until then each
 * number takes 8 bytes.
 */

import { encodeNpyHeader } from '../formats/npy.js';
import { uint64FromReals } from './integers.js';
import type { ByteSink, TableSchema, TableWriter } from './table.js';

/** Numbers kept in one piece. */
const PIECE = 1 << 16;

/** Writes the index columns of a table, which must be of type uint64, as an int64 array: (rows), or (rows, columns). */
export function npyWriter({ columns, index = 1 }: TableSchema, sink: ByteSink): TableWriter {
  if (!columns.slice(0, index).every(({ type }) => type === 'uint64')) {
    throw new RangeError('npy is for tables that begin with whole numbers');
  }
  const pieces: Float64Array[] = [];
  let length = 0;
  const add = (value: number): void => {
    const at = length % PIECE;
    if (at === 0) pieces.push(new Float64Array(PIECE));
    pieces[pieces.length - 1][at] = value;
    length++;
  };
  return {
    write: async (batch) => {
      for (let row = 0; row < batch.rows; row++) {
        for (let column = 0; column < index; column++) add(batch.columns[column][row] as number);
      }
    },
    end: async () => {
      await sink.write(encodeNpyHeader('<i8', index === 1 ? [length] : [length / index, index]));
      for (const [i, piece] of pieces.entries()) {
        const integers = uint64FromReals(piece.subarray(0, Math.min(PIECE, length - i * PIECE)));
        await sink.write(new Uint8Array(integers.buffer));
      }
    },
  };
}
