/** The first rows of a CSV file, looked at without consuming them: what its dialect and its columns are told from. */

import type { ByteReader } from '../../bytes.js';
import { loadParser } from './parse-records.js';
import { MAX_ROW_BYTES, RecordCutter, type Records } from './record-cutter.js';

/** Bytes looked at, more only where they hold fewer than two rows. */
const SAMPLE_BYTES = 1 << 16;

const LF = 0x0a;
const CR = 0x0d;

/** A file's first bytes. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** Whether they are the whole file. */
  readonly whole: boolean;
}

/**
 * Looks at the first 64 KiB, or as much as two rows take: a header and a row of data.
 *
 * It waits for them even on a slow pipe: what is told from them must not hang on how fast bytes arrive.
 */
export async function takeSample(bytes: ByteReader): Promise<Sample> {
  for (let size = SAMPLE_BYTES; ; size *= 2) {
    const view = await bytes.peek(size);
    const sample = { bytes: view, whole: view.length < size };
    if (sample.whole || size >= MAX_ROW_BYTES || cutSample(sample, ',').records.lines.length >= 2) {
      return { bytes: view.slice(), whole: sample.whole };
    }
  }
}

/** The whole records of a sample under one delimiter, and whether all of it could be cut. */
export function cutSample(sample: Sample, delimiter: string): { readonly records: Records; readonly clean: boolean } {
  const cutter = new RecordCutter(delimiter);
  const head = cutter.push(sample.bytes);
  if (!sample.whole || cutter.defect) return { records: head, clean: cutter.defect === undefined };
  return { records: joined(head, cutter.finish()), clean: cutter.defect === undefined };
}

/** The fields of a sample's rows under one delimiter; none where the parser refuses them. */
export async function rowsOfSample(sample: Sample, delimiter: string): Promise<readonly (readonly string[])[]> {
  const parse = await loadParser(delimiter);
  return parse(cutSample(sample, delimiter).records).catch(() => []);
}

/** Where a row begins: its 1-based physical line and the bytes before it. */
export interface RowPlace {
  readonly line: number;
  readonly offset: number;
}

/** Where row `index` of a sample begins, blank lines and comments not counted; undefined where it is not whole in there. */
export function placeOfRow(sample: Sample, delimiter: string, index: number): RowPlace | undefined {
  const line = cutSample(sample, delimiter).records.lines[index];
  if (line === undefined) return undefined;
  const { bytes } = sample;
  let offset = 0;
  for (let breaks = 0; breaks < line - 1; offset++) {
    const isBreak = bytes[offset] === LF || (bytes[offset] === CR && bytes[offset + 1] !== LF);
    if (isBreak) breaks++;
  }
  return { line, offset };
}

/** The fields of a comment on the very first line, as numpy.savetxt writes a header; undefined where there is none. */
export async function rowOfFirstComment(sample: Sample, delimiter: string): Promise<readonly string[] | undefined> {
  if (sample.bytes[0] !== 0x23) return undefined;
  const end = sample.bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = sample.bytes.subarray(1, end < 0 ? undefined : end);
  return (await rowsOfSample({ bytes: line, whole: true }, delimiter))[0];
}

function joined(a: Records, b: Records): Records {
  return {
    text: Buffer.concat([a.text, b.text]),
    lines: [...a.lines, ...b.lines],
    widths: [...a.widths, ...b.widths],
  };
}
