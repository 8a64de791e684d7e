/**
 * Blank lines. In a table of one column they are how DuckDB and pyarrow write nulls (the texts are what both wrote for the values beside them);
 * elsewhere, and around the rows, they mean nothing.
 */

import { describe, expect, it } from 'vitest';
import type { MissingChoice } from '../../../src/formats/missing.js';
import { openMatrix } from '../../../src/formats/open.js';
import { fileOf, pipeOf, readAll } from '../reading.js';

interface Outcome {
  readonly values: readonly number[];
  readonly warnings: readonly string[];
}

async function outcomeOf(text: string, chunk: number, missing: MissingChoice, ofPipe: boolean): Promise<Outcome> {
  const bytes = new TextEncoder().encode(text);
  const warnings: string[] = [];
  const reader = await openMatrix(ofPipe ? pipeOf(bytes, chunk) : fileOf(bytes, chunk), {
    missing,
    warn: (message) => warnings.push(message),
  });
  return { values: await readAll(reader), warnings };
}

const { NaN: NONE } = Number;

describe.each([1, 3, 1000])('in pieces of %i bytes', (chunk) => {
  it.each<[string, string, readonly number[], number]>([
    ['a null between rows', 'a\n1.5\n\n2.5\n', [1.5, NONE, 2.5], 0],
    ['nulls first', 'a\n\n\n1.5\n2.5\n', [NONE, NONE, 1.5, 2.5], 0],
    ['CRLF', 'a\r\n1.5\r\n\r\n2.5\r\n', [1.5, NONE, 2.5], 0],
    ['CR', 'a\r1.5\r\r2.5\r', [1.5, NONE, 2.5], 0],
    ['quotes', 'a\n"1.5"\n\n"2.5"\n', [1.5, NONE, 2.5], 0],
    ['comments between', 'a\n1.5\n\n# one\n \n2.5\n', [1.5, NONE, NONE, 2.5], 1],
    ['no header', '1.5\n\n2.5', [1.5, NONE, 2.5], 0],
    ['before the first row without a header', '\n\n1.5\n2.5\n', [1.5, 2.5], 0],
    ['behind the last row', 'a\n1.5\n2.5\n\n\n', [1.5, 2.5], 1],
    ['two columns', 'a,b\n1.5,2.5\n\n3.5,4.5\n\n', [1.5, 2.5, 3.5, 4.5], 0],
  ])('%s', async (_, text, values, warnings) => {
    for (const ofPipe of [false, true]) {
      const outcome = await outcomeOf(text, chunk, 'nan', ofPipe);
      expect(outcome.values).toEqual(values);
      expect(outcome.warnings).toHaveLength(warnings);
    }
  });
});

it('those behind the last row are named, and their number', async () => {
  const { warnings } = await outcomeOf('a\n1.5\n2.5\n\n \n', 1000, 'error', false);
  expect(warnings).toEqual([expect.stringMatching(/: 2 blank lines after the last row are left out/)]);
});

it('are missing values like others: an error that names the line, unless they may be missing', async () => {
  await expect(outcomeOf('a\n1.5\n\n2.5\n', 1000, 'error', false)).rejects.toThrow(/line 3, column "a", is empty/);
});

it('many of them, more than a chunk', async () => {
  const count = 200_000;
  const { values } = await outcomeOf(`a\n1.5\n${'\n'.repeat(count)}2.5\n`, 1 << 16, 'nan', false);
  expect(values).toHaveLength(count + 2);
  expect([values[0], values.at(-1)]).toEqual([1.5, 2.5]);
});
