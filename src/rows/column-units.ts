/** What the numbers of a table's column count: files that are one matrix must agree, as days below seconds are no column of anything. */

import { dataError } from '../errors.js';
import { shownColumn } from '../text.js';
import type { ColumnOfTable, MatrixReader } from './row-block.js';
import { areSameUnits, PLAIN, UNKNOWN } from './units.js';

/** What dates and times are read as, by the beginning of their type; the longer of two beginnings first. */
const BY_TYPE: readonly (readonly [type: string, unit: string])[] = [
  ['Date', 'days since 1970-01-01'],
  ['Timestamp', 'seconds since 1970-01-01'],
  ['Time', 'seconds since midnight'],
  ['Duration', 'seconds'],
];

const NUMBERS: readonly string[] = ['floating', 'integer', 'boolean'];

/** What a column's numbers count. */
export function unitOf({ kind, type, unit }: ColumnOfTable): string {
  // Of CSV without rows nothing is known.
  if (type === '') return UNKNOWN;
  if (unit !== undefined) return `${unit} since 1970-01-01`;
  if (kind === 'time') return BY_TYPE.find(([beginning]) => type.startsWith(beginning))?.[1] ?? UNKNOWN;
  return NUMBERS.includes(kind) ? PLAIN : UNKNOWN;
}

/** What the columns of a matrix count, in its order; undefined where it is none of a table's columns. */
export const unitsOf = ({ table, picked }: Pick<MatrixReader, 'table' | 'picked'>): string[] | undefined =>
  table && picked?.map((position) => unitOf(table[position]!));

/** What the columns of matrices below one another count, as far as those before have told. */
export class SharedUnits {
  readonly #known = new Map<number, { readonly unit: string; readonly of: string }>();

  /**
   * Takes in the next matrix.
   * @throws LevattnError where a column counts something else than the one in its place before, naming both files and what they hold
   */
  add({ name: source, table, picked }: Pick<MatrixReader, 'name' | 'table' | 'picked'>): void {
    for (const [at, unit] of (unitsOf({ table, picked }) ?? []).entries()) {
      const before = this.#known.get(at);
      if (before && !areSameUnits(unit, before.unit)) {
        const position = picked![at]!;
        const { name } = table![position]!;
        throw dataError(
          `${source}: column ${name === undefined ? position : shownColumn(name)} holds ${unit} where ${before.of} has ${before.unit}; write both with the same type`,
        );
      }
      if (!before && unit !== UNKNOWN) this.#known.set(at, { unit, of: source });
    }
  }
}
