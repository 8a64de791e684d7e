/**
 * npy: the first column alone, as int64, so that `K[np.load(FILE)]` picks its rows. The header says how many there are,
 * so everything is written at the end; until then each row takes 8 bytes.
 */

import { encodeNpyHeader } from '../matrix/formats/npy.js';
import { uint64FromReals } from './integers.js';
import type { ByteSink, TableSchema, TableWriter } from './table.js';

/** Rows kept in one piece. */
const PIECE = 1 << 16;

/** Writes the first column of a table, which must be of type uint64, as a one-dimensional int64 array. */
export function npyWriter(schema: TableSchema, sink: ByteSink): TableWriter {
  if (schema.columns[0]?.type !== 'uint64') throw new RangeError('npy is for tables that begin with whole numbers');
  const pieces: Float64Array[] = [];
  let rows = 0;
  const add = (value: number): void => {
    const at = rows % PIECE;
    if (at === 0) pieces.push(new Float64Array(PIECE));
    pieces[pieces.length - 1][at] = value;
    rows++;
  };
  return {
    write: async (batch) => {
      for (let row = 0; row < batch.rows; row++) add(batch.columns[0][row] as number);
    },
    end: async () => {
      await sink.write(encodeNpyHeader('<i8', [rows]));
      for (const [i, piece] of pieces.entries()) {
        const integers = uint64FromReals(piece.subarray(0, Math.min(PIECE, rows - i * PIECE)));
        await sink.write(new Uint8Array(integers.buffer));
      }
    },
  };
}
