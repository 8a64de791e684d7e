/** Some rows of a table with all their columns, those that are no part of the matrix, too: numbers, words, dates. */

import { areTold } from '../rows/column-names.js';
import type { ColumnOfTable } from '../rows/row-block.js';
import type { IdType, RowId } from '../rows/row-ids.js';
import { count, listed, shownColumn } from '../text.js';
import { Input } from './input.js';
import { type Notices, SILENT } from './notices.js';
import type { InputOptions } from './options.js';

/** A column of the rows. */
export interface RowsColumn {
  readonly name: string;
  readonly type: 'float64' | IdType;
  /** NaN and the empty text stand for what is missing. */
  readonly cells: Float64Array | RowId[];
}

/** The rows. */
export interface WholeRows {
  /** What they are called, where a column says so. */
  readonly ids: { readonly type: IdType; readonly cells: RowId[] } | undefined;
  /** In the order of the table, without that of the ids. */
  readonly columns: readonly RowsColumn[];
  /** How often the table was read for them. */
  readonly readings: number;
}

/** Kinds of columns that are read as numbers. */
const NUMBERS: ReadonlySet<string> = new Set(['floating', 'boolean', 'integer', 'time']);

/** Types of columns that are read as words; in CSV everything is text. */
const WORDS = /^(?:Large)?Utf8(?:View)?$|^Text$/;

const DAY_SECONDS = 86_400;

/**
 * Reads the rows: once for the numbers, and once for each column of words.
 * @param table - the columns of the first file
 * @param wanted - their global 0-based indices, ascending
 * @throws LevattnError where a file cannot be read
 */
export async function wholeRows(
  paths: readonly string[],
  table: readonly ColumnOfTable[],
  wanted: Float64Array,
  options: InputOptions,
  notices: Notices,
): Promise<WholeRows> {
  const names = table.map(({ name }) => name);
  const told = areTold(names.filter((name) => name !== '' || names.length === 1));
  const entry = (position: number): string => (told && names[position] ? names[position]! : `${position}`);
  const idPosition =
    options.idColumn === undefined ? -1 : table.findIndex(({ name }, i) => (name ?? `${i}`) === options.idColumn);
  const positions = [...table.keys()].filter((position) => position !== idPosition);
  const words = positions.filter((position) => isWords(table[position]!));
  const numeric = positions.filter((position) => NUMBERS.has(table[position]!.kind) && !words.includes(position));
  const rest = positions.filter((position) => !numeric.includes(position) && !words.includes(position));
  if (rest.length > 0) {
    const labels = rest.map(
      (position) => `${shownColumn(names[position] ?? `${position}`)} (${table[position]!.type})`,
    );
    notices.warn(
      `${paths[0]}: ${listed(labels, 12)} left out of the rows that are written; numbers, words and dates are written`,
    );
  }
  const own: InputOptions = {
    ...options,
    columns: numeric.map(entry),
    ...{ column: undefined, exclude: undefined, intercept: undefined, missing: undefined, like: undefined },
    nan: 'skip',
  };
  let readings = 0;
  const read = (as: InputOptions, d: number) => {
    readings++;
    return rowsAt(paths, wanted, as, d);
  };
  const first = await read(own, numeric.length);
  const columns = new Map<number, RowsColumn>();
  for (const [j, position] of numeric.entries()) {
    const values = Float64Array.from(wanted, (_, i) => first.values[i * numeric.length + j]!);
    const name = entry(position);
    columns.set(
      position,
      isBeyondFloats(table[position]!, values)
        ? await exactColumn(position, name, values)
        : numbersColumn(table[position]!, name, values),
    );
  }
  for (const position of words) {
    const asIds = { ...own, columns: [entry(numeric[0]!)], idColumn: entry(position), idsMayLack: true };
    const { ids } = await read(asIds, 1);
    columns.set(position, { name: entry(position), type: 'utf8', cells: ids.map(String) });
  }
  /** Whole numbers that float64 rounds, as ids are read: all their digits. */
  async function exactColumn(position: number, name: string, values: Float64Array): Promise<RowsColumn> {
    const other = numeric.find((one) => one !== position);
    if (table[position]!.type === JSON_INTEGER || other === undefined) {
      notices.warn(
        `${paths[0]}: whole numbers beyond 2^53 in column ${shownColumn(name)} are rounded; write them as text to keep their digits`,
      );
      return numbersColumn(table[position]!, name, values);
    }
    const asIds = { ...own, columns: [entry(other)], idColumn: entry(position), idsMayLack: true };
    const { ids, idType } = await read(asIds, 1);
    return wholeColumn(name, ids, idType!, values);
  }

  const ids = options.idColumn === undefined ? undefined : { type: first.idType!, cells: first.ids };
  return { ids, columns: positions.flatMap((position) => columns.get(position) ?? []), readings };
}

