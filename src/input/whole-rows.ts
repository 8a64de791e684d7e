/** Some rows of a table with all their columns, those that are no part of the matrix, too: numbers, words, dates. */

import { isMissing } from '../formats/csv/number.js';
import type { ColumnOfTable } from '../rows/row-block.js';
import { type IdType, type RowId, RowIds } from '../rows/row-ids.js';
import { listed, shownColumn } from '../text.js';
import { type PartedColumn, partedColumns } from './columns-of-parts.js';
import { Input } from './input.js';
import { type Notices, SILENT } from './notices.js';
import type { InputOptions } from './options.js';
import { exactColumn, mayBeRounded, numbersColumn, type RowsColumn } from './whole-columns.js';

/** The rows. */
export interface WholeRows {
  /** What they are called, where a column says so. */
  readonly ids: { readonly type: IdType; readonly cells: RowId[] } | undefined;
  /** In the order of the table, without that of the ids. */
  readonly columns: readonly RowsColumn[];
}

/** Kinds of columns that are read as numbers. */
export const NUMBERS: ReadonlySet<string> = new Set(['floating', 'boolean', 'integer', 'time']);

/** Types of columns that are read as words; in CSV everything is. */
const WORDS = /^(?:Dictionary<)?(?:Large)?Utf8(?:View)?>?$|^Text$/;

/** What JSON holds besides numbers and text; it is written as JSON. */
const OF_JSON = /^(?:Mixed|Object|List|List<(?:Integer|Number)>)$/;

/** Types of whole numbers that float64 may round. */
const WIDE = /^(?:Ui|I)nt64$/;

/** Numbers of CSV and JSON, as which a column is recognised by its first rows: words may follow. */
const BY_SAMPLE = /^(?:floating|integer|boolean|Number|Integer|Boolean|)$/;

/** The type of whole numbers in JSON. */
const JSON_INTEGER = 'Integer';

/**
 * Reads the rows, in one reading.
 * @param tables - the columns of each file
 * @param wanted - their global 0-based indices, ascending
 * @param given - columns that are had already, and not read
 * @throws LevattnError where a file cannot be read
 */
export async function wholeRows(
  paths: readonly string[],
  tables: readonly (readonly ColumnOfTable[])[],
  wanted: Float64Array,
  options: InputOptions,
  notices: Notices,
  given: ReadonlySet<string> = new Set(),
): Promise<WholeRows> {
  const columns = partedColumns(tables);
  const all = columns.filter(({ name }) => name !== options.idColumn && !given.has(name));
  const words = all.filter(({ parts }) => parts.some((part) => part && isWords(part)));
  const numeric = all.filter((column) => NUMBERS.has(column.first.kind) && !words.includes(column));
  const exact = numeric.filter(({ first: { type } }) => WIDE.test(type) || BY_SAMPLE.test(type));
  const rest = all.filter((column) => !words.includes(column) && !numeric.includes(column));
  if (rest.length > 0) {
    const labels = rest.map(({ name, first }) => `${shownColumn(name)} (${first.type})`);
    notices.warn(
      `${paths[0]}: ${listed(labels, 12)} left out of the rows that are written; numbers, words and dates are written`,
    );
  }
  const anchors = columns.filter(({ name, first }) => name !== options.idColumn && NUMBERS.has(first.kind));
  const found = await readAt(paths, { numeric, beside: [...words, ...exact], anchors }, wanted, options);
  const whole = all.flatMap((column): RowsColumn[] => {
    const { name, first } = column;
    if (words.includes(column)) return [{ name, type: 'utf8', cells: found.cells.get(name)!.map(String) }];
    const values = found.values.get(name);
    if (!values) return [];
    const cells = found.cells.get(name);
    if (
      cells &&
      BY_SAMPLE.test(first.type) &&
      cells.some((cell, i) => Number.isNaN(values[i]) && !isMissing(`${cell}`))
    ) {
      return [{ name, type: 'utf8', cells: cells.map(String) }];
    }
    if (first.kind !== 'integer' || !mayBeRounded(values)) return [numbersColumn(first, name, values)];
    if (cells && first.type !== JSON_INTEGER) return [exactColumn(first, name, cells, values)];
    if (first.type === JSON_INTEGER) {
      notices.warn(
        `${paths[0]}: whole numbers beyond 2^53 in column ${shownColumn(name)} are rounded; write them as text to keep their digits`,
      );
    }
    return [numbersColumn(first, name, values)];
  });
  const ids = options.idColumn === undefined ? undefined : { type: found.idType!, cells: found.ids };
  return { ids, columns: whole };
}

