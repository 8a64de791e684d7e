/** Scores of all rows: leverage scores against NumPy's SVD, Lewis weights against the plain fixed point, both sum to the rank. */

import { describe, expect, test } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { parseFunction } from '../../src/functions.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import { prepareScores, rowScores, type ScoreOptions } from '../../src/sketch/scores.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { keyKinds, makeKeys } from '../support/key-kinds.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { makeMatrix, matrixKinds, type RandomMatrix } from '../support/random-matrices.js';
import { withModerateColumns } from '../support/sensitivities.js';

const kernels = makeKernels(backendNames.at(-1)!);

function* blocksOf({ n, d, values }: RandomMatrix, rows = n): Generator<RowBlock> {
  for (let start = 0; start < n; start += rows) {
    const count = Math.min(rows, n - start);
    yield { start, rows: count, d, values: values.slice(start * d, (start + count) * d) };
  }
}

async function scoresOf(matrix: RandomMatrix, options: ScoreOptions = {}, rows = 67): Promise<Float64Array> {
  const scores = new Float64Array(matrix.n).fill(Number.NaN);
  for await (const { start, score } of rowScores(() => blocksOf(matrix, rows), { kernels, ...options })) {
    scores.set(score, start);
  }
  return scores;
}

async function drain(batches: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of batches);
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

const furthest = (found: Float64Array, expected: readonly number[]): number =>
  found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0);

const handOverModerate = (matrix: RandomMatrix) => handOver(matrix.n, matrix.d, withModerateColumns(matrix).values);

/** Leverage scores by the SVD of each K with columns of unit length, and ranks. */
const bySvd = (matrices: readonly RandomMatrix[]) =>
  askNumpy<{ tau: number[]; rank: number }[]>(
    `
answers = []
for k in map(matrix, given):
    lengths = np.linalg.norm(k, axis=0)
    k = k / np.where(lengths == 0, 1, lengths)
    u, s, _ = np.linalg.svd(k, full_matrices=False)
    kept = s > 8 * k.shape[1] * 2**-53 * s[0]
    answers.append({'tau': np.sum(u[:, kept]**2, axis=1).tolist(), 'rank': int(kept.sum())})
print(json.dumps(answers))`,
    matrices.map(handOverModerate),
  );

describe.skipIf(!numpy)('leverage scores are those of NumPy', () => {
  test.each([
    [300, 6],
    [5, 8],
  ])('n = %d, d = %d, every kind', async (n, d) => {
    const matrices = matrixKinds.map((kind) => makeMatrix(kind, n, d, 3));
    for (const [i, { tau, rank }] of bySvd(matrices).entries()) {
      const scores = await scoresOf(matrices[i]);
      expect(furthest(scores, tau), matrices[i].kind).toBeLessThan(1e-7);
      expect(sum(scores), matrices[i].kind).toBeCloseTo(rank, 6);
    }
  });

  test('keys of every kind, by both routes', async () => {
    const matrices = keyKinds.map((kind) => makeKeys(kind, 2000, 12, 4));
    for (const [i, { tau, rank }] of bySvd(matrices).entries()) {
      for (const factor of ['auto', 'stable'] as const) {
        const scores = await scoresOf(matrices[i], { factor });
        expect(furthest(scores, tau), matrices[i].kind).toBeLessThan(1e-7);
        expect(sum(scores), matrices[i].kind).toBeCloseTo(rank, 6);
      }
    }
  });
});

/** Lewis weights by the iteration that defines them, all rows at hand, until nothing moves. */
const byFixedPoint = (matrices: readonly RandomMatrix[], p: number) =>
  askNumpy<number[][]>(
    `
p = given['p']
answers = []
for k in map(matrix, given['matrices']):
    lengths = np.linalg.norm(k, axis=0)
    k = k / np.where(lengths == 0, 1, lengths)
    used = np.any(k != 0, axis=1)
    u, s, _ = np.linalg.svd(k[used], full_matrices=False)
    k = u[:, s > 8 * k.shape[1] * 2**-53 * s[0]]
    w = np.sum(k**2, axis=1)
    for _ in range(3000):
        root = w**(0.5 - 1/p)
        r = np.linalg.qr(root[:, None] * k, mode='r')
        quad = np.sum(np.linalg.solve(r.T, k.T)**2, axis=0)
        new = quad**(p/2) if p < 3.5 else w**(1 - 2/p) * quad
        done = np.max(np.abs(new / w - 1)) < 1e-13
        w = new
        if done: break
    out = np.zeros(len(used)); out[used] = w
    answers.append(out.tolist())
print(json.dumps(answers))`,
    { matrices: matrices.map(handOverModerate), p },
  );

const WEIGHED = [
  'gaussian',
  'heavy-tailed',
  'outliers last',
  'small whole numbers',
  'low rank',
  'zero rows between',
  'columns scaled by powers of two',
];

