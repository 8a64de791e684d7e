/** A CSV file's columns, as its first rows show them, and the choice among them. */

import { dataError } from '../../errors.js';
import { listed, shownColumn } from '../../text.js';
import {
  type ColumnChoice as Choice,
  type ColumnRequest,
  chooseColumns as chooseAmong,
  describeLeftOut,
} from '../columns/choose.js';
import { findColumn } from '../columns/select.js';
import { labelOf, type TableColumn } from '../columns/table-column.js';
import type { ReadOptions } from '../format.js';
import type { Header } from './header.js';
import { meaningOf } from './meant.js';
import { type Decimal, isInteger, isMissing, numberFromBoolean, numberFromText } from './number.js';
import type { Fields } from './sample.js';
import { type TimeUnit, timeUnitOf } from './times.js';

/**
 * What the sampled rows hold in a column, missing values aside. Numbers beside text, unless there is more of it, count as numbers:
 * the text is then a bad value.
 */
type SampledKind = 'floating' | 'integer' | 'boolean' | 'text' | 'empty';

/** What is read of every row. */
export interface RowColumns extends Pick<Choice, 'picked'> {
  /** Fields in every row, >= 1. */
  readonly width: number;
  /** Names by column; undefined where there is no header. */
  readonly names: readonly string[] | undefined;
  /** Columns left out for what the sample holds of them, with that: every row must bear it out. */
  readonly watched: readonly { readonly position: number; readonly kind: 'integer' | 'empty' }[];
  /** 0-based position of the column of ids, if there is one. */
  readonly ids?: number | undefined;
  /** 0-based positions of the columns whose cells come beside the rows. */
  readonly beside?: readonly number[] | undefined;
  /** Picked columns of dates, and what they are read as. */
  readonly times?: ReadonlyMap<number, TimeUnit> | undefined;
  /** Picked columns in which `true` and `false` stand for 1 and 0. */
  readonly booleans?: ReadonlySet<number> | undefined;
}

/** The columns of a file and the choice among them. */
export interface ColumnChoice extends RowColumns, Omit<Choice, 'names' | 'ids'> {
  /** What the columns of a row are called, where they are told by names. */
  readonly columnNames: Choice['names'];
  /** What the file's columns are. */
  readonly columns: readonly TableColumn[];
}

/** What {@link chooseColumns} goes by. */
export interface ColumnClues {
  /** The file's name, for messages. */
  readonly name: string;
  readonly header: Header;
  /** The sampled rows of data. */
  readonly rows: readonly Fields[];
  readonly decimal: Decimal;
  readonly request: ColumnRequest & Pick<ReadOptions, 'beside'>;
}

/** How messages name a column: by its name, else by its 1-based number. */
export function columnLabel(names: readonly string[] | undefined, position: number): string {
  return names?.[position] ? `column "${shownColumn(names[position])}"` : `column ${position + 1}`;
}

/**
 * Chooses the columns.
 * @throws LevattnError as the choice for every table does, and where ids are real numbers
 */