/** In CSV a column of text is one of which it is not known what it is; in JSON dates are text, and so is all that is no number. */
const isWords = ({ kind, type }: ColumnOfTable): boolean =>
  kind === 'unsure' || ((kind === 'other' || kind === 'time') && WORDS.test(type)) || OF_JSON.test(type);

/** What is read of the rows. */
interface Wanted {
  readonly numeric: readonly PartedColumn[];
  readonly beside: readonly PartedColumn[];
  /** Any of these is read where a part has none of the numeric ones: a matrix has a column. */
  readonly anchors: readonly PartedColumn[];
}

/** What has been read. */
interface Found {
  /** By column; NaN where a value, or the column, is missing. */
  readonly values: ReadonlyMap<string, Float64Array>;
  /** By column; empty text where the column is missing. */
  readonly cells: ReadonlyMap<string, RowId[]>;
  readonly ids: RowId[];
  readonly idType: IdType | undefined;
}

/** Reads one part after another, each for the columns it has; rows that are not wanted are passed over. */
async function readAt(
  paths: readonly string[],
  { numeric, beside, anchors }: Wanted,
  rows: Float64Array,
  options: InputOptions,
): Promise<Found> {
  const empty = (): Float64Array => new Float64Array(rows.length).fill(Number.NaN);
  const values = new Map(numeric.map(({ name }) => [name, empty()]));
  const cells = new Map(beside.map(({ name }) => [name, new Array<RowId>(rows.length).fill('')]));
  const ids: RowId[] = [];
  let idType: IdType | undefined;
  let next = 0;
  let start = 0;
  for (const [part, path] of paths.entries()) {
    if (next === rows.length) break;
    const inPart = (columns: readonly PartedColumn[]): string[] =>
      columns.filter(({ parts }) => parts[part]).map(({ name }) => name);
    const numbers = inPart(numeric);
    const others = inPart(beside);
    const picked = numbers.length > 0 ? numbers : inPart(anchors).slice(0, 1);
    const input = new Input([path], { ...optionsFor(options, picked), beside: others, role: 'K' }, SILENT);
    const { d, dtype } = await input.head();
    idType ??= input.idType;
    const source = input.rows();
    const row = new (dtype === 'float32' ? Float32Array : Float64Array)(d);
    const held = new RowIds(others.length);
    let at = start;
    for (; next < rows.length; next++) {
      at += await source.skip(rows[next]! - at);
      held.clear();
      if (at < rows[next]! || (await source.read(() => row, 1, held)) === 0) break;
      at++;
      for (const [j, name] of numbers.entries()) values.get(name)![next] = row[j]!;
      for (const [j, name] of others.entries()) cells.get(name)![next] = held.beside[j]!.at(0);
      if (input.idType) ids.push(held.at(0));
    }
    start = at;
    await input.close();
  }
  return { values, cells, ids, idType };
}

/** How a part is read: for its numbers, or, where it has none but those of lists, as K was. */
const optionsFor = (options: InputOptions, columns: readonly string[]): InputOptions => ({
  ...options,
  ...(columns.length > 0 && { columns, column: undefined, exclude: undefined }),
  ...{ intercept: undefined, missing: undefined, like: undefined },
  nan: 'skip',
  wordsLack: true,
});
