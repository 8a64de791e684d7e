/** Tables of integers alone: a column of row numbers or ids is a part of the matrix unless the user leaves it out, which is said. */

import type { MatrixReader } from '../../rows/row-block.js';
import { listed, shownColumn } from '../../text.js';

/** Names that columns of ids and row numbers have. */
const ID_NAME =
  /^(?:|unnamed: ?\d+|index|level_\d+|__index_level_\d+__|idx|row|row ?names?|no|nr|(?:.*[_ .-])?(?:id|ids|uuid|key))$|^[a-z]+(?:Id|ID)$/i;

/** Rows that must count on before a column is taken for row numbers. */
const COUNTED_ROWS = 3;

/**
 * A reader that looks at its first rows for columns that are called as ids are, or that count rows from 0 or 1.
 * @param reader - of integers that nobody chose
 * @param warn - told of them
 */
export function watchRowNumbers(reader: MatrixReader, warn: (message: string) => void): MatrixReader {
  const { d } = reader;
  const names = reader.columnNames?.names;
  let looked = false;
  return {
    ...reader,
    async read(into, maxRows, ids) {
      const rows = await reader.read(into, maxRows, ids);
      if (looked || rows === 0) return rows;
      looked = true;
      const counting = Array.from({ length: d }, (_, j) => j).filter((j) => {
        if (names && ID_NAME.test(names[j]!.trim())) return true;
        const first = into[j]!;
        const counts = (first === 0 || first === 1) && rows >= COUNTED_ROWS;
        for (let i = 1; counts && i < rows; i++) if (into[i * d + j] !== first + i) return false;
        return counts;
      });
      if (counting.length > 0 && d > 1) {
        const label = listed(
          counting.map((j) => (names?.[j] ? shownColumn(names[j]) : `${j}`)),
          10,
        );
        const one = counting.length === 1;
        const what = one ? `column ${label} looks` : `columns ${label} look`;
        warn(
          `${reader.name}: all columns are integers, and ${what} like row numbers or ids but ${one ? 'belongs' : 'belong'} to the matrix; leave ${one ? 'it' : 'them'} out with --columns or name ${one ? 'it' : 'them'} with --id-column`,
        );
      }
      return rows;
    },
  };
}
