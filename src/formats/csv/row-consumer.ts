/** Turns rows of text into rows of the matrix: the chosen columns as numbers, everything else checked or passed over. */

import { dataError, type LevattnError } from '../../errors.js';
import type { Values } from '../../rows/row-block.js';
import type { RowIds } from '../../rows/row-ids.js';
import { shownText } from '../../text.js';
import type { ByteReader } from '../bytes/reader.js';
import type { ReadOptions } from '../format.js';
import { putterOf } from '../missing.js';
import { columnLabel, type RowColumns } from './columns.js';
import { type Decimal, isInteger, isMissing, numberFromBoolean, numberFromText } from './number.js';
import type { CsvRow } from './row-source.js';
import { timeFromText } from './times.js';

/** How fields become values. */
export interface ValueOptions {
  /** The decimal sign; a point where not given. */
  readonly decimal?: Decimal | undefined;
  /** As {@link ReadOptions.missing}. */
  readonly missing?: ReadOptions['missing'];
  /** As {@link ReadOptions.wordsLack}. */
  readonly wordsLack?: boolean | undefined;
  /** The delimiter: what a line break in quotes swallowed is told by it. */
  readonly delimiter?: string | undefined;
}

/**
 * Writes one row's chosen values into `into` from element `at` on, and adds its id.
 * @throws LevattnError where the row is ragged or holds what it must not, naming line and column
 */
export type ConsumeRow = (row: CsvRow, into: Values, at: number, ids?: RowIds) => void;

/** The consumer of one file's rows. */
export function rowConsumer(bytes: ByteReader, choice: RowColumns, values: ValueOptions = {}): ConsumeRow {
  const { width, picked, watched, booleans, times, beside = [] } = choice;
  const { decimal, missing } = values;
  const putMissing = putterOf(missing);
  const take = (row: CsvRow, position: number, into: Values, at: number): void => {
    const field = row.fields[position]!;
    const unit = times?.get(position);
    const value = unit
      ? timeFromText(field, unit)
      : (numberFromText(field, decimal) ?? (booleans?.has(position) ? numberFromBoolean(field) : undefined));
    const isThere = value !== undefined && !(Number.isNaN(value) && missing !== undefined);
    if (isThere) into[at] = value;
    else if (putMissing && (values.wordsLack || isMissing(field))) putMissing(into, at);
    else throw badValue(bytes, row, choice, position, decimal);
  };
  return (row, into, at, ids) => {
    const { fields } = row;
    if (fields.length !== width) throw raggedRow(bytes, row, choice);
    if (row.multiline) refuseSwallowed(bytes, row, choice, values);
    for (let j = 0; j < picked.length; j++) take(row, picked[j]!, into, at + j);
    for (const { position, kind } of watched) {
      const field = fields[position]!;
      const asSampled =
        isMissing(field) || (kind === 'integer' ? isInteger(field) : numberFromText(field, decimal) === undefined);
      if (!asSampled) throw wronglyLeftOut(bytes, row, choice, position, kind);
    }
    if (!ids) return;
    if (choice.ids !== undefined) {
      const id = withoutBlanks(fields[choice.ids]!);
      if (id === '') throw missingId(bytes, row, choice, choice.ids);
      ids.add('utf8', id);
    }
    for (const [j, position] of beside.entries()) ids.beside[j]!.add('utf8', withoutBlanks(fields[position]!));
  };
}

/** What becomes of NaN that a row of numbers spells: it is a missing value where `--missing` is given. */
export function spelledNaN(
  bytes: ByteReader,
  { names, picked }: RowColumns,
  missing: ReadOptions['missing'],
): ((into: Values, at: number, line: number) => void) | undefined {
  if (missing === undefined || missing === 'nan') return undefined;
  const putMissing = putterOf(missing);
  return (into, at, line) => {
    if (!putMissing) throw missingValue(bytes, line, columnLabel(names, picked[at % picked.length]!), 'holds NaN');
    putMissing(into, at);
  };
}

/** Text without the blanks around it, as the scanner of plain rows gives it. */
const withoutBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

const OTHER_COLUMNS = 'choose other columns with --columns';

const missingValue = (bytes: ByteReader, line: number, label: string, found: string): LevattnError =>
  dataError(
    `${bytes.name}: line ${line}, ${label}, ${found} where a number is expected; skip such rows with --missing skip, or ${OTHER_COLUMNS}`,
  );

/**
 * Refuses a line break in quotes where two lone quotes may have swallowed what is between them: where one of its lines looks like a row, or
 * the first like the end of one and the last like the beginning of another. Other text may run over several lines.
 */
