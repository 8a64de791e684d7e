/** Whether the numbers of a file have decimal points or decimal commas, told from its first rows. */

import { type Decimal, isMissing, numberFromText } from './number.js';
import type { Fields } from './sample.js';

/** A number with one comma in it: decimals, or thousands where three digits follow. */
const WITH_COMMA = /^[+-]?(?:(\d+),(\d+)|,\d+)(?:[eE][+-]?\d+)?$/;
const GROUPED = /^[+-]?\d{1,3}(?:[.\u00a0\u202f]\d{3})+,\d+$/;
const WITH_POINT = /^[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Minus signs that do not stand in one of two columns alone by chance. */
const NEGATIVE = 5;

/** What the decimal sign is, and how sure that is. */
export interface DecimalSign {
  readonly decimal: Decimal;
  /** A field whose comma may as well set thousands apart, where there is no surer one. */
  readonly unclear?: string | undefined;
  /** Fields of two columns that have different signs. */
  readonly mixed?: readonly [comma: string, point: string] | undefined;
}

/**
 * The decimal sign that a file's fields have: commas where there are numbers with a comma in them and none with a point.
 * @param rows - their fields, as the delimiter sets them apart; a header may be among them
 */
export function decimalSignOf(rows: readonly Fields[]): DecimalSign {
  if (!rows.some((row) => row.some((field) => field.includes(',')))) return { decimal: '.' };
  let comma: string | undefined;
  let point: string | undefined;
  let unclear: string | undefined;
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  for (let position = 0; position < width; position++) {
    const fields = rows.map((row) => row[position]?.trim() ?? '').filter((field) => !isMissing(field));
    const points = fields.find((field) => WITH_POINT.test(field));
    point ??= points;
    const commas = fields.filter((field) => WITH_COMMA.test(field) || GROUPED.test(field));
    // A column of texts of which some look like that says nothing.
    if (points !== undefined || 2 * commas.length < fields.length) continue;
    const sure = commas.find(isDecimal);
    comma ??= sure;
    if (sure === undefined) unclear ??= commas[0];
  }
  if (comma === undefined && unclear === undefined) return { decimal: '.' };
  if (point !== undefined) return { decimal: '.', mixed: comma === undefined ? undefined : [comma, point] };
  return { decimal: ',', unclear: comma === undefined ? unclear : undefined };
}

/** Whether a comma can only be a decimal one. */
function isDecimal(field: string): boolean {
  const [, whole, fraction] = WITH_COMMA.exec(field) ?? [];
  // No thousands are led by zeros, of more than three digits, or followed by others than three.
  return whole === undefined || fraction!.length !== 3 || whole.length > 3 || whole.startsWith('0');
}

/**
 * A pair of fields that may be the halves of numbers with decimal commas: whole numbers alone, in pairs of which the second has no
 * sign, some of them as only a fraction is written (`05`), or behind a `-0`, or several of the first with a minus.
 * @param rows - fields that commas set apart
 */
export function halvesAmong(rows: readonly Fields[]): readonly [string, string] | undefined {
  const data = rows.filter((row) => row.some((field) => numberFromText(field) !== undefined));
  let found: readonly [string, string] | undefined;
  let negative = 0;
  for (const row of data) {
    if (row.length % 2 > 0) return undefined;
    for (let i = 0; i < row.length; i += 2) {
      const [whole, fraction] = [row[i]!.trim(), row[i + 1]!.trim()];
      if (!/^[+-]?\d+$/.test(whole) || !/^\d+(?:[eE][+-]?\d+)?$/.test(fraction)) return undefined;
      if (whole === '-0' || /^0\d/.test(fraction) || /e/i.test(fraction)) found ??= [whole, fraction];
      if (whole.startsWith('-') && ++negative === NEGATIVE) found ??= [whole, fraction];
    }
  }
  return found;
}
