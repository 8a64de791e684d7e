/** Leverage scores of wide matrices against NumPy, by every route, and the same bits for any number of threads. Runs the built modules. */

import { describe, expect, test } from 'vitest';
import type { RowBlock } from '../../../src/rows/row-block.js';
import type { UniversalSet } from '../../../src/sketch/universal-set.js';
import { expectAtMost, expectSame } from '../../support/comparisons.js';
import { askNumpy, handOver, numpy } from '../../support/numpy.js';
import { gaussianFrom, makeMatrix, type RandomMatrix, randomFrom } from '../../support/random-matrices.js';

const { selectKeys } = await import('../../../dist/sketch/select-keys.js');
const { WIDE_COLUMNS } = await import('../../../dist/sketch/wide/wide-algebra.js');

/** The fewest that are wide, and some that nothing divides. */
const D = 521;

/** Rows in blocks that fit nothing. */
function* blocksOf({ n, d, values }: RandomMatrix): Generator<RowBlock> {
  for (let start = 0; start < n; start += 193) {
    const rows = Math.min(193, n - start);
    yield { start, rows, d, values: values.subarray(start * d, (start + rows) * d) };
  }
}

const select = (
  matrix: RandomMatrix,
  options: { readonly eps: number; readonly factor?: 'auto' | 'gram' | 'stable' },
  threads = 1,
): Promise<UniversalSet> => selectKeys(blocksOf(matrix), { ...options, threads });

interface Reference {
  readonly rank: number;
  readonly kappa: number;
  readonly tau: readonly number[];
}

/** By singular values, with columns brought to unit length; singular values up to 8 d u of the largest count as zero. */
const reference = ({ n, d, values }: RandomMatrix): Reference =>
  askNumpy<Reference>(
    `
K = matrix(given)
K = K / np.abs(K).max(axis=0, where=K != 0, initial=2.0**-1000)
lengths = np.linalg.norm(K, axis=0)
U, s, _ = np.linalg.svd(K / np.where(lengths > 0, lengths, 1), full_matrices=False)
rank = int((s > s[0] * 8 * K.shape[1] * 2.0**-53).sum())
print(json.dumps({'rank': rank, 'kappa': s[0] / s[rank - 1], 'tau': (U[:, :rank] ** 2).sum(axis=1).tolist()}))`,
    handOver(n, d, values),
  );

/** U against the reference: no key that reaches eps is missing, and scores are as exact as they are said to be. */
function holdTo(set: UniversalSet, { rank, kappa, tau }: Reference, eps: number): void {
  expect(set.rank).toBe(rank);
  // NumPy's own error is of the same kind as that of the stable route.
  const error = set.delta + 8 * set.d * 2 ** -53 * kappa;
  const scores = new Map([...set.index].map((row, i) => [row, set.score[i]]));
  for (const [row, score] of tau.entries()) {
    const found = scores.get(row);
    if (found === undefined) expectAtMost(score, eps * (1 + error), `row ${row} is missing`);
    else expectAtMost(Math.abs(found - score), error * score + 1e-300, `row ${row}`);
  }
}

/** A matrix whose columns are changed row by row. */
const changed = (matrix: RandomMatrix, change: (row: Float64Array, i: number) => void): RandomMatrix => {
  const values = matrix.values.slice();
  for (let i = 0; i < matrix.n; i++) change(values.subarray(i * matrix.d, (i + 1) * matrix.d), i);
  return { ...matrix, values };
};

const gaussian = makeMatrix('gaussian', 2500, D, 3);

/** Gaussian rows times Kahan's matrix: its smallest singular value is 1e-17 of the largest, while a third is left of every column. */
function kahan(n: number, c: number, s: number): RandomMatrix {
  const { values } = makeMatrix('gaussian', n, D, 13);
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * D, (i + 1) * D);
    let before = 0;
    for (let j = 0; j < D; j++) {
      const own = row[j] * s ** j;
      row[j] = own - c * before;
      before += own;
    }
  }
  return { kind: 'kahan', n, d: D, values };
}

