/** What stands before the rows of a CSV file, and text that looks like CSV and is something else. */

import { dataError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';
import type { Dialect, HashRows } from './dialect.js';
import { isInteger, isMissing, numberFromText } from './number.js';
import { parserFor } from './parse-records.js';
import { cutSample, type Fields, type Sample } from './sample.js';

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

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const LIBSVM_START = String.raw`^${NUMBER}(?:,${NUMBER})*(?:\s+qid:\d+)?`;
/** A line of libsvm: a label, and entries that are not zero, each behind its column. */
const LIBSVM_LINE = new RegExp(String.raw`${LIBSVM_START}(?:\s+\d+:${NUMBER})+\s*(?:#.*)?$`);
/** The same without entries. */
const LIBSVM_LABEL = new RegExp(String.raw`${LIBSVM_START}\s*(?:#.*)?$`);

/**
 * Refuses text in formats that look like CSV.
 * @param source - names the file
 * @throws LevattnError that names the format and the way out
 */
export function refuseOtherText(sample: Sample, source: string): void {
  const text = Buffer.from(sample.bytes).toString('latin1');
  if (text.includes(':')) refuseLibsvm(text, sample.whole, source);
  if (/^\s*@relation\b/i.test(text)) {
    throw dataError(
      `${source}: is ARFF, which is not read; write the lines behind @data alone: sed "1,/^@data/Id" FILE | levattn …`,
    );
  }
}

function refuseLibsvm(text: string, whole: boolean, source: string): void {
  const lines = text.split(/\r\n?|\n/);
  // The last may be cut off.
  if (!whole) lines.pop();
  const filled = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const entries = filled.filter((line) => LIBSVM_LINE.test(line)).length;
  if (2 * entries > filled.length && filled.every((line) => LIBSVM_LINE.test(line) || LIBSVM_LABEL.test(line))) {
    throw dataError(
      `${source}: is libsvm (a label and index:value pairs), which is not read; write its matrix with Python: ` +
        'numpy.save("K.npy", sklearn.datasets.load_svmlight_file(FILE)[0].toarray())',
    );
  }
}

/**
 * Which lines that begin with `#` are rows: those that have a row's fields and come behind the first row, or stand before it with
 * numbers behind a first field that is text in other rows, or `#N/A`.
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
  const hasTexts = rows!.some(
    ([label = '', ...others]) => !isNumber(label) && !isMissing(label) && others.some(isNumber),
  );
  const isRow = ([label = '', ...others]: Fields): boolean =>
    (hasTexts || isMissing(label)) &&
    others.some((field) => isNumber(field) || isMissing(field)) &&
    !others.every((field, i) => isInteger(field) && Number(field) === i + 1);
  const begin = all!.findIndex((row, i) => asRows.lines[i]! < first && isRow(row));
  return { width, from: begin >= 0 ? asRows.lines[begin]! : first };
}
