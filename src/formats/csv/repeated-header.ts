/** A header of numbers that comes again among the rows, as where files were joined: no row of text would pass for one. */

import { dataError } from '../../errors.js';
import type { ColumnChoice } from './columns.js';
import { type Decimal, numberFromText } from './number.js';
import type { ReadRows } from './read-rows.js';

/** Fewer columns may be like their names by chance. */
const LEAST = 3;

/**
 * Reads rows and compares them with the names of their columns, where those are numbers over fractions.
 * @throws LevattnError where a row is the header again
 */
export function refuseHeaderAgain(read: ReadRows, choice: ColumnChoice, decimal: Decimal, name: string): ReadRows {
  const { names, picked, columns } = choice;
  const header = picked.map((position) => numberFromText(names?.[position] ?? '', decimal) ?? Number.NaN);
  const d = header.length;
  const isTold = picked.some((position) => columns[position]!.kind === 'floating');
  if (!isTold || d < LEAST || header.some(Number.isNaN)) return read;
  let done = 0;
  return async (into, maxRows, ids) => {
    const rows = await read(into, maxRows, ids);
    for (let i = 0; i < rows; i++) {
      if (into[i * d] === header[0] && header.every((value, j) => into[i * d + j] === value)) {
        throw dataError(
          `${name}: row ${done + i}, counted from 0, is the header again, as where files were joined; delete that line, or give the ` +
            'files one by one',
        );
      }
    }
    done += rows;
    return rows;
  };
}
