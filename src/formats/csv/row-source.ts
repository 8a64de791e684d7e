/**
 * Rows of text fields, in the order of the file: bytes are read as they come, cut into records and parsed.
 *
 * The row source knows lines and fields, not columns and numbers; `row-consumer.ts` knows those.
 */

import { dataError, type LevattnError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';
import type { Dialect } from './dialect.js';
import { parserFor } from './parse-records.js';
import { type Defect, MAX_BARREN_BYTES, MAX_ROW_BYTES, RecordCutter, type Records } from './record-cutter.js';

/** One row of a CSV file. */
export interface CsvRow {
  /** The 1-based physical line it begins on. */
  readonly line: number;
  /** Its fields, quotes undone, space around them kept. */
  readonly fields: readonly string[];
  /** Whether a line break ended it: the last row of a file that breaks off has none. */
  readonly terminated: boolean;
  /** Whether it runs over a line break in quotes. */
  readonly multiline: boolean;
}

/** A supply of rows. */
export interface RowSource {
  /**
   * The next rows, as soon as there is at least one; empty at the end.
   * @throws LevattnError where quotes do not match or a row does not end, naming the line
   */
  next(): Promise<readonly CsvRow[]>;
  /**
   * Passes over rows that need not be cut into fields.
   * @returns how many, at most `rows`; 0 also where the next ones must be taken by {@link next}
   */
  skip(rows: number): Promise<number>;
  /** Comments passed over so far. */
  readonly comments: number;
  /** Blank lines behind the last row so far, where blank lines are rows. */
  readonly blankAtEnd: number;
}

/** Where rows begin that somebody else has read up to there. */
export interface RowsStart {
  /** The 1-based physical line of the first row. */
  readonly line: number;
  /** The first bytes, already taken from the reader. */
  readonly held: Uint8Array;
  /** Whether rows or a header stand before it. */
  readonly begun: boolean;
}

/** Bytes handed on at once at most. */
const CHUNK_BYTES = 1 << 16;

const FILE_START: RowsStart = { line: 1, held: new Uint8Array(0), begun: false };

/** The rows from the reader's next byte, or from the bytes held before it, to the end. */
export function openRowSource(bytes: ByteReader, dialect: Dialect, start = FILE_START): RowSource {
  const cutter = new RecordCutter(dialect, start.line, start.begun);
  const parse = parserFor(dialect);
  let { held } = start;
  let ended = false;
  /** Rows that have been cut, and are not passed over as a whole. */
  let pending: Records | undefined;

  const nextRecords = async (): Promise<Records> => {
    if (held.length > 0) {
      const view = held.subarray(0, CHUNK_BYTES);
      held = held.subarray(view.length);
      return cutter.push(view);
    }
    const view = await bytes.peekSome(CHUNK_BYTES);
    ended = view.length === 0;
    const records = ended ? cutter.finish() : cutter.push(view);
    bytes.consume(view.length);
    return records;
  };

  const toRows = async (records: Records): Promise<readonly CsvRow[]> => {
    if (records.lines.length === 0) return [];
    let rows: string[][];
    try {
      rows = await parse(records);
    } catch (error) {
      throw unreadable(bytes.name, records, error);
    }
    // Line numbers hang on cutter and parser agreeing on where a row ends.
    if (rows.length !== records.lines.length) throw unreadable(bytes.name, records);
    return rows.map((fields, i) => ({
      line: records.lines[i]!,
      fields,
      terminated: !ended || i < rows.length - 1,
      multiline: records.multiline[i]!,
    }));
  };

  const next = async (): Promise<readonly CsvRow[]> => {
    while (pending || !ended) {
      if (!pending && cutter.defect) throw defectError(bytes, cutter.defect);
      const records = pending ?? (await nextRecords());
      pending = undefined;
      const rows = await toRows(records);
      if (rows.length > 0) return rows;
    }
    if (cutter.defect) throw defectError(bytes, cutter.defect);
    return [];
  };
  const skip = async (rows: number): Promise<number> => {
    while (pending || !ended) {
      if (!pending && cutter.defect) throw defectError(bytes, cutter.defect);
      pending ??= await nextRecords();
      const count = pending.lines.length;
      if (count > rows) return 0;
      pending = undefined;
      if (count > 0) return count;
    }
    return 0;
  };
  return {
    next,
    skip,
    get comments() {
      return cutter.comments;
    },
    get blankAtEnd() {
      return cutter.blankAtEnd;
    },
  };
}

function defectError(bytes: ByteReader, { kind, line }: Defect): LevattnError {
  switch (kind) {
    case 'stray':
      return dataError(
        `${bytes.name}: line ${line} has text after a closing quote; double the quotes inside a quoted field, or read quotes as ` +
          'characters like any other with --no-quotes',
      );
    case 'long':
      return dataError(
        `${bytes.name}: the row that begins on line ${line} is longer than ${MAX_ROW_BYTES >> 20} MiB; ` +
          'check its line breaks and quotes',
      );
    case 'barren':
      return dataError(
        `${bytes.name}: nothing but blank lines and comments for ${MAX_BARREN_BYTES >> 20} MiB before line ${line}; ` +
          'check that it is CSV',
      );
    case 'unclosed':
      return bytes.breaksOff(
        `the quote that opens on line ${line} is never closed (where quotes are characters like any other, say --no-quotes)`,
      );
  }
}

function unreadable(name: string, { lines }: Records, cause?: unknown): LevattnError {
  return dataError(`${name}: the quotes on lines ${lines[0]} to ${lines.at(-1)} do not match; check them`, cause);
}
