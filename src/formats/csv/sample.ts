/** The first rows of a CSV file, looked at without consuming them: what its dialect and its columns are told from. */

import type { ByteReader } from '../bytes/reader.js';
import { type Dialect, dialectOf } from './dialect.js';
import { parserFor } from './parse-records.js';
import { MAX_ROW_BYTES, RecordCutter, type Records } from './record-cutter.js';

/** Bytes looked at, more only where they hold fewer than two rows. */
const SAMPLE_BYTES = 1 << 16;

const LF = 0x0a;
const CR = 0x0d;
const HASH = 0x23;

/** The fields of a row. */
export type Fields = readonly string[];

/** A file's first bytes. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** Whether they are the whole file. */
  readonly whole: boolean;
  /** The 1-based physical line that they begin with. */
  readonly line: number;
}

/**
 * Looks at the first 64 KiB, or as much as two rows take: a header and a row of data.
 *
 * It waits for them even on a slow pipe: what is told from them must not hang on how fast bytes arrive.
 *
 * @param line - the 1-based physical line of the next byte
 */
export async function takeSample(bytes: ByteReader, line: number): Promise<Sample> {
  for (let size = SAMPLE_BYTES; ; size *= 2) {
    const view = await bytes.peek(size);
    const sample = { bytes: view, whole: view.length < size, line };
    if (sample.whole || size >= MAX_ROW_BYTES || cutSample(sample, dialectOf(',')).records.lines.length >= 2) {
      return { ...sample, bytes: view.slice() };
    }
  }
}

/** What a dialect makes of a sample. */
export interface CutSample {
  /** Its whole records. */
  readonly records: Records;
  /** Whether all of it could be cut. */
  readonly clean: boolean;
  /** Lines that are comments. */
  readonly comments: number;
}

/** Cuts a sample into records. */
export function cutSample(sample: Sample, dialect: Dialect): CutSample {
  const cutter = new RecordCutter(dialect, sample.line);
  const head = cutter.push(sample.bytes);
  const isCut = !sample.whole || cutter.defect !== undefined;
  const records = isCut ? head : joined(head, cutter.finish());
  return { records, clean: cutter.defect === undefined, comments: cutter.comments };
}

/** The fields of a sample's rows; none where the parser refuses them. */
export async function rowsOfSample(sample: Sample, dialect: Dialect): Promise<readonly Fields[]> {
  return parserFor(dialect)(cutSample(sample, dialect).records).catch(() => []);
}

/** Where a row begins. */
export interface RowPlace {
  /** Its 1-based physical line. */
  readonly line: number;
  /** The bytes before it. */
  readonly offset: number;
  /** The comments before it. */
  readonly comments: number;
}

/** Where row `index` of a sample begins, blank lines and comments not counted; undefined where it is not whole in there. */
export function placeOfRow(sample: Sample, dialect: Dialect, index: number): RowPlace | undefined {
  const line = cutSample(sample, dialect).records.lines[index];
  if (line === undefined) return undefined;
  const { bytes } = sample;
  let offset = 0;
  for (let breaks = sample.line; breaks < line; offset++) {
    const isBreak = bytes[offset] === LF || (bytes[offset] === CR && bytes[offset + 1] !== LF);
    if (isBreak) breaks++;
  }
  const before = { bytes: bytes.subarray(0, offset), whole: false, line: sample.line };
  return { line, offset, comments: cutSample(before, dialect).comments };
}

/** The fields of a comment on the very first line, as numpy.savetxt writes a header; undefined where there is none. */
export async function rowOfFirstComment(sample: Sample, dialect: Dialect): Promise<Fields | undefined> {
  if (sample.bytes[0] !== HASH) return undefined;
  const end = sample.bytes.findIndex((byte) => byte === LF || byte === CR);
  const line = sample.bytes.subarray(1, end < 0 ? undefined : end);
  return (await rowsOfSample({ bytes: line, whole: true, line: sample.line }, dialect))[0];
}

function joined(a: Records, b: Records): Records {
  return {
    text: Buffer.concat([a.text, b.text]),
    lines: [...a.lines, ...b.lines],
    widths: [...a.widths, ...b.widths],
    multiline: [...a.multiline, ...b.multiline],
  };
}
