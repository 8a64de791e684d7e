/** A column of ones beside those of a matrix, with which leverage scores are those of a regression with an intercept. */

import { dataError, usageError } from '../errors.js';
import type { ExpectedColumns } from './column-names.js';
import { MAX_COLUMNS } from './limits.js';
import type { MatrixReader } from './row-block.js';
import { PLAIN } from './units.js';

/** What the column is called. */
export const INTERCEPT = '(intercept)';

/** The expected columns without that of ones, which no file has. */
export function withoutIntercept(like: ExpectedColumns | undefined): ExpectedColumns | undefined {
  if (!like?.names.includes(INTERCEPT)) return like;
  const others = <T>(of: readonly T[]): T[] => of.filter((_, j) => like.names[j] !== INTERCEPT);
  const { names, means, units } = like;
  return { ...like, names: others(names), means: means && others(means), units: units && others(units) };
}

/**
 * A reader of the same rows, each with a 1 behind its values.
 * @throws LevattnError where it has heads, or no room for one more column
 */
export function withIntercept(reader: MatrixReader): MatrixReader {
  const { name, d, shape, columnNames } = reader;
  if (shape && shape.length > 2)
    throw usageError(`${name}: has heads, which --intercept does not go with; leave it out`);
  if (d >= MAX_COLUMNS) throw dataError(`${name}: ${d} columns leave no room for --intercept; ${MAX_COLUMNS} are read`);
  return {
    ...reader,
    description: `${reader.description}, and a column of ones`,
    d: d + 1,
    shape: shape && [shape[0]!, d + 1],
    columnNames: columnNames && {
      ...columnNames,
      names: [...columnNames.names, INTERCEPT],
      ...(columnNames.means && { means: [...columnNames.means, 1] }),
      ...(columnNames.units && { units: [...columnNames.units, PLAIN] }),
    },
    async read(into, maxRows, ids) {
      const rows = await reader.read(into, maxRows, ids);
      // From the last row on, each moves up by the ones of the rows before it.
      for (let i = rows - 1; i >= 0; i--) {
        into.copyWithin(i * (d + 1), i * d, (i + 1) * d);
        into[i * (d + 1) + d] = 1;
      }
      return rows;
    },
  };
}
