/** The columns that were chosen, in one phrase for the user. */

import { type ColumnChoice, describeLeftOut } from './choose.js';
import { labelOf, type TableColumn } from './table-column.js';

/** More columns than these are named by the first and the last. */
const NAMED = 4;

/** What was chosen and what was left out: `column key: List<Float32>`, `2 Float32 columns x, y (left out: id (Int64))`. */
export function describeChoice(columns: readonly TableColumn[], { kind, picked, leftOut }: ColumnChoice): string {
  const left = describeLeftOut(columns, leftOut);
  const names = picked.map((position) => labelOf(columns, position));
  const types = [...new Set(picked.map((position) => columns[position]!.type))].join('/');
  const range = names.length > NAMED ? `${names[0]} to ${names.at(-1)}` : names.join(', ');
  const what =
    kind === 'list'
      ? `column ${range}: ${types}`
      : `${names.length} ${types} column${names.length === 1 ? '' : 's'} ${range}`;
  return left === '' ? what : `${what} (left out: ${left})`;
}
