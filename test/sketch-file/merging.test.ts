/** Sketches of parts of a matrix, however it is cut and in whatever order they are merged: what they must find of all of it. */

import { describe, expect, test } from 'vitest';
import { HeavySearch } from '../../src/entries/past-set/heavy.js';
import { parseFunction } from '../../src/functions.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { hashUnit } from '../../src/sketch/sample/sample-filter.js';
import type { SketchOptions } from '../../src/sketch/sketch-options.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { bruteForce, queriesFor as queriesOfAllKinds } from '../support/brute-force.js';
import { temporaryFolder } from '../support/files.js';
import { listCases, loadCase } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { type Cut, cutsOf, mergeAtRandom, type Rows, setOf, setOfParts, storePart } from '../support/merges.js';
import { holdTo, someRows } from '../support/promises.js';
import { makeMatrix, matrixKinds, type RandomMatrix, randomFrom } from '../support/random-matrices.js';
import { queriesFor, randomQueries, withModerateColumns } from '../support/sensitivities.js';

const kernels = makeKernels(backendNames.at(-1)!);
const folder = temporaryFolder();

/** What one pass finds. */
function onePass({ n, d, values }: Rows, options: SketchOptions): UniversalSet {
  const sketch = new LeverageSketch(options);
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

/** Leverage scores of all rows, as far as they count; held to exact arithmetic elsewhere. */
function leverageOf(rows: Rows): Float64Array {
  const { index, score } = onePass(rows, { d: rows.d, eps: 1e-300, kernels, factor: 'stable', blockRows: 64 });
  const scores = new Float64Array(rows.n);
  for (const [i, row] of index.entries()) scores[row] = score[i];
  return scores;
}

describe('x^2: U is that of exact arithmetic', () => {
  test.each(listCases())('fixture %s', async (name) => {
    const { K, expected } = loadCase(name);
    const rows = { n: K.rows, d: K.d, values: K.values };
    const random = randomFrom(name.length + K.rows);
    for (const [i, { eps, U }] of expected.results.entries()) {
      for (const factor of ['auto', 'stable'] as const) {
        const cuts = cutsOf(K.rows, 2 + Math.floor(7 * random()), random);
        const options = { d: K.d, eps, kernels, factor, blockRows: 64 };
        const set = await setOfParts(folder, rows, cuts, options, random, i % 2 === 1);
        const what = `eps ${eps}, ${factor}, cuts ${JSON.stringify(cuts)}`;
        expect([...set.index], what).toEqual(U);
        expect(set.n).toBe(K.rows);
        expect(set.rank, what).toBe(expected.rank);
        for (const [k, row] of U.entries()) {
          const off = Math.abs(set.score[k] - expected.tau[row]) / expected.tau[row];
          expect(off, `${what}, row ${row}`).toBeLessThanOrEqual(expected.tolerance);
          expect([...set.keys.subarray(k * K.d, (k + 1) * K.d)]).toEqual([
            ...K.values.subarray(row * K.d, (row + 1) * K.d),
          ]);
        }
      }
    }
  });
});

/** Every row alone, the last first; halves; a row, and the others. */
const CUTS: Readonly<Record<string, (n: number) => Cut[]>> = {
  'rows one by one': (n) => Array.from({ length: n }, (_, i): Cut => [i, i + 1]).reverse(),
  'one row and the others': (n) => [
    [0, 1],
    [1, n],
  ],
  'all but the last, and the last': (n) => [
    [n - 1, n],
    [0, n - 1],
  ],
};

test.each(Object.keys(CUTS))('x^2: %s', { tags: ['slow'] }, async (name) => {
  for (const kind of matrixKinds) {
    const matrix = makeMatrix(kind, 24, 5, 4);
    const tau = leverageOf(matrix);
    const options = { d: 5, eps: 0.2, kernels, blockRows: 8 };
    const set = await setOfParts(folder, matrix, CUTS[name](24), options, randomFrom(kind.length));
    const slack = set.delta + 1e-9;
    const scores = new Map(Array.from(set.index, (row, i) => [row, set.score[i]]));
    for (const [row, score] of tau.entries()) {
      if (score >= 0.2 * (1 + slack)) expect(scores.has(row), `${kind}, row ${row}`).toBe(true);
      if (scores.has(row)) expect(Math.abs(scores.get(row)! - score), `${kind}, row ${row}`).toBeLessThanOrEqual(slack);
    }
    for (const score of scores.values()) expect(score).toBeGreaterThanOrEqual(0.2 * (1 - slack));
  }
});

/** Holds the scores of heavy within their bounds to brute force. */
function expectBounds(set: UniversalSet, matrix: RandomMatrix, name: string): void {
  const { n, d } = matrix;
  const queries = queriesOfAllKinds(matrix, 7);
  const search = new HeavySearch(set, { kernels });
  const found = search.search({ start: 0, rows: queries.length / d, d, values: queries.slice() });
  const places = new Map(Array.from(found.query, (query, i) => [query * n + found.key[i], i]));
  const { lower, upper } = found.bounds ?? { lower: found.score, upper: found.score };
  for (let query = 0; query < queries.length / d; query++) {
    const brute = bruteForce(matrix, queries.subarray(query * d, (query + 1) * d), parseFunction(name));
    for (const [key, score] of brute.scores.entries()) {
      if (Number.isNaN(score)) continue;
      const at = places.get(query * n + key);
      const slack = brute.error * score;
      const fits =
        at === undefined ? score < set.eps + slack : score >= lower[at] - slack && score <= upper[at] + slack;
      if (!fits) throw new Error(`query ${query}, key ${key}: ${score} outside ${lower[at!]} … ${upper[at!]}`);
    }
  }
}

const OTHERS: readonly (Partial<SketchOptions> & { readonly name: string; readonly eps: number })[] = [
  { name: 'power:4', eps: 0.1 },
  { name: 'power:3', eps: 0.2 },
  { name: 'power:1', eps: 0.1 },
  { name: 'huber:1', eps: 0.3 },
  { name: 'power:4', eps: 0.1, certificate: 'tensor' },
  { name: 'power:4', eps: 0.1, certificate: 'gram' },
  { name: 'power:1', eps: 0.1, certificate: 'lewis' },
  { name: 'power:4', eps: 0.1, sampleRate: 3 },
  { name: 'power:2', eps: 0.1, sampleRate: 3 },
];

const HARD_KINDS = ['heavy-tailed', 'late rotation', 'entries from 1e-150 to 1e150', 'low rank', 'outliers last'];

describe.each(OTHERS)(
  '$name, certificate $certificate, one row in $sampleRate',
  { tags: ['slow'] },
  ({ name, ...way }) => {
    test.each(name === 'power:3' ? matrixKinds : HARD_KINDS)(
      'no key that matters is missing, and every bound holds: %s',
      async (kind) => {
        const random = randomFrom(kind.length + name.length);
        const matrix = makeMatrix(kind, 150, 4, 21);
        const pilot = matrix.values.slice(0, 40 * 4);
        const f = parseFunction(name);
        const exact = f.growth!.b === 2 && f.growth!.a === 2;
        const sample = exact ? undefined : { size: 12, seed: 5, pilot };
        const options = { d: 4, kernels, f, blockRows: 16, sample, ...way };
        const set = await setOfParts(
          folder,
          matrix,
          cutsOf(150, 2 + Math.floor(4 * random()), random),
          options,
          random,
        );
        expect(set.n).toBe(150);
        const moderate = withModerateColumns(matrix);
        for (const q of randomQueries(4, 4, 3)) holdTo(set, moderate, q, name);
        for (const row of someRows(150, 4, random)) {
          for (const q of queriesFor(moderate, row, set.growth.b)) holdTo(set, moderate, q, name);
        }
        const inside = new Set(set.index);
        const outside = [...leverageOf(matrix)].filter((_, row) => !inside.has(row));
        expect(set.dropped * (1 + 1e-7)).toBeGreaterThanOrEqual(Math.max(0, ...outside));
        expectBounds(set, matrix, name);
      },
    );
  },
);

describe('the sample of rows outside U', { tags: ['slow'] }, () => {
  const matrix = makeMatrix('heavy-tailed', 600, 5, 31);
  const pilot = matrix.values.slice(50 * 5, 150 * 5);
  const sample = { size: 25, seed: 9, pilot };
  const cuts = [1, 2, 3, 4].map((seed) => cutsOf(600, 7, randomFrom(seed)));

  test('x^2: is that of one pass, exactly', async () => {
    const options = { d: 5, eps: 0.03, kernels, blockRows: 16, sample };
    const whole = onePass(matrix, options).sample!;
    expect(whole.index.length).toBe(25);
    for (const [i, some] of cuts.entries()) {
      const merged = await setOfParts(folder, matrix, some, options, randomFrom(i));
      expect(merged.sample).toEqual(whole);
    }
  });

  test('power:4: by its definition, of the rows that are outside U', async () => {
    const f = parseFunction('power:4');
    // The weights of all rows, none of them in U and none left out.
    const all = onePass(matrix, { d: 5, eps: 1, kernels, blockRows: 16, sample: { ...sample, size: 600 } }).sample!;
    expect(all.index.length).toBe(600);
    for (const [i, some] of cuts.entries()) {
      const options = { d: 5, eps: 0.1, kernels, blockRows: 16, sample, f };
      const { index, sample: merged } = await setOfParts(folder, matrix, some, options, randomFrom(i));
      const inside = new Set(index);
      const ranked = Array.from(all.index, (row, k) => ({ row, priority: all.weight[k] / hashUnit(row, 9) }))
        .filter(({ row }) => !inside.has(row))
        .sort((x, y) => y.priority - x.priority);
      const chosen = ranked.slice(0, 25).map(({ row }) => row);
      expect([...merged!.index]).toEqual(chosen.sort((x, y) => x - y));
      expect([...merged!.weight]).toEqual(chosen.map((row) => all.weight[row]));
      expect(merged!.threshold).toBe(ranked[25].priority);
    }
  });
});

test('a sketch for a smaller eps serves a larger one', async () => {
  const matrix = makeMatrix('heavy-tailed', 400, 5, 8);
  const tau = leverageOf(matrix);
  for (const f of [undefined, parseFunction('power:4'), parseFunction('huber:1')]) {
    const options = { d: 5, kernels, f, blockRows: 16 };
    const path = await storePart(folder.at('small.lev'), matrix, [0, 400], { ...options, eps: 0.01 });
    const set = await setOf(path, { ...options, eps: 0.01 }, 0.2);
    expect(set.eps).toBe(0.2);
    if (!f) expect([...set.index]).toEqual([...tau.keys()].filter((j) => tau[j] >= 0.2));
    const moderate = withModerateColumns(matrix);
    for (const row of someRows(400, 8, randomFrom(4))) {
      for (const q of queriesFor(moderate, row, set.growth.b)) holdTo(set, moderate, q, f?.name ?? 'power:2');
    }
  }
});

test('of different eps the coarser counts, and no key for it is missing', async () => {
  const matrix = makeMatrix('heavy-tailed', 400, 5, 9);
  const tau = leverageOf(matrix);
  const options = { d: 5, kernels, blockRows: 16 };
  const paths = [
    await storePart(folder.at('fine.lev'), matrix, [0, 150], { ...options, eps: 0.02 }),
    await storePart(folder.at('coarse.lev'), matrix, [150, 400], { ...options, eps: 0.1 }),
  ];
  for (const order of [paths, paths.toReversed()]) {
    const merged = await mergeAtRandom(folder, order, { ...options, eps: 0.1 }, randomFrom(1));
    const set = await setOf(merged, { ...options, eps: 0.1 });
    expect(set.eps).toBe(0.1);
    expect([...set.index]).toEqual([...tau.keys()].filter((j) => tau[j] >= 0.1));
    await expect(setOf(merged, { ...options, eps: 0.1 }, 0.02)).rejects.toThrow(
      /was made for eps >= 0.1, .*eps = 0.02/,
    );
  }
});
