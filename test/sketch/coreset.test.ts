/** Weighted rows that stand for all: regression on them against regression on everything, and sums against their expectation. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { LevattnError } from '../../src/errors.js';
import { parseFunction } from '../../src/functions.js';
import { type Coreset, coresetOf } from '../../src/sketch/sample/coreset.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';
import { scipy } from '../support/scipy.js';

const kernels = makeKernels(backendNames.at(-1)!);

interface Data {
  readonly n: number;
  readonly d: number;
  readonly values: Float64Array;
}

interface Way {
  readonly f: string;
  readonly eps: number;
  readonly size: number;
  readonly seed: number;
}

async function coresetFrom({ n, d, values }: Data, { f, eps, size, seed }: Way): Promise<Coreset> {
  const blocks = [{ start: 0, rows: n, d, values }];
  return coresetOf(await selectKeys(blocks, { eps, f: parseFunction(f), sample: { size, seed }, kernels }));
}

const N = 6000;
const FEATURES = 6;

/**
 * Rows [A | b] of a regression in which half of the features are 0 but in three rows each, which are as long as a thousand of the
 * others: who misses them knows nothing of those coefficients. b has heavy-tailed noise.
 */
const regression: Data = (() => {
  const random = randomFrom(29);
  const gaussian = gaussianFrom(random);
  const d = FEATURES + 1;
  const values = new Float64Array(N * d);
  for (let i = 0; i < N; i++) {
    const row = values.subarray(i * d, (i + 1) * d);
    row[0] = 1;
    for (let j = 1; j < 3; j++) row[j] = gaussian();
    const rare = Math.floor((i * 9) / N);
    if (i === Math.floor((rare * N) / 9) + 400) row[3 + (rare % 3)] = 1000 + 50 * gaussian();
    const noise = gaussian() / (0.2 + random());
    row[FEATURES] = 2 - row[1] + 3 * row[2] + 5 * row[3] - 4 * row[4] + row[5] + noise;
  }
  return { n: N, d, values };
})();

const SEEDS = Array.from({ length: 8 }, (_, i) => i + 1);

/** As many rows of the data as the coreset has, each as likely as any other. */
function uniform({ n, d, values }: Data, { index }: Coreset, seed: number): Pick<Coreset, 'weight' | 'keys'> {
  const random = randomFrom(1000 + seed);
  const count = index.length;
  const keys = new Float64Array(count * d);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(random() * n);
    keys.set(values.subarray(row * d, (row + 1) * d), i * d);
  }
  return { weight: new Float64Array(count).fill(n / count), keys };
}

interface Costs {
  /** The least there can be, on all rows. */
  readonly best: number;
  /** On all rows, of what was fitted to parts of them. */
  readonly fitted: readonly number[];
}

/** Fits by least squares, or by least absolute deviations as a linear program, and weighs by the cost on all rows. */
const SCRIPT = `
def least_squares(A, b, w):
    r = np.sqrt(w)
    return np.linalg.lstsq(A * r[:, None], b * r, rcond=None)[0]
def least_deviations(A, b, w):
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, identity
    n, d = A.shape
    equal = hstack([csr_matrix(A), identity(n), -identity(n)])
    found = linprog(np.concatenate([np.zeros(d), w, w]), A_eq=equal, b_eq=b, bounds=[(None, None)] * d + [(0, None)] * (2 * n), method='highs')
    assert found.status == 0
    return found.x[:d]
fit = least_squares if given['p'] == 2 else least_deviations
K = matrix(given['data'])
A, b = K[:, :-1], K[:, -1]
cost = lambda x: float(np.sum(np.abs(A @ x - b) ** given['p']))
def fitted(part):
    rows, w = matrix(part['rows']), matrix(part['weight']).ravel()
    return cost(fit(rows[:, :-1], rows[:, -1], w))
print(json.dumps({'best': cost(fit(A, b, np.ones(len(b)))), 'fitted': [fitted(part) for part in given['parts']]}))
`;

function costs({ n, d, values }: Data, parts: readonly Pick<Coreset, 'weight' | 'keys'>[], p: 1 | 2): Costs {
  return askNumpy(SCRIPT, {
    p,
    data: handOver(n, d, values),
    parts: parts.map(({ weight, keys }) => ({
      rows: handOver(weight.length, d, keys),
      weight: handOver(weight.length, 1, weight),
    })),
  });
}

/** What regression on a coreset may cost more than the least cost: d / size of it is to be expected, about 2 %. */
const STATED = 1.1;