describe.skipIf(!numpy)('Lewis weights are those of the plain fixed point', () => {
  test.each([0.5, 1, 1.5, 3, 4, 8, 32])('p = %d, to the accuracy that is asked for', async (p) => {
    const matrices = WEIGHED.map((kind) => makeMatrix(kind, 200, 4, 6));
    for (const [i, expected] of byFixedPoint(matrices, p).entries()) {
      for (const accuracy of [1e-2, 1e-6]) {
        const options = { kernels, f: parseFunction(`power:${p}`), accuracy };
        const fit = await prepareScores(() => blocksOf(matrices[i], 41), options);
        expect(fit.error).toBeLessThanOrEqual(accuracy);
        let total = 0;
        for await (const { start, rows, score } of fit.batches) {
          for (let row = 0; row < rows; row++) {
            total += score[row];
            const weight = expected[start + row];
            // Of a float64 that is all but zero only the size is promised.
            const most = (accuracy + 1e-9) * weight + 1e-15;
            expect(Math.abs(score[row] - weight), `${matrices[i].kind}, row ${start + row}`).toBeLessThanOrEqual(most);
          }
        }
        expect(Math.abs(total / fit.rank - 1)).toBeLessThanOrEqual(accuracy + 1e-9);
      }
    }
  });
});

test('copies of a row share the leverage score of one, and turned columns change nothing', async () => {
  const { n, d, values } = makeMatrix('heavy-tailed', 200, 3, 8);
  const turned = values.map((_, at) => {
    const row = at - (at % d);
    return [values[row] + 2 * values[row + 1], values[row + 1] - values[row + 2], 5 * values[row + 2]][at % d];
  });
  const once = await scoresOf({ kind: '', n, d, values });
  expect(furthest(await scoresOf({ kind: '', n, d, values: turned }), [...once])).toBeLessThan(1e-9);
  const doubled = Float64Array.from([...values, ...values]);
  const twice = await scoresOf({ kind: '', n: 2 * n, d, values: doubled });
  expect(
    furthest(
      twice,
      [...once, ...once].map((score) => score / 2),
    ),
  ).toBeLessThan(1e-9);
});

test('nothing depends on how the rows come', async () => {
  const matrix = makeMatrix('heavy-tailed', 500, 5, 9);
  for (const f of [parseFunction('power:2'), parseFunction('power:1')]) {
    expect(await scoresOf(matrix, { f }, 13)).toEqual(await scoresOf(matrix, { f, threads: 2 }, 500));
  }
});

test('by the factor of a universal set, in one pass', async () => {
  for (const kind of ['gaussian', 'low rank', 'columns scaled by powers of two']) {
    for (const factor of ['auto', 'gram'] as const) {
      const matrix = makeMatrix(kind, 3000, 6, 10);
      const set = await selectKeys(blocksOf(matrix), { kernels, eps: 0.5, factor });
      let passes = 0;
      const read = () => {
        passes++;
        return blocksOf(matrix, 100);
      };
      const expected = await scoresOf(matrix, { factor });
      for await (const { start, rows, score } of rowScores(read, { kernels, set })) {
        for (let i = 0; i < rows; i++) expect(Math.abs(score[i] - expected[start + i])).toBeLessThan(1e-9);
      }
      expect(passes).toBe(1);
    }
  }
});

test('rows that are passed over have score 0 and change nothing for the others', async () => {
  const { n, d, values } = makeMatrix('gaussian', 100, 3, 11);
  const damaged = values.slice();
  damaged[5 * d + 1] = Number.NaN;
  const without = values.slice().fill(0, 5 * d, 6 * d);
  const scores = await scoresOf({ kind: '', n, d, values: damaged }, { nonFinite: 'skip' });
  expect(scores).toEqual(await scoresOf({ kind: '', n, d, values: without }));
  expect(scores[5]).toBe(0);
  await expect(scoresOf({ kind: '', n, d, values: damaged })).rejects.toThrow(/^row 5, column 1: NaN/);
});

test('what cannot be scored is refused', async () => {
  const matrix = makeMatrix('gaussian', 100, 3, 12);
  const other = makeMatrix('gaussian', 90, 3, 12);
  const sampled = await selectKeys(blocksOf(matrix), { kernels, sampleRate: 3 });
  const set = await selectKeys(blocksOf(matrix), { kernels });
  let passes = 0;
  const changing = rowScores(() => blocksOf(passes++ === 0 ? matrix : other), { kernels });
  for (const [run, message] of [
    [() => scoresOf(matrix, { f: parseFunction('huber') }), /^f = huber:1: rows have scores for/],
    [() => scoresOf(matrix, { f: parseFunction('power:33') }), /up to 32 only$/],
    [() => scoresOf(matrix, { set: sampled, setName: 'U.arrow' }), /^U.arrow: was made with --sample/],
    [() => scoresOf(other, { set, setName: 'U.arrow' }), /^K has 90 rows, and U.arrow is of 100;/],
    [() => scoresOf(makeMatrix('gaussian', 100, 4, 1), { set }), /^K has 4 columns, and the set is of 3;/],
    [() => drain(changing), /^K has 90 rows where it had 100 in the first pass/],
  ] as const) {
    const error = await run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LevattnError);
    expect((error as LevattnError).message).toMatch(message);
  }
});
