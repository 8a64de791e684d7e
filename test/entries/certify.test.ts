/** Certified entries are those of brute force, whatever the memory, and K must be the one that U was made from. */

import { describe, expect, test } from 'vitest';
import { type CertifyOptions, certifiedEntries } from '../../src/entries/certified/certify.js';
import type { EntryBatch } from '../../src/entries/entry-batch.js';
import { parseFunction } from '../../src/functions.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { bruteForce, queriesFor } from '../support/brute-force.js';
import { expectAtMost, expectSame } from '../support/comparisons.js';
import { makeGeneralSet } from '../support/general-sets.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { keyKinds, makeKeys } from '../support/key-kinds.js';
import { makeMatrix, type RandomMatrix } from '../support/random-matrices.js';

function* blocksOf({ d, values }: { d: number; values: Float64Array }, rows: number): Generator<RowBlock> {
  for (let start = 0; start * d < values.length; start += rows) {
    const part = values.slice(start * d, (start + rows) * d);
    yield { start, rows: part.length / d, d, values: part };
  }
}

async function certified(
  set: UniversalSet,
  queries: Float64Array,
  keys: CertifyOptions['keys'],
  options: Partial<CertifyOptions> = {},
): Promise<number[][]> {
  const kernels = makeKernels(backendNames.at(-1)!);
  const found: number[][] = [];
  const batches: AsyncIterable<EntryBatch> = certifiedEntries(set, blocksOf({ d: set.d, values: queries }, 50), {
    kernels,
    keys,
    ...options,
  });
  for await (const { count, query, key, score, bounds } of batches) {
    const { lower, upper, stderr } = bounds!;
    for (let i = 0; i < count; i++) found.push([query[i], key[i], score[i], lower[i], upper[i], stderr[i]]);
  }
  return found;
}

/** Entries of brute force that are >= eps, and fails where one is too near to eps to tell. */
function heavy(matrix: RandomMatrix, queries: Float64Array, name: string, eps: number): number[][] {
  const { d } = matrix;
  return Array.from({ length: queries.length / d }, (_, query) => {
    const { scores } = bruteForce(matrix, queries.subarray(query * d, (query + 1) * d), parseFunction(name));
    return Array.from(scores, (score, key) => [query, key, score]).filter(([, , score]) => score >= eps);
  }).flat();
}

const pairsOf = (entries: readonly number[][]): number[][] => entries.map(([query, key]) => [query!, key!]);

const QUESTIONS = [
  ['power:4', 0.05],
  ['power:3', 0.03],
  ['power:8', 0.2],
  ['power:1.5', 0.01],
  ['power:1', 0.005],
  ['power:0.5', 0.002],
  ['huber:1', 0.01],
  ['logcosh', 0.01],
] as const;

describe.each(keyKinds)('%s', (kind) => {
  const matrix = makeKeys(kind, 1500, 5, 11);
  const queries = makeKeys('gaussian', 120, 5, 12).values;
  test.each(QUESTIONS)('%s at eps %d: exactly the heavy entries of brute force', async (name, eps) => {
    const f = parseFunction(name);
    const set = makeGeneralSet(matrix, makeKernels('plain'), { f, eps, items: 100 });
    const expected = heavy(matrix, queries, name, eps);
    const found = await certified(set, queries, () => blocksOf(matrix, 700));
    expectSame(pairsOf(found), pairsOf(expected));
    for (const [i, [, , score, lower, upper, stderr]] of found.entries()) {
      const exact = expected[i]![2]!;
      expectAtMost(lower === upper ? eps * (1 - 1e-9) : eps, lower!);
      if (lower === upper) {
        expectAtMost(Math.abs(score! - exact), 1e-9 * exact);
        expectSame([score, stderr], [lower, 0]);
      }
      expectAtMost(lower! * (1 - 1e-9), exact);
      expectAtMost(exact, upper! * (1 + 1e-9));
    }
  });
});

test.each(['columns scaled by powers of two', 'entries from 1e-150 to 1e150', 'sorted by norm, growing', 'low rank'])(
  '%s: powers neither over- nor underflow',
  async (kind) => {
    const matrix = makeMatrix(kind, 200, 4, 9);
    const queries = queriesFor(matrix, 4).slice(0, 12 * 4);
    for (const [name, eps] of [
      ['power:8', 0.1],
      ['power:40', 0.1],
      ['power:0.5', 0.01],
    ] as const) {
      const set = makeGeneralSet(matrix, makeKernels('plain'), { f: parseFunction(name), eps });
      const found = await certified(set, queries, () => blocksOf(matrix, 70));
      const expected = heavy(matrix, queries, name, eps);
      expectSame(pairsOf(found), pairsOf(expected));
    }
  },
);

describe('memory, and the K that is read', () => {
  const matrix = makeKeys('t, 3 degrees of freedom', 1500, 5, 11);
  const queries = makeKeys('gaussian', 400, 5, 12).values;
  const set = makeGeneralSet(matrix, makeKernels('plain'), { f: parseFunction('power:4'), eps: 0.05, items: 100 });

  test('what fits is worked out at once; what does not, in rounds, to the same entries', async () => {
    const rounds = { all: 0, few: 0 };
    const all = await certified(set, queries, () => {
      rounds.all++;
      return blocksOf(matrix, 700);
    });
    const few = await certified(
      set,
      queries,
      () => {
        rounds.few++;
        return blocksOf(matrix, 700);
      },
      { memory: 4096 },
    );
    expect(few).toEqual(all);
    expect(rounds.all).toBe(1);
    expect(rounds.few).toBeGreaterThan(2);
  });

  test('K that can be read once is enough where everything fits', async () => {
    const again = await certified(set, queries, () => blocksOf(matrix, 700));
    expect(await certified(set, queries, blocksOf(matrix, 700))).toEqual(again);
  });

  test('K that can be read once, and more in doubt than fits: an error', async () => {
    await expect(certified(set, queries, blocksOf(matrix, 700), { memory: 4096 })).rejects.toThrow(
      /K can be read only once; give K as a file, or raise --memory/,
    );
  });

  test.each([
    ['fewer rows', (values: Float64Array) => values.slice(0, -5), /has 1499 rows where U was made from 1500/],
    ['more rows', (values: Float64Array) => Float64Array.from([...values, 1, 2, 3, 4, 5]), /more than the 1500 rows/],
    [
      'another key',
      (values: Float64Array) => values.map((value, at) => (at === set.index[3]! * 5 + 2 ? value + 1 : value)),
      new RegExp(`differs from U in row ${set.index[3]}, column 2`),
    ],
  ])('%s: an error that says so', async (_, change, message) => {
    const other = { d: 5, values: change(matrix.values) };
    await expect(certified(set, queries, () => blocksOf(other, 700), { name: 'K.npy' })).rejects.toThrow(message);
  });
});