describe.each([
  { name: 'l2', p: 2, f: 'power:2', eps: 0.04, there: numpy },
  // U of Huber's function serves x^2, as it does everything that grows between |x| and x^2.
  { name: "l2, by Huber's U", p: 2, f: 'huber:1', eps: 0.2, there: numpy },
  { name: 'l1', p: 1, f: 'power:1', eps: 0.02, there: scipy },
] as const)('$name regression', ({ p, f, eps, there }) => {
  const coresets: Coreset[] = [];
  beforeAll(async () => {
    for (const seed of SEEDS) coresets.push(await coresetFrom(regression, { f, eps, size: 300, seed }));
  });

  test('the influential rows are in it, with weight 1', () => {
    for (const { index, weight } of coresets) {
      expect(index.length).toBeLessThan(N / 10);
      for (let rare = 0; rare < 9; rare++) {
        const at = index.indexOf(Math.floor((rare * N) / 9) + 400);
        expect([at >= 0, weight[at]]).toEqual([true, 1]);
      }
    }
  });

  test.skipIf(!there)('costs no more than a tenth above the least; as many rows at random cost far more', () => {
    const others = coresets.map((coreset, i) => uniform(regression, coreset, SEEDS[i]));
    const { best, fitted } = costs(regression, [...coresets, ...others], p);
    for (const [i, cost] of fitted.entries()) {
      if (i < SEEDS.length) expect(cost / best, `seed ${SEEDS[i]}`).toBeLessThan(STATED);
      else expect(cost / best, `at random, ${SEEDS[i - SEEDS.length]}`).toBeGreaterThan(1.5);
      expect(cost).toBeGreaterThanOrEqual(best * (1 - 1e-9));
    }
  });
});

describe('sums over a coreset', () => {
  /** Heavy-tailed rows, so that some are in U and weights differ. */
  const data: Data = (() => {
    const random = randomFrom(31);
    const gaussian = gaussianFrom(random);
    return { n: 1500, d: 4, values: Float64Array.from({ length: 6000 }, () => gaussian() / (random() + 1e-2)) };
  })();

  /** g(<q, k_i>) of every row. */
  const termsOf = (keys: Float64Array, q: readonly number[], g: (x: number) => number): Float64Array =>
    Float64Array.from({ length: keys.length / q.length }, (_, i) =>
      g(q.reduce((x, value, j) => x + value * keys[i * q.length + j], 0)),
    );

  test('are right on average over the seeds', async () => {
    const square = (x: number): number => x * x;
    const cases = [
      { q: [1, 0, 0, 0], g: Math.abs },
      { q: [1, -2, 0.5, 3], g: square },
      { q: [0, 0, 1, 1], g: (x: number) => Math.sqrt(Math.abs(x)) },
      { q: [0.3, 0.3, -1, 0], g: (x: number) => Math.min(1, x * x) },
    ];
    const coresets: Coreset[] = [];
    for (let seed = 0; seed < 64; seed++) {
      coresets.push(await coresetFrom(data, { f: 'power:2', eps: 0.02, size: 60, seed }));
    }
    expect(coresets[0].certain).toBeGreaterThan(0);
    for (const [which, { q, g }] of cases.entries()) {
      const terms = termsOf(data.values, q, g);
      const whole = terms.reduce((total, term) => total + term, 0);
      const sums = coresets.map(({ keys, weight }) =>
        termsOf(keys, q, g).reduce((total, term, i) => total + weight[i] * term, 0),
      );
      const mean = sums.reduce((total, sum) => total + sum, 0) / sums.length;
      const variance = sums.reduce((total, sum) => total + (sum - mean) ** 2, 0) / (sums.length - 1);
      const z = (mean - whole) / Math.sqrt(variance / sums.length);
      // By the central limit theorem four such numbers all lie within 4 but for one time in 4,000.
      expect(Math.abs(z), `sum ${which}`).toBeLessThan(4);
      // Rows are weighed by squares: of these the sums vary far less than those over as many rows at random.
      const average = whole / data.n;
      const spread = terms.reduce((total, term) => total + (term - average) ** 2, 0) / data.n;
      if (g === square) expect(variance).toBeLessThan((data.n ** 2 * spread) / coresets[0].index.length / 10);
    }
  });

  test('are exact where the sample holds all the other rows', async () => {
    const { index, weight, keys, certain } = await coresetFrom(data, { f: 'power:1', eps: 0.02, size: 1500, seed: 5 });
    expect(Array.from(index)).toEqual(Array.from({ length: data.n }, (_, i) => i));
    expect(weight.every((w) => w === 1)).toBe(true);
    expect(keys).toEqual(data.values);
    expect(certain).toBeLessThan(data.n);
  });

  test('need a sample', async () => {
    const set = await selectKeys([{ start: 0, rows: data.n, d: data.d, values: data.values }], { kernels });
    const { sample: _, ...without } = set;
    expect(() => coresetOf({ ...without, sample: undefined })).toThrow(
      expect.objectContaining({ kind: 'data', message: expect.stringMatching(/--sample-size/) }) as LevattnError,
    );
  });
});
