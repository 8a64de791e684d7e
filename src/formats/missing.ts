/** What becomes of values that are not there: nulls, empty fields, NA. Formats find them, and say where; what stands for them is told here. */

import { dataError } from '../errors.js';
import { checkNames, checkUnits } from '../rows/column-names.js';
import type { MatrixReader, Values } from '../rows/row-block.js';
import { count, listed, shownColumn } from '../text.js';

/** Puts what stands for a missing value into element `at` of the array that a reader fills. */
export type PutMissing = (into: Values, at: number) => void;

/** Something that stands for missing values; of one reader alone. */
export interface MissingValues {
  readonly put: PutMissing;
  /** The reader, of which this has been told the missing values. */
  around(reader: MatrixReader): MatrixReader;
}

/** What a reader does with values that are not there. */
export type MissingChoice = 'error' | 'nan' | MissingValues;

const putNaN: PutMissing = (into, at) => {
  into[at] = Number.NaN;
};

/** What is put in the place of a missing value; undefined where it is an error. */
export function putterOf(missing: MissingChoice | undefined): PutMissing | undefined {
  if (missing === 'nan') return putNaN;
  return missing === undefined || missing === 'error' ? undefined : missing.put;
}

/** The most columns that a message lists. */
const LISTED = 12;

/**
 * Rows that lack a value are NaN throughout, so that they are passed over as a whole; other rows with NaN or infinities are an error.
 */
export class MissingRows implements MissingValues {
  /** Elements that lack a value, of the rows that are being read. */
  #at: number[] = [];

  readonly put: PutMissing = (_, at) => {
    this.#at.push(at);
  };

  around(reader: MatrixReader): MatrixReader {
    const { d, name } = reader;
    let done = 0;
    return {
      ...reader,
      read: async (into, maxRows, ids) => {
        this.#at = [];
        const rows = await reader.read(into, maxRows, ids);
        const lacking = new Set(this.#at.map((at) => Math.floor(at / d)));
        for (const row of lacking) into.fill(0, row * d, (row + 1) * d);
        refuseNonFinite(reader, into, rows, (row) => `${name}: row ${done + row}`);
        for (const row of lacking) into.fill(Number.NaN, row * d, (row + 1) * d);
        done += rows;
        return rows;
      },
      skip: undefined,
    };
  }
}

/** @throws LevattnError for the first value that is NaN or infinite */
function refuseNonFinite(
  { d, columnNames }: MatrixReader,
  values: Values,
  rows: number,
  describeRow: (row: number) => string,
): void {
  for (let at = 0; at < rows * d; at++) {
    const value = values[at]!;
    if (Number.isFinite(value)) continue;
    const column = at % d;
    const label = columnNames ? shownColumn(columnNames.names[column]!) : `${column}`;
    throw dataError(
      `${describeRow(Math.floor(at / d))}, column ${label}: ${value}; fix the data, or skip such rows with --nan skip`,
    );
  }
}

/** The means of columns. */
export interface ColumnMeans {
  readonly values: readonly number[];
  /** What the columns are called, where they have names. */
  readonly names?: readonly string[] | undefined;
  /** What the columns count, where they have names and not all are plain numbers. */
  readonly units?: readonly string[] | undefined;
  /** What they are the means of, for messages. */
  readonly of: string;
}

/** A number stands for each missing value of a column: what it is and how often is said at the end. */
export class FilledValues implements MissingValues {
  readonly #from: ColumnMeans | undefined;
  /** In the order of the reader's columns. */
  #means: readonly number[] | undefined;
  readonly #warn: ((message: string) => void) | undefined;
  /** How often a value was missing, by column. */
  readonly #counts = new Map<number, number>();
  /** Columns, once the reader is known. */
  #d = 0;
  readonly put: PutMissing = (into, at) => {
    const column = at % this.#d;
    into[at] = this.#means ? this.#means[column]! : 0;
    this.#counts.set(column, (this.#counts.get(column) ?? 0) + 1);
  };

  /**
   * @param means - where not given, 0 stands for all
   * @param warn - told of what stands for how many values
   */
  constructor(means: ColumnMeans | undefined, warn: ((message: string) => void) | undefined) {
    this.#from = means;
    this.#warn = warn;
  }

  /** @throws LevattnError where the means are of other columns */
  around(reader: MatrixReader): MatrixReader {
    this.#d = reader.d;
    this.#means = this.#from && meansFor(this.#from, reader);
    const { columnNames } = reader;
    return {
      ...reader,
      columnNames: columnNames && this.#means ? { ...columnNames, means: this.#means } : columnNames,
      read: async (into, maxRows, ids) => {
        const rows = await reader.read(into, maxRows, ids);
        if (rows === 0) this.#tell(reader);
        return rows;
      },
      skip: undefined,
    };
  }

  #tell({ name, columnNames }: MatrixReader): void {
    const all = [...this.#counts.values()].reduce((sum, each) => sum + each, 0);
    if (all === 0) return;
    const columns = [...this.#counts.keys()].sort((a, b) => a - b);
    const spell = (column: number): string => {
      const label = columnNames ? shownColumn(columnNames.names[column]!) : `column ${column}`;
      const mean = this.#means ? ` ${this.#means[column]!.toPrecision(6)}` : '';
      return `${label}${mean} (${count(this.#counts.get(column)!)})`;
    };
    const what = `${count(all)} missing ${all === 1 ? 'value' : 'values'}`;
    this.#warn?.(
      `${name}: ${what} read as ${this.#means ? 'the mean of the column' : '0'}: ${listed(columns.map(spell), LISTED)}`,
    );
  }
}

/** Means in the order of a reader's columns; of a table that has others besides, those of the same names. */
function meansFor(
  { values, names, units, of }: ColumnMeans,
  { name, d, columnNames }: MatrixReader,
): readonly number[] {
  if (names) checkUnits({ names, units, chosen: true, of, numbersToo: true }, columnNames, name);
  const found = names && columnNames?.names.map((column) => names.indexOf(column));
  if (found?.every((at) => at >= 0)) return found.map((at) => values[at]!);
  if (values.length !== d) {
    throw dataError(
      `${name}: ${d} columns, where ${of}, whose means are to replace missing values, has ${values.length}; both must agree`,
    );
  }
  if (names && columnNames) checkNames({ names, chosen: true, of }, columnNames.names, name);
  return values;
}
