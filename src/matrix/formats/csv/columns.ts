/** Which columns of a CSV file make the matrix: those asked for, else the floating ones. */

import { dataError, type LevattnError, usageError } from '../../../errors.js';
import { MAX_COLUMNS } from '../../limits.js';
import { isInteger, numberFromText, shownText } from './number.js';

/** The most characters of a column's name that a message repeats: enough to copy it for `--columns`. */
const SHOWN_NAME = 60;

/** What the sampled rows hold in a column. Numbers beside text count as numbers: the text is then a bad value. */
export type ColumnKind = 'floating' | 'integer' | 'text' | 'empty';

/** The columns of a file and the choice among them. */
export interface ColumnChoice {
  /** Fields in every row, >= 1. */
  readonly width: number;
  /** Names by column; undefined where there is no header. */
  readonly names: readonly string[] | undefined;
  /** 0-based positions of the columns that make a matrix row, in its order. */
  readonly picked: readonly number[];
  /** 0-based positions of columns that are not text and were left out because nobody named them. */
  readonly leftOut: readonly number[];
  /** Columns left out for what the sample holds of them, with that: every row must bear it out. */
  readonly watched: readonly { readonly position: number; readonly kind: 'integer' | 'empty' }[];
  /** 0-based position of the column of ids, if there is one. */
  readonly ids?: number | undefined;
}

/** What {@link chooseColumns} goes by. */
export interface ColumnClues {
  /** The file's name, for messages. */
  readonly name: string;
  readonly width: number;
  readonly names: readonly string[] | undefined;
  /** The sampled rows of data. */
  readonly rows: readonly (readonly string[])[];
  /** The columns the user asks for: names, or 0-based positions. */
  readonly given: readonly string[] | undefined;
  /** The column of ids, likewise. */
  readonly idColumn?: string | undefined;
}

/** How messages name a column: by its name, else by its 1-based number. */
export function columnLabel(names: readonly string[] | undefined, position: number): string {
  return names?.[position] ? `column ${shownText(names[position], SHOWN_NAME)}` : `column ${position + 1}`;
}

/**
 * Chooses the columns.
 * @throws LevattnError where there is no such column, no column of numbers, or more than {@link MAX_COLUMNS}
 */
export function chooseColumns(clues: ColumnClues): ColumnChoice {
  const { name, width, names, idColumn } = clues;
  const ids = idColumn === undefined ? undefined : idsAskedFor(clues, idColumn);
  const { picked, watched, leftOut } = clues.given
    ? { picked: columnsAskedFor(clues, clues.given), watched: [], leftOut: [] }
    : columnsByKind(clues, ids);
  if (ids !== undefined && picked.includes(ids)) {
    throw usageError(`${columnLabel(names, ids)} is named for the ids and for the matrix; it can be one of the two`);
  }
  if (picked.length === 0) throw dataError(`${name}: no column of numbers in its first rows; choose with --columns`);
  if (picked.length > MAX_COLUMNS) {
    throw dataError(
      `${name}: ${picked.length} columns, more than the ${MAX_COLUMNS} that are supported; is it transposed?`,
    );
  }
  return { width, names, picked, watched, leftOut, ids };
}

function idsAskedFor(clues: ColumnClues, column: string): number {
  const position = positionOf(clues, column);
  const fields = clues.rows.map((row) => row[position] ?? '').filter((field) => field.trim() !== '');
  const areNumbers = fields.length > 0 && fields.every((field) => numberFromText(field) !== undefined);
  if (!areNumbers || fields.every(isInteger)) return position;
  throw dataError(
    `${clues.name}: ${columnLabel(clues.names, position)} holds real numbers, not ids, which are whole numbers or text`,
  );
}

function columnsAskedFor(clues: ColumnClues, given: readonly string[]): number[] {
  if (given.length === 0) throw usageError('--columns names no column; name one at least');
  const picked = given.map((column) => positionOf(clues, column));
  const twice = picked.findIndex((position, i) => picked.indexOf(position) !== i);
  if (twice >= 0) throw usageError(`--columns names ${shownText(given[twice]!)} twice; name each column once`);
  return picked;
}

function positionOf(clues: ColumnClues, column: string): number {
  const position = clues.names?.indexOf(column) ?? -1;
  if (position < 0) {
    if (/^\d+$/.test(column) && Number(column) < clues.width) return Number(column);
    throw noSuchColumn(clues, column);
  }
  if (clues.names!.indexOf(column, position + 1) >= 0) {
    throw dataError(
      `${clues.name}: several columns are named ${shownText(column)}; give their 0-based positions instead`,
    );
  }
  return position;
}

function noSuchColumn({ name, names, width }: ColumnClues, column: string): LevattnError {
  const there = names
    ? `there are ${listed(names.map(shownName), 10)}`
    : `without a header, columns go by 0-based position, 0 to ${width - 1}`;
  return dataError(`${name}: no column ${shownText(column)}; ${there}`);
}

function columnsByKind(
  clues: ColumnClues,
  ids: number | undefined,
): Pick<ColumnChoice, 'picked' | 'watched' | 'leftOut'> {
  const { width, names, rows } = clues;
  const all = Array.from({ length: width }, (_, position) => position);
  // pandas writes the index first and does not name it; it may be floating, too.
  const hasIndex = width > 1 && names?.[0] === '';
  const eligible = all.filter((position) => position !== ids && !(hasIndex && position === 0));
  if (rows.length === 0) return { picked: eligible, watched: [], leftOut: hasIndex && ids !== 0 ? [0] : [] };
  const kinds = all.map((position) => kindOf(rows, position));
  const ofKind = (kind: ColumnKind): number[] => eligible.filter((position) => kinds[position] === kind);
  const floating = ofKind('floating');
  const picked = floating.length > 0 ? floating : ofKind('integer');
  const taken = new Set(ids === undefined ? picked : [...picked, ids]);
  const leftOut = all.filter((position) => !taken.has(position) && kinds[position] !== 'text');
  const watched = leftOut.flatMap((position) => {
    const kind = kinds[position];
    return kind === 'integer' || kind === 'empty' ? [{ position, kind }] : [];
  });
  return { picked, watched, leftOut };
}

function kindOf(rows: readonly (readonly string[])[], position: number): ColumnKind {
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

/** The choice in a phrase: `64 of 65 columns (k000 to k063; left out: id)`. */
export function describeColumns({ width, names, picked, ids }: ColumnChoice): string {
  const inOrder = picked.every((position, i) => position === i);
  if (picked.length === width && inOrder) return width === 1 ? '1 column' : `${width} columns`;
  const label = (position: number): string => (names?.[position] ? shownName(names[position]) : `${position}`);
  const isRange = picked.length > 2 && picked.every((position, i) => position === picked[0]! + i);
  const taken = isRange ? `${label(picked[0]!)} to ${label(picked.at(-1)!)}` : listed(picked.map(label), 5);
  const chosen = new Set(picked);
  const left = Array.from({ length: width }, (_, position) => position).filter(
    (position) => !chosen.has(position) && position !== ids,
  );
  const named = ids === undefined ? '' : `; ids: ${label(ids)}`;
  const rest = left.length > 0 ? `; left out: ${listed(left.map(label), 5)}` : '';
  const positions = names ? '' : 'positions ';
  return `${picked.length} of ${width} columns (${positions}${taken}${named}${rest})`;
}

/** A name without quotes around it, else as messages show text. */
const shownName = (name: string): string => shownText(name, SHOWN_NAME).slice(1, -1);

function listed(items: readonly string[], most: number): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join(', ')} and ${more} more` : items.join(', ');
}
