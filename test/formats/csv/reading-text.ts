/** What the tests of the CSV reader share: reading text that arrives in pieces of several sizes. */

import { expect } from 'vitest';
import { LevattnError } from '../../../src/errors.js';
import { csvFormat } from '../../../src/formats/csv.js';
import type { ReadOptions } from '../../../src/formats/format.js';
import { RowIds } from '../../../src/rows/row-ids.js';
import { failureOf, fileOf, readAll } from '../reading.js';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Sizes of the pieces in which bytes arrive. */
export const CHUNKS = [1, 7, 1 << 16];

/** Values and description, the same however the bytes arrive. */
export async function readText(
  text: string,
  options: ReadOptions = {},
): Promise<{ values: number[]; description: string }> {
  const results = [];
  for (const chunk of CHUNKS) {
    for (const maxRows of [1, 3, 1000]) {
      const bytes = fileOf(utf8(text), chunk);
      const reader = await csvFormat.open(bytes, options);
      const values = await readAll(reader, maxRows);
      expect(await reader.read(new Float64Array(reader.d), 1)).toBe(0);
      expect(await bytes.atEnd()).toBe(true);
      results.push({ values, description: reader.description });
    }
  }
  for (const result of results) expect(result).toEqual(results[0]);
  return results[0]!;
}

/** The message that opening and reading ends in, the same however the bytes arrive. */
export async function messageOf(text: string | Uint8Array, options: ReadOptions = {}): Promise<string> {
  const messages = new Set<string>();
  for (const chunk of CHUNKS) {
    const failure = await failureOf(csvFormat, fileOf(typeof text === 'string' ? utf8(text) : text, chunk), options);
    if (!failure) throw new Error('read without an error');
    messages.add(failure.message);
  }
  expect(messages.size).toBe(1);
  return [...messages][0]!;
}

/** Rows, description and warnings of text that is read, or the message that reading ends in. */
export async function outcomeOf(
  text: string,
  options: ReadOptions = {},
): Promise<{ rows: number[][]; description: string; warnings: string[]; error: string | undefined }> {
  const warnings: string[] = [];
  const rows: number[][] = [];
  let description = '';
  try {
    const bytes = fileOf(utf8(text), 1 << 16);
    const reader = await csvFormat.open(bytes, { ...options, warn: (message) => warnings.push(message) });
    ({ description } = reader);
    const values = await readAll(reader, 100);
    for (let i = 0; i < values.length; i += reader.d) rows.push(values.slice(i, i + reader.d));
    return { rows, description, warnings, error: undefined };
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { rows, description, warnings, error: error.message };
  }
}

/** The rows of text that is read whole. */
export async function rowsOf(text: string, options: ReadOptions = {}): Promise<number[][]> {
  const { rows, error } = await outcomeOf(text, options);
  if (error !== undefined) throw new Error(error);
  return rows;
}

/** The ids of text. */
export async function idsOf(text: string, options: ReadOptions): Promise<string[]> {
  const reader = await csvFormat.open(fileOf(utf8(text)), options);
  const ids = new RowIds();
  const into = new Float64Array(100 * reader.d);
  while ((await reader.read(into, 100, ids)) > 0);
  return Array.from({ length: ids.length }, (_, i) => String(ids.at(i)));
}
