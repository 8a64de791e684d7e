/** Columns of chosen rows, as they are written: whole numbers whole, dates as dates, words as words. */

import type { ColumnOfTable } from '../rows/row-block.js';
import type { IdType, RowId } from '../rows/row-ids.js';

/** A column of the rows. */
export interface RowsColumn {
  readonly name: string;
  readonly type: 'float64' | IdType;
  /** NaN and the empty text stand for what is missing. */
  readonly cells: Float64Array | RowId[];
}

const DAY_SECONDS = 86_400;

/** A column of numbers. */
export function numbersColumn({ kind, type }: ColumnOfTable, name: string, values: Float64Array): RowsColumn {
  if (kind === 'integer' && values.every((value) => Number.isSafeInteger(value))) {
    return { name, type: 'int64', cells: Array.from(values, BigInt) };
  }
  if (kind === 'time' && type === 'Date') return { name, type: 'utf8', cells: Array.from(values, dateText) };
  if (kind === 'time' && type === 'Timestamp') return { name, type: 'utf8', cells: Array.from(values, timestampText) };
  return { name, type: 'float64', cells: values };
}

/** A number of such a column as text; NaN, which stands for what is missing, as the empty text. */
export function numberText({ kind, type }: ColumnOfTable, value: number): string {
  if (kind === 'time' && type === 'Date') return dateText(value);
  if (kind === 'time' && type === 'Timestamp') return timestampText(value);
  return Number.isNaN(value) ? '' : String(value).replace('Infinity', 'inf');
}

/** Whether whole numbers may have been rounded. */
export const mayBeRounded = (values: Float64Array): boolean =>
  values.some((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER);

/**
 * Whole numbers with all their digits; as text where one is missing, which whole numbers cannot say, or has more than 64 bits.
 * @param cells - the numbers as they stand in the table, whatever they are where one is missing
 * @param values - the same as float64, NaN where one is missing
 */
export function exactColumn(
  { type }: ColumnOfTable,
  name: string,
  cells: readonly RowId[],
  values: Float64Array,
): RowsColumn {
  const digits = cells.map((cell, i) => (Number.isNaN(values[i]) ? '' : String(cell).trim()));
  const asText: RowsColumn = { name, type: 'utf8', cells: digits };
  if (!digits.every((text) => /^[+-]?\d+$/.test(text))) return asText;
  const whole = digits.map((text) => BigInt(text.replace('+', '')));
  const allFit = (as: (bits: number, value: bigint) => bigint): boolean => whole.every((cell) => as(64, cell) === cell);
  if (!type.startsWith('U') && allFit(BigInt.asIntN)) return { name, type: 'int64', cells: whole };
  return allFit(BigInt.asUintN) ? { name, type: 'uint64', cells: whole } : asText;
}

/** A number of days as ISO 8601. */
function dateText(days: number): string {
  const date = new Date(1000 * DAY_SECONDS * days);
  return Number.isNaN(days)
    ? ''
    : Number.isNaN(date.valueOf())
      ? `${days} days`
      : date.toISOString().replace(/T.*/, '');
}

/** A number of seconds as ISO 8601 in UTC, to the microsecond. */
function timestampText(seconds: number): string {
  if (Number.isNaN(seconds)) return '';
  const whole = Math.floor(seconds);
  const micros = Math.min(999_999, Math.round(1e6 * (seconds - whole)));
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
  const date = new Date(1000 * whole);
  return Number.isNaN(date.valueOf()) ? `${seconds} s` : date.toISOString().replace(/\.\d+Z$/, `${fraction}Z`);
}
