/** What the program writes, read back by other means than its own, and held to the answers of the fixtures. */

import { createHash } from 'node:crypto';
import { tableFromIPC } from 'apache-arrow';
import { expect } from 'vitest';
import type { Case, Expectation, StoredList } from '../support/fixtures.js';

/** A table of numbers. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

export function fromCsv(text: Buffer | string): Rows {
  const lines = text.toString().split('\n');
  if (lines.pop() !== '') throw new Error('the last line is not ended');
  const [header, ...rest] = lines;
  return { columns: header!.split(','), rows: rest.map((line) => line.split(',').map(Number)) };
}

export function fromNdjson(text: Buffer | string): Rows {
  const records = text
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, number>);
  return { columns: Object.keys(records[0] ?? {}), rows: records.map((record) => Object.values(record)) };
}

/** The scalar columns of an Arrow file or stream, by the apache-arrow library. */
export function fromArrow(bytes: Uint8Array): Rows {
  const table = tableFromIPC(bytes);
  const columns = table.schema.names.map(String).filter((name) => name !== 'key' || table.getChild('index') === null);
  const vectors = columns.map((name) => table.getChild(name)!);
  return {
    columns,
    rows: Array.from({ length: table.numRows }, (_, i) => vectors.map((vector) => Number(vector.get(i)))),
  };
}

/** A one-dimensional int64 npy array, little-endian. */
export function fromNpy(bytes: Buffer): number[] {
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  if (bytes.toString('latin1', 0, 8) !== '\x93NUMPY\x01\x00') throw new Error('not a version 1 .npy file');
  const count = /^{'descr': '<i8', 'fortran_order': False, 'shape': \((\d+),\), } *\n$/.exec(header);
  if (!count) throw new Error(`unexpected header ${JSON.stringify(header)}`);
  if (bytes.length !== start + 8 * Number(count[1])) throw new Error('unexpected length');
  return Array.from({ length: Number(count[1]) }, (_, i) => Number(bytes.readBigInt64LE(start + 8 * i)));
}

/** Holds rows, whose last column is a score, to the answers. */
export function expectRows(found: Rows, expected: readonly (readonly number[])[], tolerance: number): void {
  const keysOf = (rows: readonly (readonly number[])[]) => rows.map((row) => row.slice(0, -1));
  expect(keysOf(found.rows)).toEqual(keysOf(expected));
  const worst = Math.max(
    0,
    ...found.rows.map((row, i) => Math.abs(row.at(-1)! - expected[i]!.at(-1)!) / expected[i]!.at(-1)!),
  );
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** Holds rows to a list of answers that may be stored in part. */
export function expectList(found: Rows, list: StoredList<readonly number[]>, tolerance: number): void {
  const { rows } = found;
  expect(rows.length).toBe(list.count);
  const lines = rows.map((row) => `${row.slice(0, -1).join(',')}\n`).join('');
  expect(createHash('sha256').update(lines).digest('hex')).toBe(list.sha256);
  const sum = rows.reduce((total, row) => total + row.at(-1)!, 0);
  expect(Math.abs(sum - list.sum)).toBeLessThanOrEqual(tolerance * Math.max(1, list.sum));
  const { all, first, last } = list;
  if (all) expectRows(found, all, tolerance);
  if (first) expectRows({ ...found, rows: rows.slice(0, first.length) }, first, tolerance);
  if (last) expectRows({ ...found, rows: rows.slice(-last.length) }, last, tolerance);
}

/** U of a case as [index, score]. */
export const scoresOf = ({ expected }: Case, { U }: Expectation): (readonly [number, number])[] =>
  U.map((row) => [row, expected.tau[row]!] as const);
