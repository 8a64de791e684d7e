/** A CSV file's columns, as its first rows show them, and the choice among them. */

import { dataError } from '../../../errors.js';
import {
  type ColumnChoice as Choice,
  type ColumnRequest,
  chooseColumns as chooseAmong,
  describeLeftOut,
} from '../../columns/choose.js';
import { labelOf, listed, shownColumn, type TableColumn } from '../../columns/table-column.js';
import { isInteger, numberFromText } from './number.js';

/** What the sampled rows hold in a column. Numbers beside text count as numbers: the text is then a bad value. */
type SampledKind = 'floating' | 'integer' | 'text' | 'empty';

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
  readonly width: number;
  readonly names: readonly string[] | undefined;
  /** The sampled rows of data. */
  readonly rows: readonly (readonly string[])[];
  readonly request: ColumnRequest;
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
  const { name, width, names, rows, request } = clues;
  const kinds = Array.from({ length: width }, (_, position) => kindOf(rows, position));
  // pandas writes the index first and does not name it; it may be floating, too.
  const hasIndex = width > 1 && names?.[0] === '';
  const columns = kinds.map(
    (kind, position): TableColumn => ({
      name: names?.[position],
      kind: rows.length === 0 ? 'floating' : kind === 'text' || kind === 'empty' ? 'unsure' : kind,
      type: rows.length === 0 ? '' : kind,
      meant: kind === 'empty' ? 'empty in the first rows' : undefined,
      index: hasIndex && position === 0,
    }),
  );
  const { names: columnNames, ...choice } = chooseAmong(columns, request, name);
  const { ids, leftOut } = choice;
  if (ids !== undefined) refuseRealIds(clues, ids);
  const watched = leftOut.flatMap(({ position }) => {
    const kind = kinds[position];
    return rows.length > 0 && (kind === 'integer' || kind === 'empty') ? [{ position, kind }] : [];
  });
  return { ...choice, width, names, columnNames, watched, columns };
}

function refuseRealIds({ name, names, rows }: ColumnClues, position: number): void {
  const fields = rows.map((row) => row[position] ?? '').filter((field) => field.trim() !== '');
  const areNumbers = fields.length > 0 && fields.every((field) => numberFromText(field) !== undefined);
  if (!areNumbers || fields.every(isInteger)) return;
  throw dataError(
    `${name}: ${columnLabel(names, position)} holds real numbers, not ids, which are whole numbers or text`,
  );
}

function kindOf(rows: readonly (readonly string[])[], position: number): SampledKind {
  let numbers = 0;
  let filled = 0;
  for (const row of rows) {
    const field = row[position]?.trim() ?? '';
    if (field === '') continue;
    filled++;
    if (numberFromText(field) === undefined) continue;
    if (!isInteger(field)) return 'floating';
    numbers++;
  }
  if (filled === 0) return 'empty';
  return numbers > 0 ? 'integer' : 'text';
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
