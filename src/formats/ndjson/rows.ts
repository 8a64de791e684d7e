/** Rows of numbers from the values of lines: arrays, the list in one field of objects, or several fields of numbers. */

import { dataError, type LevattnError } from '../../errors.js';
import { MAX_COLUMNS } from '../../rows/limits.js';
import type { RowId } from '../../rows/row-ids.js';
import { shownColumn, shownText } from '../../text.js';
import type { ByteReader } from '../bytes/reader.js';
import { type TimeUnit, timeFromText } from '../csv/times.js';

import { fieldOf, isObject, isText, numberFrom, spellJson } from './json.js';
import type { Line } from './lines.js';
import { badLine, refuseRows } from './refuse.js';

/** What of an object makes a row. */
export type Fields =
  | { readonly kind: 'list'; readonly name: string }
  | { readonly kind: 'numbers'; readonly names: readonly string[] };

/** The numbers of a row; undefined where one is missing. */
export type Row = readonly (number | undefined)[];

/** How rows are read. */
export interface RowOptions {
  readonly bytes: ByteReader;
  /** Numbers in a row. */
  readonly width: number;
  /** Of objects; undefined where every line is an array. */
  readonly fields: Fields | undefined;
  /** Of the numbers in a row: what those are read as that are dates in text. */
  readonly units?: readonly (TimeUnit | undefined)[] | undefined;
  /** Whether something stands for what is missing; else it is an error. */
  readonly mayLack: boolean;
  /** Whether what is no number counts as missing. */
  readonly wordsLack?: boolean | undefined;
}

/** What becomes of a value that is missing, for messages. */
const ADVICE = 'fill it, or skip such rows with --missing skip';

/**
 * The row that a line holds; undefined stands for what is missing.
 * @throws LevattnError where it holds none, naming line and column
 */
export function rowFrom(line: Line, value: unknown, options: RowOptions): Row {
  const { bytes, fields, mayLack } = options;
  if (!fields) {
    if (value === null && mayLack) return emptyRow(options);
    if (!Array.isArray(value)) {
      throw badLine(bytes, line, `holds no array of numbers${value === null ? ` but null; ${ADVICE}` : ''}`);
    }
    return numbersFrom(line, value, (i) => `${i + 1}`, options);
  }
  if (Array.isArray(value)) {
    throw badLine(bytes, line, 'holds an array, which has no fields to choose by --columns or --id-column');
  }
  if (!isObject(value)) throw badLine(bytes, line, 'holds no object');
  if (fields.kind === 'numbers') {
    const { names } = fields;
    return numbersFrom(
      line,
      names.map((name) => fieldOf(value, name)),
      (i) => shownColumn(names[i]!),
      options,
    );
  }
  const list = fieldOf(value, fields.name);
  if ((list === null || list === undefined) && mayLack) return emptyRow(options);
  if (Array.isArray(list))
    return numbersFrom(line, list, (i) => `${i + 1} of field ${shownText(fields.name)}`, options);
  const advice = list === null || list === undefined ? `; ${ADVICE}` : '';
  throw badLine(
    bytes,
    line,
    `holds ${shownText(spellJson(list))} in field ${shownText(fields.name)}, where a list of numbers is expected${advice}`,
  );
}

const emptyRow = ({ width }: RowOptions): Row => new Array<undefined>(width).fill(undefined);

function numbersFrom(
  line: Line,
  values: readonly unknown[],
  label: (i: number) => string,
  { bytes, width, units, mayLack, wordsLack }: RowOptions,
): Row {
  if (values.length !== width) {
    if (values.length > 0 && values.every(Array.isArray)) throw refuseRows(bytes, line);
    throw badLine(bytes, line, `has ${values.length} numbers, the first row ${width}; all must have as many`);
  }
  const row = new Array<number | undefined>(width);
  for (let i = 0; i < width; i++) {
    const value = values[i];
    const unit = units?.[i];
    const number = unit && isText(value) ? timeFromText(value, unit) : numberFrom(value);
    if (number !== undefined) row[i] = number;
    else if (mayLack && (wordsLack || value === null || value === undefined)) row[i] = undefined;
    else throw noNumber(bytes, line, value, label(i));
  }
  return row;
}

function noNumber(bytes: ByteReader, line: Line, value: unknown, label: string): LevattnError {
  const what = `holds ${shownText(spellJson(value))} in column ${label}, where a number is expected`;
  if (value === null || value === undefined) return badLine(bytes, line, `${what}; ${ADVICE}`);
  if (isText(value)) return badLine(bytes, line, `${what}; write numbers without quotes, as jq's tonumber makes them`);
  if (Array.isArray(value))
    return badLine(bytes, line, `${what}; a row is one array of numbers: write one row per line`);
  return badLine(bytes, line, `${what}; correct it`);
}

/**
 * Refuses rows of none or of too many numbers.
 * @param line - the first that has a row
 */
export function checkWidth({ name }: ByteReader, line: number, width: number): void {
  if (width >= 1 && width <= MAX_COLUMNS) return;
  throw dataError(`${name}: line ${line} has ${width} numbers; from 1 to ${MAX_COLUMNS} are read`);
}

/** What an object's field holds as text: that of text is itself, that of nothing empty, that of all else JSON. */
export function textFrom(value: unknown, name: string): string {
  const found = isObject(value) ? fieldOf(value, name) : undefined;
  if (found === null || found === undefined) return '';
  return isText(found) ? found : spellJson(found);
}

/** The ids of objects, all of one kind. */
export class IdReader {
  readonly #bytes: ByteReader;
  readonly #column: string;
  #kind: string | undefined;

  constructor(bytes: ByteReader, column: string) {
    this.#bytes = bytes;
    this.#column = column;
  }

  /**
   * An object's id.
   * @throws LevattnError where it has none, or one of another kind than those before
   */
  read(line: Line, value: unknown): RowId {
    const found = isObject(value) ? fieldOf(value, this.#column) : undefined;
    const id = Number.isSafeInteger(found) ? BigInt(found as number) : found;
    if (typeof id !== 'bigint' && !isText(id)) {
      throw badLine(
        this.#bytes,
        line,
        `holds ${shownText(spellJson(found))} in field ${shownText(this.#column)}, where an id is expected: text, or a whole number up to 2^53`,
      );
    }
    this.#kind ??= typeof id;
    if (typeof id === this.#kind) return id;
    throw badLine(
      this.#bytes,
      line,
      `holds the id ${shownText(JSON.stringify(found))}; all must be text, or all whole numbers`,
    );
  }
}
