/** Choices of keys on every backend: leverage scores against NumPy's QR, selections against sorting. */

import { describe, expect, test } from 'vitest';
import type { HeadRows } from '../../src/kernels/head-rows.js';
import { chooseKeys, type KeyChoice } from '../../src/layer/choose-keys.js';
import { headsFirst } from '../../src/layer/head-rows.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const LEVERAGE = `
def scores(K):
    # Columns scaled to one length; what is below 1e-6 is the rounding of float32 in a dependent column.
    lengths = np.linalg.norm(K, axis=0)
    K = K / np.where(lengths == 0, 1, lengths)
    U, s, _ = np.linalg.svd(K, full_matrices=False)
    U = U[:, s > 1e-6 * s.max()] if s.max() > 0 else U[:, :0]
    if U.shape[1] == K.shape[1]:
        U = np.linalg.qr(K)[0]
    return (U * U).sum(axis=1)
print(json.dumps([scores(matrix(m)).tolist() for m in given]))
`;

/** A head of each kind, n x d: independent columns; a copied, a zero and a dependent one; columns far apart; n < d. */
const KINDS: readonly { kind: string; n: number; d: number; column?: (row: number[], j: number) => number }[] = [
  { kind: 'Gaussian', n: 50, d: 16 },
  { kind: 'Gaussian', n: 197, d: 13 },
  { kind: 'one column', n: 7, d: 1 },
  {
    kind: 'dependent columns',
    n: 40,
    d: 6,
    column: (row, j) => [row[0], row[1], row[0], 0, row[0] - row[1], row[5]][j],
  },
  { kind: 'columns far apart', n: 40, d: 3, column: (row, j) => row[j] * 2 ** (40 * j) },
  { kind: 'fewer keys than columns', n: 5, d: 8 },
  { kind: 'zeros', n: 4, d: 3, column: () => 0 },
];

function drawHeads({ n, d, column }: (typeof KINDS)[number], seed: number): HeadRows {
  const gaussian = gaussianFrom(randomFrom(seed));
  const values = new Float32Array(6 * n * d);
  for (let at = 0; at < values.length; at += d) {
    const row = Array.from({ length: d }, gaussian);
    values.set(
      row.map((value, j) => column?.(row, j) ?? value),
      at,
    );
  }
  return headsFirst(values, { batch: 2, heads: 3, rows: n, d });
}

const listOf = (head: number, keys: HeadRows, choice: KeyChoice, kernels: ReturnType<typeof makeKernels>): number[] => {
  const { most, count, index } = chooseKeys(keys, choice, kernels);
  return [...index.subarray(head * most, head * most + count[head])];
};

/** The k keys of largest score, as sorting has them. */
const sorted = (scores: readonly number[], k: number): number[] =>
  scores
    .map((_, i) => i)
    .sort((i, j) => scores[j] - scores[i] || i - j)
    .slice(0, k)
    .sort((i, j) => i - j);

describe.each(backendNames)('%s', (name) => {
  const kernels = makeKernels(name);

  describe.each(KINDS)('$kind, $n x $d', (kind) => {
    const { n, d } = kind;
    const keys = drawHeads(kind, n + d);
    const heads = [0, 1, 2, 3, 4, 5];

    test.skipIf(!numpy)('leverage scores are those of QR', () => {
      const expected = askNumpy<number[][]>(
        LEVERAGE,
        heads.map((head) => handOver(n, d, Float64Array.from(keys.values.subarray(head * n * d, (head + 1) * n * d)))),
      );
      const scores = new Float64Array(6 * n);
      kernels.headScores(keys, scores);
      for (const head of heads) {
        for (let i = 0; i < n; i++) expect(scores[head * n + i]).toBeCloseTo(expected[head][i], 6);
      }
    });

    test('the k of largest score, and those of at least eps', () => {
      const scores = new Float64Array(6 * n);
      kernels.headScores(keys, scores);
      for (const head of heads) {
        const own = [...scores.subarray(head * n, (head + 1) * n)];
        for (const k of [1, 2, n - 1, n].filter((k) => k >= 1)) {
          expect(listOf(head, keys, { by: 'leverage', k }, kernels)).toEqual(sorted(own, k));
        }
        for (const eps of [0.01, 0.2, 1]) {
          const reaching = own.flatMap((score, i) => (score >= eps ? [i] : []));
          expect(listOf(head, keys, { by: 'leverage', eps }, kernels)).toEqual(reaching);
        }
      }
    });

    test('the k longest', () => {
      for (const head of heads) {
        const norms = Array.from({ length: n }, (_, i) => {
          const row = keys.values.subarray((head * n + i) * d, (head * n + i + 1) * d);
          return row.reduce((sum, value) => sum + value * value, 0);
        });
        expect(listOf(head, keys, { by: 'norm', k: 3 }, kernels)).toEqual(sorted(norms, 3));
      }
    });
  });

  test('random keys: the same for a seed, others for another and for another head, each as likely', () => {
    const keys = drawHeads(KINDS[0], 1);
    const draw = (seed: number, head = 0) => listOf(head, keys, { by: 'random', k: 8, seed }, kernels);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).not.toEqual(draw(1, 1));
    const taken = new Array(50).fill(0);
    for (let seed = 0; seed < 500; seed++) {
      const list = draw(seed);
      expect(new Set(list).size).toBe(8);
      for (const i of list) taken[i]++;
    }
    // Binomial: 500 draws at 8 / 50 each, mean 80, deviation 8.2.
    expect(Math.min(...taken)).toBeGreaterThan(80 - 5 * 8.2);
    expect(Math.max(...taken)).toBeLessThan(80 + 5 * 8.2);
  });

  test('of equal scores the first keys are taken', () => {
    const keys = headsFirst(
      Float32Array.from({ length: 12 }, (_, i) => (i % 2 ? 0 : 1)),
      { batch: 1, heads: 1, rows: 6, d: 2 },
    );
    expect(listOf(0, keys, { by: 'norm', k: 4 }, kernels)).toEqual([0, 1, 2, 3]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a key with %s is an error that says which head', (bad) => {
    const keys = drawHeads(KINDS[0], 1);
    keys.values[(4 * 50 + 20) * 16 + 5] = bad;
    const choices: KeyChoice[] = [
      { by: 'leverage', k: 8 },
      { by: 'leverage', eps: 0.1 },
      { by: 'norm', k: 8 },
    ];
    for (const choice of choices) {
      expect(() => chooseKeys(keys, choice, kernels)).toThrow(
        expect.objectContaining({ kind: 'data', message: expect.stringContaining('batch element 1, head 1:') }),
      );
    }
  });
});

test.each<[KeyChoice, RegExp]>([
  [{ by: 'leverage', k: 0 }, /^k must be/],
  [{ by: 'norm', k: 1.5 }, /^k must be/],
  [{ by: 'leverage', eps: 0 }, /^eps must be/],
  [{ by: 'leverage', eps: 1.1 }, /^eps must be/],
  [{ by: 'random', k: 2, seed: -1 }, /^the seed must be/],
])('%j is refused', (choice, message) => {
  expect(() => chooseKeys(drawHeads(KINDS[0], 1), choice, makeKernels('plain'))).toThrow(
    expect.objectContaining({ kind: 'usage', message: expect.stringMatching(message) }),
  );
});
