/** What reads the rows of a CSV file into the matrix, and the one way that reads all of them: by the parser. */

import type { Values } from '../../rows/row-block.js';
import type { RowIds } from '../../rows/row-ids.js';
import type { ConsumeRow } from './row-consumer.js';
import type { CsvRow, RowSource } from './row-source.js';

/** As {@link MatrixReader.read}. */
export type ReadRows = (into: Values, maxRows: number, ids?: RowIds) => Promise<number>;

/**
 * Reads rows that the parser has split into fields.
 *
 * @param d - columns of the matrix
 */
export function readParsedRows(source: RowSource, consume: ConsumeRow, d: number): ReadRows {
  let rows: readonly CsvRow[] = [];
  let done = 0;
  return async (into, maxRows, ids) => {
    if (done === rows.length) {
      rows = await source.next();
      done = 0;
    }
    const count = Math.min(maxRows, rows.length - done);
    for (let i = 0; i < count; i++) consume(rows[done + i]!, into, i * d, ids);
    done += count;
    return count;
  };
}
