/** Causal entries against masked brute force: exact for x^2, within bounds else, none missed. */

import { describe, expect, test } from 'vitest';
import { type CausalSearchOptions, causalEntries } from '../../src/entries/causal/causal-entries.js';
import { parseFunction } from '../../src/functions.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import { bruteForce } from '../support/brute-force.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { keyKinds, makeKeys } from '../support/key-kinds.js';
import { makeMatrix, matrixKinds, type RandomMatrix } from '../support/random-matrices.js';

function* blocksOf({ d, values }: { d: number; values: Float64Array }, rows: number): Generator<RowBlock> {
  for (let start = 0; start * d < values.length; start += rows) {
    const part = values.slice(start * d, (start + rows) * d);
    yield { start, rows: part.length / d, d, values: part };
  }
}

/** [query, key, score, lower, upper]. */
type Found = [number, number, number, number | undefined, number | undefined];

async function search(K: RandomMatrix, Q: RandomMatrix, options: CausalSearchOptions): Promise<Found[]> {
  const found: Found[] = [];
  const kernels = makeKernels(backendNames.at(-1)!);
  const batches = causalEntries(blocksOf(K, 37), blocksOf(Q, 53), { kernels, blockRows: 64, ...options });
  for await (const { count, query, key, score, bounds } of batches) {
    for (let i = 0; i < count; i++) {
      found.push([query[i], key[i], score[i], bounds?.lower[i], bounds?.upper[i]]);
    }
  }
  return found;
}

/** Scores of a query over the keys that it sees. */
function scoresOf(K: RandomMatrix, Q: RandomMatrix, query: number, offset: number, name: string) {
  const n = Math.min(K.n, Math.max(0, query + offset + 1));
  const seen = { ...K, n, values: K.values.subarray(0, n * K.d) };
  return bruteForce(seen, Q.values.subarray(query * Q.d, (query + 1) * Q.d), parseFunction(name));
}

function expectEntries(
  found: Found[],
  K: RandomMatrix,
  Q: RandomMatrix,
  name: string,
  eps: number,
  offset: number,
): void {
  const places = new Map(found.map((entry) => [entry[0] * K.n + entry[1], entry]));
  expect(places.size).toBe(found.length);
  const order = found.map(([query, key]) => query * K.n + key);
  expect(order).toEqual(order.toSorted((x, y) => x - y));
  for (let query = 0; query < Q.n; query++) {
    const { scores, error } = scoresOf(K, Q, query, offset, name);
    for (let key = 0; key < K.n; key++) {
      const entry = places.get(query * K.n + key);
      const exact = scores[key] ?? 0;
      const slack = 1e-9 + error;
      if (!entry) {
        if (exact >= eps * (1 + slack)) throw new Error(`query ${query}, key ${key}: missing, with score ${exact}`);
        continue;
      }
      const [, , score, lower = score * (1 - 1e-9), upper = score * (1 + 1e-9)] = entry;
      if (!(exact >= lower * (1 - slack) && exact <= upper * (1 + slack))) {
        throw new Error(`query ${query}, key ${key}: ${exact} outside ${lower} … ${upper}`);
      }
      if (name === 'power:2' && exact < eps * (1 - slack)) throw new Error(`query ${query}, key ${key}: only ${exact}`);
    }
  }
}

test('of two copies of a key at eps 0.6, the first alone is heavy, for the first query', async () => {
  const K = { kind: 'copies', n: 2, d: 2, values: Float64Array.from([1, 2, 1, 2]) };
  const Q = { kind: 'ones', n: 2, d: 2, values: Float64Array.from([1, 1, 1, 1]) };
  for (const blockRows of [64, 1]) {
    expect((await search(K, Q, { eps: 0.6, blockRows })).map(([query, key, score]) => [query, key, score])).toEqual([
      [0, 0, 1],
    ]);
  }
});

const QUESTIONS = [
  ['power:2', 0.05],
  ['power:4', 0.1],
  ['power:1.5', 0.05],
  ['power:1', 0.05],
  ['huber:1', 0.1],
] as const;

describe.each(QUESTIONS)('f = %s at eps %d', (name, eps) => {
  test.each([...matrixKinds, ...keyKinds])('%s', async (kind) => {
    const make = keyKinds.includes(kind) ? makeKeys : makeMatrix;
    const K = make(kind, 330, 5, 21);
    const peaks = Array.from({ length: 5 }, (_, j) =>
      K.values.reduce((most, value, at) => (at % 5 === j ? Math.max(most, Math.abs(value)) : most), 1e-300),
    );
    const gaussian = makeMatrix('gaussian', 330, 5, 22);
    const Q = { ...gaussian, values: gaussian.values.map((value, at) => value / peaks[at % 5]!) };
    const found = await search(K, Q, { f: parseFunction(name), eps, factor: 'auto' });
    expect(found.length).toBeGreaterThan(0);
    expectEntries(found, K, Q, name, eps, 0);
  });
});

describe('which keys a query sees', () => {
  const K = makeKeys('t, 3 degrees of freedom', 300, 4, 1);
  test.each([
    [-70, 300],
    [-1, 300],
    [0, 10],
    [0, 420],
    [5, 300],
    [64, 300],
    [150, 300],
    [1000, 300],
    [-1000, 300],
  ])('offset %d, %d queries', async (queryOffset, queries) => {
    const Q = makeKeys('gaussian', queries, 4, 2);
    for (const name of ['power:2', 'power:3']) {
      const found = await search(K, Q, { f: parseFunction(name), eps: 0.1, queryOffset });
      expectEntries(found, K, Q, name, 0.1, queryOffset);
    }
  });

  test('entries do not depend on the rows of a block', async () => {
    const Q = makeKeys('gaussian', 300, 4, 2);
    const pairs = async (blockRows: number) =>
      (await search(K, Q, { eps: 0.1, blockRows })).map(([query, key]) => [query, key]);
    const expected = await pairs(64);
    for (const blockRows of [16, 100, 512]) expect(await pairs(blockRows)).toEqual(expected);
  });
});

describe('what it refuses', () => {
  const K = makeKeys('gaussian', 10, 4, 1);
  test.each([
    ['K without rows', { ...K, n: 0, values: new Float64Array(0) }, K, /K has no rows/],
    ['queries of another width', K, makeKeys('gaussian', 10, 5, 1), /queries have 5 columns where the keys have 4/],
    [
      'NaN in K',
      { ...K, values: K.values.map((value, at) => (at === 6 ? Number.NaN : value)) },
      K,
      /row 1, column 2: NaN/,
    ],
  ])('%s', async (_, keys, queries, message) => {
    await expect(search(keys, queries, { eps: 0.1 })).rejects.toThrow(message);
  });

  test('a function without a universal set', async () => {
    await expect(search(K, K, { eps: 0.1, f: parseFunction('softmax') })).rejects.toThrow(/no small universal set/);
  });

  test('NaN that is to be skipped is passed over', async () => {
    const values = K.values.map((value, at) => (at === 6 ? Number.NaN : value));
    const cleared = K.values.map((value, at) => (at >= 4 && at < 8 ? 0 : value));
    const found = await search({ ...K, values }, K, { eps: 0.1, nonFinite: 'skip' });
    expect(found).toEqual(await search({ ...K, values: cleared }, K, { eps: 0.1 }));
  });
});
