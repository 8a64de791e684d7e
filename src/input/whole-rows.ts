/** Some rows of a table with all their columns, those that are no part of the matrix, too: numbers, words, dates. */

import { dataError } from '../errors.js';
import { isMissing } from '../formats/csv/number.js';
import type { ColumnOfTable } from '../rows/row-block.js';
import { type IdType, type RowId, RowIds } from '../rows/row-ids.js';
import { listed, shownColumn } from '../text.js';
import { type PartedColumn, partedColumns } from './columns-of-parts.js';
import {
  type DecimalColumn,
  type DecimalShape,
  decimalShape,
  decimalsOfNumbers,
  decimalsOfText,
} from './decimal-columns.js';
import { Input } from './input.js';
import { type Notices, SILENT } from './notices.js';
import type { InputOptions } from './options.js';
import { BY_SAMPLE, cellsOfPart, isOfSeveralUnits, isWords, NUMBERS } from './part-cells.js';
import { exactColumn, mayBeRounded, numbersColumn, type RowsColumn } from './whole-columns.js';

/** The rows. */
export interface WholeRows {
  /** What they are called, where a column says so. */
  readonly ids: { readonly type: IdType; readonly cells: RowId[] } | undefined;
  /** In the order of the table, without that of the ids. */
  readonly columns: readonly (RowsColumn | DecimalColumn)[];
}

/** Types of whole numbers that float64 may round. */
const WIDE = /^(?:Ui|I)nt64$/;

/** Decimals that cannot be read digit by digit. */
const LONG_DECIMAL = /Decimal\d*\((?:1[6-9]|[2-9]\d),/;

/** The type of whole numbers in JSON. */
const JSON_INTEGER = 'Integer';

/**
 * Reads the rows, in one reading.
 * @param tables - the columns of each file
 * @param wanted - their global 0-based indices, ascending
 * @param given - columns that are had already, and not read
 * @param known - a column of the matrix as it was read, by which the rows are told
 * @throws LevattnError where a file cannot be read, or the files are not those that the rows were chosen of
 */
export async function wholeRows(
  paths: readonly string[],
  tables: readonly (readonly ColumnOfTable[])[],
  wanted: Float64Array,
  options: InputOptions,
  notices: Notices,
  given: ReadonlySet<string> = new Set(),
  known?: KnownColumn,
): Promise<WholeRows> {
  const columns = partedColumns(tables);
  const all = columns.filter(({ name }) => name !== options.idColumn && !given.has(name));
  const words = all.filter((column) => column.parts.some((part) => part && isWords(part)) || isOfSeveralUnits(column));
  const numeric = all.filter((column) => NUMBERS.has(column.first.kind) && !words.includes(column));
  const decimals = new Map(numeric.flatMap((column) => entryOf(column.name, decimalShape(column))));
  const exact = numeric.filter(
    ({ name, first: { type } }) => WIDE.test(type) || BY_SAMPLE.test(type) || isReadAsText(decimals.get(name)),
  );
  const rest = all.filter((column) => !words.includes(column) && !numeric.includes(column));
  const anchors = columns.filter(({ name, first }) => name !== options.idColumn && NUMBERS.has(first.kind));
  const told = columns.filter(({ name }) => name === known?.name && !numeric.some((one) => one.name === name));
  const reading = { numeric: [...numeric, ...told], beside: [...words, ...exact], anchors };
  const found = await readAt(paths, reading, wanted, options);
  if (known) refuseOtherRows(found, known, wanted);
  if (rest.length > 0) {
    const labels = rest.map(({ name, first }) => `${shownColumn(name)} (${first.type})`);
    notices.warn(
      `${found.name}: ${listed(labels, 12)} left out of the rows that are written; numbers, words and dates are written`,
    );
  }
  const whole = all.flatMap((column): (RowsColumn | DecimalColumn)[] => {
    const { name, first } = column;
    if (words.includes(column)) return [{ name, type: 'utf8', cells: found.cells.get(name)!.map(String) }];
    const values = found.values.get(name);
    if (!values) return [];
    const cells = found.cells.get(name);
    const decimal = decimals.get(name);
    if (decimal?.fromNumbers) return [decimalsOfNumbers(name, decimal, values)];
    if (decimal && cells) return [decimalsOfText(name, decimal, cells)];
    if (decimal || LONG_DECIMAL.test(first.type)) {
      notices.warn(
        `${found.name}: decimals of more than 15 digits in column ${shownColumn(name)} (${first.type}) are rounded; write them as plain decimals of one type to keep their digits`,
      );
    }
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
        `${found.name}: whole numbers beyond 2^53 in column ${shownColumn(name)} are rounded; write them as text to keep their digits`,
      );
    }
    return [numbersColumn(first, name, values)];
  });
  const ids = options.idColumn === undefined ? undefined : { type: found.idType!, cells: found.ids };
  return { ids, columns: whole };
}

