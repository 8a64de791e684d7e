/**
 * Files that were once read wrongly: each gives the rows that it holds, or one line that says why it does not (fixtures/faults, whose
 * rows pandas, Polars, DuckDB and pyarrow read).
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { allocate } from '../../src/rows/row-block.js';
import { fixturePath } from '../support/fixtures.js';

interface Expected {
  /** `values`: must be read so; `either`: so, or refused; `refuse`. */
  readonly rule: 'values' | 'either' | 'refuse';
  /** NaN is spelled as such. */
  readonly rows: readonly (readonly number[])[] | null;
  readonly options: readonly string[];
  readonly what: string;
}

const pathOf = (name: string): string => fixturePath(`faults/${name}`);

const text = readFileSync(pathOf('expected.json'), 'utf8');
const expected = JSON.parse(text.replaceAll('NaN', '"NaN"')) as Record<string, Expected>;

/** What the options of a command are to a reader. */
function optionsOf(words: readonly string[]): ReadOptions {
  const [name, value] = words;
  if (name === '--nan') return { missing: 'nan' };
  if (name === '--id-column') return { idColumn: value };
  return {};
}

async function readRows(path: string, options: ReadOptions): Promise<number[][]> {
  const reader = await openMatrix(await openBytes(path), options);
  const rows: number[][] = [];
  const into = allocate(reader.dtype, 7 * reader.d);
  for (let count = await reader.read(into, 7); count > 0; count = await reader.read(into, 7)) {
    for (let i = 0; i < count; i++) rows.push([...into.subarray(i * reader.d, (i + 1) * reader.d)]);
  }
  await reader.close();
  return rows;
}

/** The rows, or the error in their place. */
async function outcomeOf(name: string, options: ReadOptions): Promise<number[][] | LevattnError> {
  try {
    return await readRows(pathOf(name), options);
  } catch (error) {
    if (error instanceof LevattnError) return error;
    throw error;
  }
}

describe('each file', () => {
  it.each(Object.entries(expected).map(([name, entry]) => [name, entry.what, entry] as const))(
    '%s: %s',
    async (name, _, { rule, rows, options }) => {
      const outcome = await outcomeOf(name, optionsOf(options));
      if (outcome instanceof LevattnError) {
        expect(rule).not.toBe('values');
        expect([outcome.kind, outcome.message.includes('\n')]).toEqual(['data', false]);
        // What, and what to do.
        expect(outcome.message).toMatch(/; |: say which|: name /);
        return;
      }
      expect(rule).not.toBe('refuse');
      // A column that is not in the rows must have ended in an error.
      expect(rows).not.toBeNull();
      expect(outcome).toEqual(rows!.map((row) => row.map((value) => Number(value))));
    },
  );
});

describe('the row that a message names', () => {
  it.each([
    ['p_emptylist.parquet', /: row 1 of column \S+ has 0 entries/],
    ['p_nulllist.parquet', /: row 1 has a null/],
    ['p_ragged2.parquet', /: row 1 of column \S+ has 3 entries/],
  ])('%s', async (name, message) => {
    expect(((await outcomeOf(name, {})) as LevattnError).message).toMatch(message);
  });
});

describe('JSON that is not quite', () => {
  it.each<[string, ReadOptions, number[][]]>([
    [
      'bom.ndjson',
      {},
      [
        [1.5, 2.5],
        [3.5, 4.5],
      ],
    ],
    [
      'nan.ndjson',
      { missing: 'nan' },
      [
        [1.5, Number.NaN],
        [3.5, 4.5],
      ],
    ],
    [
      'null.ndjson',
      { missing: 'nan' },
      [
        [1.5, 2.5],
        [Number.NaN, 4.5],
        [3.5, 1.5],
      ],
    ],
  ])('%s', async (name, options, rows) => {
    expect(await outcomeOf(name, options)).toEqual(rows);
  });

  it('an id and an embedding a line', async () => {
    const lines = readFileSync(pathOf('emb.jsonl'), 'utf8').trim().split('\n');
    const rows = lines.map((line) => (JSON.parse(line) as { embedding: number[] }).embedding);
    expect(await outcomeOf('emb.jsonl', {})).toEqual(rows);
    expect(await outcomeOf('emb.jsonl', { column: 'embedding' })).toEqual(rows);
  });
});

describe('kinds that are not read are named, never called damaged', () => {
  it.each([
    ['v1.feather', 'Feather V1'],
    ['tensor.arrow', 'Arrow IPC tensor'],
    ['encTrue.parquet', 'encrypted'],
    ['encFalse.parquet', 'encrypted'],
    ['t_old.pt', 'PyTorch 1.6'],
    ['t.pkl', 'pickle'],
    ['x.gguf', 'GGUF'],
    ['x.mat', 'MATLAB'],
    ['x.fbin', 'fbin'],
    ['libsvm.txt', 'libsvm'],
    ['ml.npy', 'bfloat16'],
  ])('%s', async (name, kind) => {
    const outcome = await outcomeOf(name, {});
    expect(outcome).toBeInstanceOf(LevattnError);
    const { message } = outcome as LevattnError;
    expect(message).toContain(kind);
    expect(message).not.toMatch(/damaged|no known format|valid/);
  });
});
