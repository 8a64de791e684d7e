/** What stands before the rows of a CSV file, and text that looks like CSV and is something else. */

import { dataError } from '../../../errors.js';
import type { ByteReader } from '../../bytes.js';
import type { Dialect, HashRows } from './dialect.js';
import { isInteger, isMissing, numberFromText } from './number.js';
import { parserFor } from './parse-records.js';
import { cutSample, type Sample } from './sample.js';

/** The first line by which Excel is told the delimiter. */
const SEPARATOR_LINE = /^(?:sep=(\\t|.)|"sep=(\\t|.)")\r?\n/i;
const SEPARATOR_BYTES = 16;

/** What was found before the rows. */
export interface FirstLines {
  /** The 1-based physical line of the next byte. */
  readonly line: number;
  /** The delimiter that the file says it has. */
  readonly delimiter: string | undefined;
}

/** Takes a byte order mark and a line such as `sep=;`. */
export async function takeFirstLines(bytes: ByteReader): Promise<FirstLines> {
  const [a, b, c] = await bytes.peek(3);
  if (a === 0xef && b === 0xbb && c === 0xbf) bytes.consume(3);
  const said = SEPARATOR_LINE.exec(Buffer.from(await bytes.peek(SEPARATOR_BYTES)).toString('latin1'));
  if (!said) return { line: 1, delimiter: undefined };
  bytes.consume(said[0].length);
  const separator = (said[1] ?? said[2])!;
  return { line: 2, delimiter: separator === '\\t' ? '\t' : separator };
}

/** A line of libsvm: a label, and entries that are not zero, each behind its column. */
const LIBSVM_LINE = /^[+-]?[\d.][\d.eE+-]*(?:,[\d.eE+-]+)*(?:\s+qid:\d+)?(?:\s+\d+:[^\s:]+)+\s*(?:#.*)?$/;
/** The same without entries. */
const LIBSVM_LABEL = /^[+-]?[\d.][\d.eE+-]*(?:,[\d.eE+-]+)*(?:\s+qid:\d+)?\s*(?:#.*)?$/;

/**
 * Refuses text in formats that look like CSV.
 * @param source - names the file
 * @throws LevattnError that names the format and the way out
 */
export function refuseOtherText(sample: Sample, source: string): void {
  const lines = Buffer.from(sample.bytes)
    .toString('latin1')
    .split(/\r\n?|\n/);
  // The last may be cut off.
  if (!sample.whole) lines.pop();
  const filled = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const entries = filled.filter((line) => LIBSVM_LINE.test(line)).length;
  if (2 * entries > filled.length && filled.every((line) => LIBSVM_LINE.test(line) || LIBSVM_LABEL.test(line))) {
    throw dataError(
      `${source}: is libsvm (a label and index:value pairs), which is not read; write its matrix with Python: ` +
        'numpy.save("K.npy", sklearn.datasets.load_svmlight_file(FILE)[0].toarray())',
    );
  }
  if (/^@relation\b/i.test(filled[0] ?? '')) {
    throw dataError(
      `${source}: is ARFF, which is not read; write the lines behind @data alone: sed "1,/^@data/Id" FILE | levattn …`,
    );
  }
}

/**
 * Which lines that begin with `#` are rows: those that have a row's fields and come behind the first row, or stand before it with
 * numbers behind a first field that is text in all rows.
 * @param sample - its first lines
 */
export async function hashRowsOf(sample: Sample, dialect: Dialect): Promise<HashRows | undefined> {
  const { records } = cutSample(sample, dialect);
  // The first row may be a header with one field less.
  const width = records.widths[1] ?? records.widths[0];
  // Of one column, no row could begin so.
  if (width === undefined || width === 1) return undefined;
  const first = records.lines[0]!;
  const parse = parserFor(dialect);
  const asRows = cutSample(sample, { ...dialect, hashRows: { width, from: sample.line } }).records;
  if (asRows.lines[0] === first) return { width, from: first };
  const [all, rows] = await Promise.all([asRows, records].map((each) => parse(each).catch(() => [])));
  const isNumber = (field: string): boolean => numberFromText(field, dialect.decimal) !== undefined;
  const begin = all!.findIndex(
    (row, i) =>
      asRows.lines[i]! < first &&
      row.slice(1).some((field) => isNumber(field) || isMissing(field)) &&
      !row.slice(1).every((field, j) => isInteger(field) && Number(field) === j + 1),
  );
  const hasTexts = rows!.some(
    ([label = '', ...others]) => !isNumber(label) && !isMissing(label) && others.some(isNumber),
  );
  return { width, from: begin >= 0 && hasTexts ? asRows.lines[begin]! : first };
}
