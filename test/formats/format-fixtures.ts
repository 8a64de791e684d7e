/** The files of fixtures/formats, which NumPy and Python wrote, and what to expect of them. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { readAll } from './reading.js';

const FOLDER = new URL('../../fixtures/formats/', import.meta.url);

/** What a file holds. */
export interface Expected {
  readonly file: string;
  readonly options?: ReadOptions & { readonly format?: string };
  readonly shape: [number, number];
  readonly dtype: string;
  readonly values: (number | 'inf' | '-inf' | 'nan')[];
}

const SPECIAL: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: NaN };

const parse = (name: string): Record<string, Expected> => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
const expected = { ...parse('expected.json'), ...parse('arrow-expected.json') };

/** Path of a file. */
export const formatPath = (name: string): string => fileURLToPath(new URL(name, FOLDER));

/** Bytes of a file. */
export const formatBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(formatPath(name)));

/** What is expected of the files whose names match. */
export const expectedOf = (pattern: RegExp): [name: string, expected: Expected][] =>
  Object.entries(expected).filter(([, { file }]) => pattern.test(file));

/** The values of a matrix, row by row. */
export const valuesOf = ({ values }: Expected): number[] =>
  values.map((value) => (typeof value === 'number' ? value : SPECIAL[value]!));

/** Opens and reads a matrix, and holds it to what is expected. */
export async function expectMatrix(bytes: ByteReader, wanted: Expected, maxRows = 4): Promise<void> {
  const { format, ...options } = wanted.options ?? {};
  const reader = await openMatrix(bytes, options, format);
  expect([reader.rows ?? wanted.shape[0], reader.d, reader.dtype]).toEqual([...wanted.shape, wanted.dtype]);
  expect(await readAll(reader, maxRows)).toEqual(valuesOf(wanted));
}