/** In CSV a column of text is one of which it is not known what it is; in JSON dates are text. */
const isWords = ({ kind, type }: ColumnOfTable): boolean =>
  kind === 'unsure' || ((kind === 'other' || kind === 'time') && WORDS.test(type));

/** Values and ids of the rows, in one reading. */
async function rowsAt(
  paths: readonly string[],
  wanted: Float64Array,
  options: InputOptions,
  d: number,
): Promise<{ readonly values: Float64Array; readonly ids: RowId[]; readonly idType: IdType | undefined }> {
  const input = new Input(paths, { ...options, role: 'K' }, SILENT);
  const values = new Float64Array(wanted.length * d);
  const ids: RowId[] = [];
  let next = 0;
  for await (const block of input.rows()) {
    for (; next < wanted.length && wanted[next]! < block.start + block.rows; next++) {
      const row = wanted[next]! - block.start;
      values.set(block.values.subarray(row * d, (row + 1) * d), next * d);
      if (block.ids) ids.push(block.ids.at(row)!);
    }
    if (next === wanted.length) break;
  }
  await input.close();
  return { values, ids, idType: input.idType };
}

/** The type of whole numbers in JSON, whose readers know no others than float64. */
const JSON_INTEGER = 'Integer';

/** Whether whole numbers may have been rounded. */
const isBeyondFloats = ({ kind }: ColumnOfTable, values: Float64Array): boolean =>
  kind === 'integer' && values.some((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER);

/** Whole numbers with all their digits; as text where one is missing, which whole numbers cannot say, or has more than 64 bits. */
function wholeColumn(name: string, ids: readonly RowId[], idType: IdType, values: Float64Array): RowsColumn {
  const digits = ids.map((id, i) => (Number.isNaN(values[i]) ? '' : String(id).trim()));
  const asText: RowsColumn = { name, type: 'utf8', cells: digits };
  if (!digits.every((text) => /^[+-]?\d+$/.test(text))) return asText;
  const cells = digits.map((text) => BigInt(text.replace('+', '')));
  const allFit = (as: (bits: number, value: bigint) => bigint): boolean => cells.every((cell) => as(64, cell) === cell);
  if (idType !== 'uint64' && allFit(BigInt.asIntN)) return { name, type: 'int64', cells };
  return allFit(BigInt.asUintN) ? { name, type: 'uint64', cells } : asText;
}

/** Whole numbers stay whole, and dates are written as such. */
function numbersColumn({ kind, type }: ColumnOfTable, name: string, values: Float64Array): RowsColumn {
  if (kind === 'integer' && values.every((value) => Number.isSafeInteger(value))) {
    return { name, type: 'int64', cells: Array.from(values, BigInt) };
  }
  if (kind === 'time' && type === 'Date') return { name, type: 'utf8', cells: Array.from(values, dateText) };
  if (kind === 'time' && type === 'Timestamp') return { name, type: 'utf8', cells: Array.from(values, timestampText) };
  return { name, type: 'float64', cells: values };
}

/** A number of days as ISO 8601. */
const dateText = (days: number): string =>
  Number.isNaN(days) ? '' : new Date(1000 * DAY_SECONDS * days).toISOString().slice(0, 10);

/** A number of seconds as ISO 8601 in UTC, to the microsecond. */
function timestampText(seconds: number): string {
  if (Number.isNaN(seconds)) return '';
  const whole = Math.floor(seconds);
  const micros = Math.min(999_999, Math.round(1e6 * (seconds - whole)));
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
  return new Date(1000 * whole).toISOString().replace(/\.\d+Z$/, `${fraction}Z`);
}

/** How many rows there are, in words. */
export const spellRows = (rows: number): string => `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
