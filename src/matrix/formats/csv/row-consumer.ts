/** Turns rows of text into rows of the matrix: the chosen columns as numbers, everything else checked or passed over. */

import { dataError, type LevattnError } from '../../../errors.js';
import type { ByteReader } from '../../bytes.js';
import type { Values } from '../../row-block.js';
import type { RowIds } from '../../row-ids.js';
import { columnLabel, type RowColumns } from './columns.js';
import { isInteger, numberFromText, shownText } from './number.js';
import type { CsvRow } from './row-source.js';

/**
 * Writes one row's chosen values into `into` from element `at` on, and adds its id.
 * @throws LevattnError where the row is ragged or holds what it must not, naming line and column
 */
export type ConsumeRow = (row: CsvRow, into: Values, at: number, ids?: RowIds) => void;

/** The consumer of one file's rows. */
export function rowConsumer(bytes: ByteReader, choice: RowColumns): ConsumeRow {
  const { width, picked, watched } = choice;
  return (row, into, at, ids) => {
    const { fields } = row;
    if (fields.length !== width) throw raggedRow(bytes, row, width);
    for (let j = 0; j < picked.length; j++) {
      const value = numberFromText(fields[picked[j]!]!);
      if (value === undefined) throw badValue(bytes, row, choice, picked[j]!);
      into[at + j] = value;
    }
    for (const { position, kind } of watched) {
      const field = fields[position]!;
      const asSampled = kind === 'integer' ? isInteger(field) : numberFromText(field) === undefined;
      if (!asSampled) throw wronglyLeftOut(bytes, row, choice, position, kind);
    }
    if (ids && choice.ids !== undefined) {
      // The blanks that the scanner takes off, too.
      const id = fields[choice.ids]!.replace(/^[ \t]+|[ \t]+$/g, '');
      if (id === '') throw missingId(bytes, row, choice, choice.ids);
      ids.add('utf8', id);
    }
  };
}

const fieldCount = (count: number): string => (count === 1 ? '1 field' : `${count} fields`);

function raggedRow(bytes: ByteReader, { line, fields, terminated }: CsvRow, width: number): LevattnError {
  if (!terminated && fields.length < width) {
    return bytes.breaksOff(`line ${line}, the last, has ${fields.length} of ${width} fields and no line break`);
  }
  return dataError(
    `${bytes.name}: line ${line} has ${fieldCount(fields.length)} where the first row has ${width}; ` +
      'every row must have as many: check delimiter and quotes',
  );
}

function badValue(bytes: ByteReader, row: CsvRow, { names, width }: RowColumns, position: number): LevattnError {
  const { line, fields, terminated } = row;
  const text = fields[position]!.trim();
  const where = `line ${line}, ${columnLabel(names, position)}`;
  if (!terminated && position === width - 1) {
    return bytes.breaksOff(`${where}, holds ${shownText(text)} and no line break`);
  }
  const advice = 'correct it, or choose other columns with --columns';
  return text === ''
    ? dataError(`${bytes.name}: ${where}, is empty where a number must stand; ${advice}`)
    : dataError(`${bytes.name}: ${where}, holds ${shownText(text)}, which is no number; ${advice}`);
}

function missingId(bytes: ByteReader, { line }: CsvRow, { names }: RowColumns, position: number): LevattnError {
  return dataError(
    `${bytes.name}: line ${line}, ${columnLabel(names, position)}, is empty where an id must stand; fill or drop such rows first`,
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