function refuseSwallowed(
  bytes: ByteReader,
  { line, fields }: CsvRow,
  choice: RowColumns,
  { delimiter, decimal }: ValueOptions,
): void {
  /** Whether a line has the fields `from` to `to` of a row, with numbers where some must be; what is cut off of one need be none. */
  const hasFields = (text: string, from: number, to: number, cut?: number): boolean => {
    const parts = delimiter === undefined ? [text] : text.split(delimiter);
    if (parts.length !== to - from) return false;
    const numbers = choice.picked.filter((i) => i >= from && i < to && i !== cut);
    return numbers.every((i) => numberFromText(parts[i - from]!, decimal) !== undefined);
  };
  const { width } = choice;
  const position = fields.findIndex((field, i) => {
    const lines = field.split(/\r\n?|\n/);
    const [first, last] = [lines[0]!, lines.at(-1)!];
    if (lines.length === 1) return false;
    return (
      lines.some((line) => hasFields(line, 0, width)) ||
      (width > 1 && hasFields(first, i, width, i) && hasFields(last, 0, i + 1, i))
    );
  });
  if (position < 0) return;
  const label = columnLabel(choice.names, position);
  throw dataError(
    `${bytes.name}: line ${line}, ${label}, begins a field in quotes that runs over the end of the line and may hold rows; if quotes are ` +
      'characters like any other, say --no-quotes, else write the field on one line',
  );
}

/** Whether a row's fields are the names of the columns, those that the header left out aside. */
function isHeader({ fields }: CsvRow, names: readonly string[] | undefined): boolean {
  const filled = (texts: readonly string[]): string[] => texts.map((text) => text.trim()).filter((text) => text !== '');
  const header = filled(names ?? []);
  const found = filled(fields);
  return header.length > 0 && header.length === found.length && header.every((name, i) => name === found[i]);
}

const headerAgain = (bytes: ByteReader, line: number): LevattnError =>
  dataError(
    `${bytes.name}: line ${line} is the header again, as where files were joined; delete that line, or give the files one by one`,
  );

const fieldCount = (count: number): string => (count === 1 ? '1 field' : `${count} fields`);

function raggedRow(bytes: ByteReader, row: CsvRow, { names, width }: RowColumns): LevattnError {
  const { line, fields, terminated } = row;
  if (isHeader(row, names)) return headerAgain(bytes, line);
  if (!terminated && fields.length < width) {
    return bytes.breaksOff(`line ${line}, the last, has ${fields.length} of ${width} fields and no line break`);
  }
  return dataError(
    `${bytes.name}: line ${line} has ${fieldCount(fields.length)} where the first row has ${width}; ` +
      'every row must have as many: check delimiter and quotes',
  );
}

function badValue(
  bytes: ByteReader,
  row: CsvRow,
  { names, width }: RowColumns,
  position: number,
  decimal: Decimal = '.',
): LevattnError {
  const { line, fields, terminated } = row;
  const text = fields[position]!.trim();
  if (isHeader(row, names)) return headerAgain(bytes, line);
  const where = `line ${line}, ${columnLabel(names, position)}`;
  if (!terminated && position === width - 1) {
    return bytes.breaksOff(`${where}, holds ${shownText(text)} and no line break`);
  }
  if (isMissing(text)) {
    return missingValue(
      bytes,
      line,
      columnLabel(names, position),
      text === '' ? 'is empty' : `holds ${shownText(text)}`,
    );
  }
  const other = decimal === '.' ? ',' : '.';
  const sign =
    numberFromText(text, other) === undefined ? '' : `say --decimal '${other}' if that is its decimal sign, `;
  const comment =
    position === 0 && text.startsWith('#')
      ? '; the line has as many fields as a row: delete it if it is a comment'
      : '';
  return dataError(
    `${bytes.name}: ${where}, holds ${shownText(text)}, which is no number${comment}; correct it, ${sign}or ${OTHER_COLUMNS}`,
  );
}

function missingId(bytes: ByteReader, { line }: CsvRow, { names }: RowColumns, position: number): LevattnError {
  return dataError(
    `${bytes.name}: line ${line}, ${columnLabel(names, position)}, is empty where an id is expected; fill or drop such rows first`,
  );
}

function wronglyLeftOut(
  bytes: ByteReader,
  { line, fields }: CsvRow,
  { names }: RowColumns,
  position: number,
  kind: 'integer' | 'empty',
): LevattnError {
  const taken = kind === 'integer' ? 'was taken for an integer id column' : 'is empty in the first rows';
  const how = names ? '' : ' by 0-based position';
  return dataError(
    `${bytes.name}: line ${line}, ${columnLabel(names, position)}, ${taken} and left out, ` +
      `but holds ${shownText(fields[position]!)}: name the columns${how} with --columns`,
  );
}
