/** Columns that an input must have, as those of an earlier part, of K, of a sketch or of a universal set: compared by name. */

import { dataError } from '../errors.js';
import { listed, shownColumn } from '../text.js';
import { areSameUnits, eitherUnit, PLAIN } from './units.js';

/** The columns of a row by name. */
export interface ColumnNames {
  readonly names: readonly string[];
  /** Whether the user chose them with `--columns`; else they were all columns of numbers. */
  readonly chosen: boolean;
  /** What was read in the place of missing values, where those were the columns' means: one each, finite. */
  readonly means?: readonly number[] | undefined;
  /** What the numbers count, one each, where a column holds dates or times, or its unit is not known; absent where all are plain numbers. */
  readonly units?: readonly string[] | undefined;
}

/** The columns that an input must have. */
export interface ExpectedColumns extends ColumnNames {
  /** What has them, for messages. */
  readonly of: string;
  /**
   * Whether the input may have none of the names, being another matrix whose columns are called differently: it is then taken by
   * position.
   */
  readonly otherNames?: boolean | undefined;
  /** Whether plain numbers may stand for dates and times, as in a pilot of numbers. */
  readonly numbersToo?: boolean | undefined;
}

/** The most names that a message lists. */
const LISTED = 12;

/** Whether columns can be told by names: each has one of its own. */
export const areTold = (names: readonly (string | undefined)[]): names is readonly string[] =>
  names.every((name) => name !== undefined && name !== '') && new Set(names).size === names.length;

/**
 * How the columns of two matrices that must be one differ by name, in whatever order; undefined where they do not, or one has no
 * names.
 */
export function differenceOfNames(one: ColumnNames | undefined, two: ColumnNames | undefined): string | undefined {
  if (!one || !two) return undefined;
  const missing = one.names.filter((name) => !two.names.includes(name));
  const fresh = two.names.filter((name) => !one.names.includes(name));
  return missing.length + fresh.length === 0 ? undefined : `other columns (${spellDifference(missing, fresh)})`;
}

/** How the means differ that were read in the place of missing values, by name; undefined where they do not, or one has none. */
export function differenceOfMeans(one: ColumnNames | undefined, two: ColumnNames | undefined): string | undefined {
  if (!one?.means || !two?.means) return undefined;
  for (const [j, name] of one.names.entries()) {
    const [mine, theirs] = [one.means[j], two.means[two.names.indexOf(name)]];
    if (theirs !== undefined && mine !== theirs) {
      return `other means in the place of missing values (${shownColumn(name)}: ${mine} and ${theirs}); give the same --pilot to all parts`;
    }
  }
  return undefined;
}

/** What a column of that name counts: plain numbers where nothing else is said. */
const unitNamed = ({ names, units }: ColumnNames, name: string): string =>
  units ? units[names.indexOf(name)]! : PLAIN;

/** How the units differ of columns that both have by name; undefined where they do not. */
export function differenceOfUnits(
  one: ColumnNames | undefined,
  two: ColumnNames | undefined,
): UnitDifference | undefined {
  if (!one || !two) return undefined;
  for (const name of one.names) {
    if (!two.names.includes(name)) continue;
    const units = [unitNamed(one, name), unitNamed(two, name)] as const;
    if (!areSameUnits(...units)) return { name, units };
  }
  return undefined;
}

/** A column that counts something else in two matrices. */
export interface UnitDifference {
  readonly name: string;
  readonly units: readonly [one: string, two: string];
}

/**
 * Refuses columns that count something else than those that are expected.
 * @param source - names the input that has them
 * @throws LevattnError naming both, and what they hold
 */
export function checkUnits(expected: ExpectedColumns, columns: ColumnNames | undefined, source: string): void {
  const different = differenceOfUnits(columns, expected);
  if (!different) return;
  const { name, units } = different;
  if (expected.numbersToo && units.includes(PLAIN)) return;
  throw dataError(
    `${source}: column ${shownColumn(name)} holds ${units[0]} where ${expected.of} has ${units[1]}; write both with the same type`,
  );
}

/** The columns of one, else of the other, with what either knows of means and units. */
export function withMoreOf(one: ColumnNames | undefined, two: ColumnNames | undefined): ColumnNames | undefined {
  if (!one || !two) return one ?? two;
  const { names } = one;
  const means = one.means ?? (two.means && names.map((name) => two.means![two.names.indexOf(name)]!));
  const units = names.map((name) => eitherUnit(unitNamed(one, name), unitNamed(two, name)));
  const { means: _, units: __, ...rest } = one;
  return { ...rest, ...(means && { means }), ...unitsBeside(units) };
}

/** Units as they are kept: not where all columns are of plain numbers. */
export const unitsBeside = (units: readonly string[]): Pick<ColumnNames, 'units'> =>
  units.every((unit) => unit === PLAIN) ? {} : { units };

/** Units as they are stored: one a column. */
export const areUnits = (value: unknown, columns: number): value is readonly string[] | undefined =>
  value === undefined ||
  (Array.isArray(value) && value.length === columns && value.every((unit) => typeof unit === 'string'));

/** Means as they are stored: one a column, finite. */
export const areMeans = (value: unknown, columns: number): value is readonly number[] | undefined =>
  value === undefined || (Array.isArray(value) && value.length === columns && value.every(Number.isFinite));

/** Where the columns of `one` are found among those of `two`, by name; undefined where they stand alike, or one has no names. */
export function orderByName(one: ColumnNames | undefined, two: ColumnNames | undefined): number[] | undefined {
  const order = one && two && one.names.map((name) => two.names.indexOf(name));
  return order?.every((place, j) => place === j) ? undefined : order;
}

/** What is said where columns are put in another order. */
export const otherOrder = (source: string, of: string): string =>
  `${source}: its columns are in another order than those of ${of}; they are put in that order, by name`;

/**
 * Whether names are those that are expected, in whatever order; false where they are others altogether, and may be.
 * @param source - names the input that has them
 * @throws LevattnError that lists what is missing and what is new
 */
export function checkNames(expected: ExpectedColumns, names: readonly string[], source: string): boolean {
  const missing = expected.names.filter((name) => !names.includes(name));
  const fresh = names.filter((name) => !expected.names.includes(name));
  if (missing.length === 0 && fresh.length === 0) return true;
  if (expected.otherNames && missing.length === expected.names.length) return false;
  throw dataError(
    `${source}: its columns are not those of ${expected.of} (${spellDifference(missing, fresh)}); choose the same ones with --columns, by name or by 0-based position`,
  );
}

const spellDifference = (missing: readonly string[], fresh: readonly string[]): string =>
  [
    ...(missing.length > 0 ? [`missing: ${list(missing)}`] : []),
    ...(fresh.length > 0 ? [`new: ${list(fresh)}`] : []),
  ].join('; ');

const list = (names: readonly string[]): string => listed(names.map(shownColumn), LISTED);