export function chooseColumns(clues: ColumnClues): ColumnChoice {
  const { name, header, rows, decimal, request } = clues;
  const { width, names } = header;
  const fieldsAt = (position: number): string[] => rows.flatMap((row) => row[position]?.trim() ?? []);
  const kinds = Array.from({ length: width }, (_, position) => kindOf(fieldsAt(position), decimal));
  const columns = kinds.map((kind, position): TableColumn => {
    const meant = meantBy(kind, fieldsAt(position), !names?.[position] && position === width - 1);
    return {
      name: names?.[position],
      kind: rows.length === 0 ? 'floating' : kind === 'text' || kind === 'empty' ? 'unsure' : kind,
      type: rows.length === 0 ? '' : kind === 'text' && meant !== undefined ? meant : kind,
      meant,
      unit: kind === 'text' ? timeUnitOf(fieldsAt(position)) : undefined,
      index: position === 0 && isIndex(header),
    };
  });
  const { names: columnNames, ...choice } = chooseAmong(columns, request, name);
  const { ids, picked } = choice;
  if (ids !== undefined) refuseRealIds(clues, ids);
  const beside = request.beside?.map((entry) => findColumn(columns, entry, name));
  const taken = new Set(ids === undefined ? picked : [...picked, ids]);
  const watched = kinds.flatMap((kind, position) => {
    if (rows.length === 0 || request.columns || taken.has(position) || columns[position]!.index) return [];
    return kind === 'integer' || kind === 'empty' ? [{ position, kind }] : [];
  });
  const booleans = new Set(picked.filter((position) => kinds[position] === 'boolean' || kinds[position] === 'empty'));
  const times = new Map(
    picked.flatMap((position) => {
      const { unit } = columns[position]!;
      return unit ? [[position, unit] as const] : [];
    }),
  );
  return { ...choice, width, names, columnNames, beside, watched, booleans, times, columns };
}

/** Whether the first column is an index: R's, or pandas', which it writes without a name or reads back as `Unnamed: 0`. */
const isIndex = ({ width, names, rowNames }: Header): boolean =>
  rowNames === true || (width > 1 && (names?.[0] === '' || names?.[0] === 'Unnamed: 0'));

/** @param trails - whether the column may come from a delimiter at the end of every row alone */
function meantBy(kind: SampledKind, fields: readonly string[], trails: boolean): string | undefined {
  if (kind === 'text') return meaningOf(fields);
  if (kind !== 'empty' || fields.length === 0 || (trails && fields.every((field) => field === ''))) return undefined;
  return 'empty in the first rows';
}

function refuseRealIds({ name, header, rows }: ColumnClues, position: number): void {
  const fields = rows.map((row) => row[position] ?? '').filter((field) => field.trim() !== '');
  const areNumbers = fields.length > 0 && fields.every((field) => numberFromText(field) !== undefined);
  if (!areNumbers || fields.every(isInteger)) return;
  throw dataError(
    `${name}: ${columnLabel(header.names, position)} holds real numbers, not ids, which are whole numbers or text`,
  );
}

function kindOf(fields: readonly string[], decimal: Decimal): SampledKind {
  const counts = { integer: 0, floating: 0, boolean: 0, text: 0 };
  for (const field of fields) {
    if (isInteger(field)) counts.integer++;
    else if (numberFromText(field, decimal) !== undefined) counts.floating++;
    else if (numberFromBoolean(field) !== undefined) counts.boolean++;
    else if (!isMissing(field)) counts.text++;
  }
  const numbers = counts.integer + counts.floating;
  if (numbers + counts.boolean + counts.text === 0) return 'empty';
  if (counts.boolean > 0 && counts.boolean >= numbers + counts.text) return 'boolean';
  if (counts.text + counts.boolean > numbers) return 'text';
  return counts.floating > 0 ? 'floating' : 'integer';
}

/** The choice in a phrase: `64 of 65 columns (k000 to k063; left out: id (integer))`. */
export function describeColumns({ width, names, picked, ids, leftOut, columns }: ColumnChoice): string {
  const inOrder = picked.every((position, i) => position === i);
  if (picked.length === width && inOrder) return width === 1 ? '1 column' : `${width} columns`;
  const isRange = picked.length > 2 && picked.every((position, i) => position === picked[0]! + i);
  const label = (position: number): string => labelOf(columns, position);
  const taken = isRange ? `${label(picked[0]!)} to ${label(picked.at(-1)!)}` : listed(picked.map(label), 5);
  const named = ids === undefined ? '' : `; ids: ${label(ids)}`;
  const rest = leftOut.length > 0 ? `; left out: ${describeLeftOut(columns, leftOut)}` : '';
  const positions = names ? '' : 'positions ';
  return `${picked.length} of ${width} columns (${positions}${taken}${named}${rest})`;
}
