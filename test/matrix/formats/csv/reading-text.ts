/** What the tests of the CSV reader share: reading text that arrives in pieces of several sizes. */

import { expect } from 'vitest';
import { csvFormat } from '../../../../src/matrix/formats/csv.js';
import type { ReadOptions } from '../../../../src/matrix/formats/format.js';
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
