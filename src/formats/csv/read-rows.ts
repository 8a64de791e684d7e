/** What reads the rows of a CSV file into the matrix, and the one way that reads all of them: by the parser. */

import type { Values } from '../../rows/row-block.js';
import type { RowIds } from '../../rows/row-ids.js';
import type { ConsumeRow } from './row-consumer.js';
import type { CsvRow, RowSource } from './row-source.js';

/** As {@link MatrixReader.read}. */
export type ReadRows = (into: Values, maxRows: number, ids?: RowIds) => Promise<number>;

/** Rows that the parser splits into fields, and those between that nobody wants. */
export interface ParsedRows {
  readonly read: ReadRows;
  /** As {@link MatrixReader.skip}: what is passed over is not looked at. */
  skip(rows: number): Promise<number>;
}

/**
 * Reads rows that the parser has split into fields.
 *
 * @param d - columns of the matrix
 */
export function readParsedRows(source: RowSource, consume: ConsumeRow, d: number): ParsedRows {
  let rows: readonly CsvRow[] = [];
  let done = 0;
  /** Rows at hand, at most `most`. */
  const atHand = async (most: number): Promise<number> => {
    if (done === rows.length) {
      rows = await source.next();
      done = 0;
    }
    return Math.min(most, rows.length - done);
  };
  return {
    async read(into, maxRows, ids) {
      const count = await atHand(maxRows);
      for (let i = 0; i < count; i++) consume(rows[done + i]!, into, i * d, ids);
      done += count;
      return count;
    },
    async skip(most) {
      const passed = done === rows.length ? await source.skip(most) : 0;
      if (passed > 0) return passed;
      const count = await atHand(most);
      done += count;
      return count;
    },
  };
}