const entryOf = <V>(name: string, value: V | undefined): [string, V][] => (value === undefined ? [] : [[name, value]]);

const isReadAsText = (decimal: DecimalShape | undefined): boolean => decimal?.asText === true && !decimal.fromNumbers;

/** A column of the matrix in the chosen rows. */
export interface KnownColumn {
  readonly name: string;
  readonly values: Float64Array;
}

/** @throws LevattnError where a row is another than it was; a value that was missing may have got another since */
function refuseOtherRows({ name, values }: Found, known: KnownColumn, rows: Float64Array): void {
  const there = values.get(known.name)!;
  const other = known.values.findIndex((value, i) => !Number.isNaN(there[i]) && there[i] !== value);
  if (other < 0) return;
  throw dataError(
    `${name}: row ${rows[other]} of K has ${there[other]} in column ${shownColumn(known.name)}, where ${known.values[other]} was read; give the files of K in their order`,
  );
}

/** What is read of the rows. */
interface Wanted {
  readonly numeric: readonly PartedColumn[];
  readonly beside: readonly PartedColumn[];
  /** Any of these is read where a part has none of the numeric ones: a matrix has a column. */
  readonly anchors: readonly PartedColumn[];
}

/** What has been read. */
interface Found {
  /** The first file's. */
  readonly name: string;
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
  let source: string | undefined;
  let next = 0;
  let start = 0;
  for (const [part, path] of paths.entries()) {
    // The first part says what ids are, also where no row was chosen.
    if (next === rows.length && part > 0) break;
    const inPart = (columns: readonly PartedColumn[]): string[] =>
      columns.filter(({ parts }) => parts[part]).map(({ name }) => name);
    const { numbers, texts, spelled } = cellsOfPart(part, numeric, beside);
    const picked = numbers.length > 0 ? numbers : inPart(anchors).slice(0, 1);
    const input = new Input([path], { ...optionsFor(options, picked), beside: texts, role: 'K' }, SILENT);
    const { d, dtype, name } = await input.head();
    source ??= name;
    idType ??= input.idType;
    const there = input.rows();
    const row = new (dtype === 'float32' ? Float32Array : Float64Array)(d);
    const held = new RowIds(texts.length);
    let at = start;
    for (; next < rows.length; next++) {
      at += await there.skip(rows[next]! - at);
      held.clear();
      if (at < rows[next]! || (await there.read(() => row, 1, held)) === 0) break;
      at++;
      for (const [j, name] of texts.entries()) cells.get(name)![next] = held.beside[j]!.at(0);
      for (const [j, name] of numbers.entries()) {
        const column = values.get(name);
        if (column) column[next] = row[j]!;
        const text = spelled(name, row[j]!);
        if (text !== undefined) cells.get(name)![next] = text;
      }
      if (input.idType) ids.push(held.at(0));
    }
    start = at;
    await input.close();
  }
  if (next < rows.length) {
    throw dataError(
      `${source}: K ends after ${start} rows, and row ${rows[next]} was chosen; give all files of K in their order`,
    );
  }
  return { name: source ?? paths[0]!, values, cells, ids, idType };
}

/** How a part is read: for its numbers, or, where it has none but those of lists, as K was. */
const optionsFor = (options: InputOptions, columns: readonly string[]): InputOptions => ({
  ...options,
  ...(columns.length > 0 && { columns, column: undefined, exclude: undefined }),
  ...{ intercept: undefined, missing: undefined, like: undefined },
  nan: 'skip',
  wordsLack: true,
});