const cases: Readonly<Record<string, RandomMatrix>> = {
  'well-conditioned, more rows than 4 d': gaussian,
  'fewer rows than 4 d': makeMatrix('heavy-tailed', 900, D, 4),
  'fewer rows than columns': makeMatrix('gaussian', 300, D, 5),
  'one row': makeMatrix('gaussian', 1, D, 5),
  'low rank': makeMatrix('low rank', 2400, D, 6),
  'columns of very different units': changed(gaussian, (row) => {
    for (let j = 0; j < D; j++) row[j] *= 2 ** (((j * 37) % 400) - 200);
  }),
  'copies, sums and zeros among the columns': changed(gaussian, (row) => {
    for (let j = 0; j < D; j++) row[j] = Math.round(64 * row[j]) / 64;
    row[0] = row[77];
    row[200] = row[3] + row[400];
    row[520] = row[1] - 3 * row[2];
    row[64] = 0;
    row[300] = row[299];
  }),
  'a column that is new late': changed(gaussian, (row, i) => {
    row[100] = i < 2300 ? row[7] : row[100];
    if (i < 2400) row[10] = 0;
  }),
  'new directions in one block': makeMatrix('new directions in one block', 3000, D, 7),
  'rank growing one at a time': makeMatrix('rank growing one at a time', 2600, D, 8),
  'late rotation': makeMatrix('late rotation', 2600, D, 9),
  'outliers last': makeMatrix('outliers last', 2600, D, 10),
  'zero rows between': makeMatrix('zero rows between', 4000, D, 11),
  'dependent columns of each of which much is left': kahan(2300, 0.08, 0.999),
  'condition 1e9': changed(gaussian, (row) => {
    for (let j = 260; j < D; j++) row[j] = row[j - 260] + 1e-9 * row[j];
  }),
};

describe.runIf(numpy)('scores are those of NumPy, within delta', () => {
  test('these matrices are wide', () => expect(D).toBeGreaterThan(WIDE_COLUMNS));

  test.each(Object.entries(cases))('%s', async (name, matrix) => {
    const expected = reference(matrix);
    const eps = 0.9 * (expected.rank / matrix.n);
    const set = await select(matrix, { eps });
    holdTo(set, expected, eps);
    expectSame(await select(matrix, { eps }, 3), set);
    if (name !== 'one row') holdTo(await select(matrix, { eps, factor: 'stable' }), expected, eps);
  });

  test('the Gram route, when it is asked for, and where columns are copies', async () => {
    const expected = reference(gaussian);
    for (const eps of [0.2, 0.05]) holdTo(await select(gaussian, { eps, factor: 'gram' }), expected, eps);
    const copied = changed(gaussian, (row) => {
      row[400] = row[30];
    });
    const set = await select(copied, { eps: 0.2, factor: 'gram' });
    expect(set.unresolved).toBe(0);
    holdTo(set, reference(copied), 0.2);
  });

  test('rows are screened with a factor once there are enough of them', async () => {
    // All survive until there are 2 D / eps = 20 D.
    const matrix = makeMatrix('gaussian', 50 * D, D, 12);
    const random = gaussianFrom(randomFrom(1));
    for (const row of [100, 9000, 15_000]) for (let j = 0; j < D; j++) matrix.values[row * D + j] = 6 * random();
    let kept = 0;
    const set = await selectKeys(blocksOf(matrix), {
      eps: 0.1,
      onProgress: (sketch: { counts: { kept: number } }) => {
        kept = sketch.counts.kept;
      },
    });
    expect(set.route).toBe('gram');
    expect([...set.index]).toEqual([100, 9000, 15_000]);
    expect(kept).toBeLessThan(matrix.n / 2);
    holdTo(set, reference(matrix), 0.1);
  });
});
