/** What the numbers of a table's column count: files that are one matrix must agree, as days below seconds are no column of anything. */

import { dataError } from '../errors.js';
import { shownColumn } from '../text.js';
import type { ColumnOfTable, MatrixReader } from './row-block.js';

/** What dates and times are read as, by the beginning of their type; the longer of two beginnings first. */
const BY_TYPE: readonly (readonly [type: string, unit: string])[] = [
  ['Date', 'days since 1970-01-01'],
  ['Timestamp', 'seconds since 1970-01-01'],
  ['Time', 'seconds since midnight'],
  ['Duration', 'seconds'],
];

const NUMBERS: readonly string[] = ['floating', 'integer', 'boolean'];

/** What a column's numbers count; undefined where no value tells. */
function unitOf({ kind, type, unit }: ColumnOfTable): string | undefined {
  if (unit !== undefined) return `${unit} since 1970-01-01`;
  if (kind === 'time') return BY_TYPE.find(([beginning]) => type.startsWith(beginning))?.[1];
  return NUMBERS.includes(kind) ? 'plain numbers' : undefined;
}

/**
 * Refuses a matrix in which a column counts something else than in the first one.
 * @throws LevattnError naming both files and what they hold
 */
export function refuseOtherUnits(first: MatrixReader, reader: MatrixReader): void {
  if (reader === first || !first.picked || !reader.picked) return;
  for (const [j, position] of reader.picked.entries()) {
    const [column, before] = [reader.table?.[position], first.table?.[first.picked[j]!]];
    const [unit, expected] = [column && unitOf(column), before && unitOf(before)];
    if (unit === undefined || expected === undefined || unit === expected) continue;
    throw dataError(
      `${reader.name}: column ${column?.name === undefined ? position : shownColumn(column.name)} holds ${unit} where ${first.name} has ${expected}; write both with the same type`,
    );
  }
}
