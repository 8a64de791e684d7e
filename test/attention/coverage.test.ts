/** Coverage against NumPy on real heads, and by theorems. */

import { describe, expect, test } from 'vitest';
import type { CoverageOptions } from '../../src/attention/coverage/coverage-options.js';
import { type CoverageReport, measureCoverage } from '../../src/attention/coverage/measure-coverage.js';
import { verdictOf } from '../../src/attention/coverage/verdict.js';
import { parseFunction } from '../../src/functions.js';
import { firstAndLast } from '../../src/selectors/order.js';
import { parseSelectors } from '../../src/selectors/registry.js';
import { blocksOf, scoresOf } from '../entries/exact/brute-force.js';
import { fixturePath, loadMatrix, type Matrix, sharedData } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { makeMatrix } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

const measure = (K: Matrix, Q: Matrix | undefined, options: CoverageOptions = {}): Promise<CoverageReport> => {
  const index = Float64Array.from({ length: K.rows }, (_, i) => i);
  return measureCoverage({ d: K.d, index, values: K.values }, Q && blocksOf(Q), { kernels, by, ...options });
};

/** Everything that no query is needed for. */
const by = parseSelectors('leverage,lewis:p=1,lewis:p=4,key-norm,first+last,random');

const gaussian = (rows: number, d: number, seed: number): Matrix => ({
  rows,
  d,
  values: makeMatrix('gaussian', rows, d, seed).values,
});

/** Shares by name of selection, and by k. */
type Shares = Record<string, Record<'heavyShare' | 'heavyMassShare' | 'mass', number[]>>;

const sharesOf = ({ functions, sizes }: CoverageReport, at: number): Shares => {
  const shares: Shares = {};
  for (const row of functions[at].coverage) {
    shares[row.selection] ??= { heavyShare: [], heavyMassShare: [], mass: [] };
    for (const name of ['heavyShare', 'heavyMassShare', 'mass'] as const) {
      shares[row.selection][name][sizes.indexOf(row.k)] = row[name];
    }
  }
  return shares;
};

const NUMPY = `
K, Q, V, eps, sizes, offset = (matrix(given[x]) if x in 'KQV' else given[x] for x in ('K', 'Q', 'V', 'eps', 'sizes', 'offset'))
n, m = len(K), len(Q)
tau = (np.linalg.qr(K)[0] ** 2).sum(axis=1)
place = np.full(m, n - 1) if offset is None else np.arange(m) + offset
sees = np.arange(n)[None, :] <= place[:, None]
x = Q @ K.T
answers = []
for f in ('softmax', 'square'):
    if f == 'softmax':
        z = np.where(sees, x / np.sqrt(K.shape[1]), -np.inf)
        A = np.exp(z - z.max(axis=1, keepdims=True))
    else:
        A = np.where(sees, x ** 2, 0)
    A /= A.sum(axis=1, keepdims=True)
    heavy = A >= eps
    answer = {}
    for name, score in (('leverage', tau), ('key-norm', (K ** 2).sum(axis=1)), ('best afterwards', A.sum(axis=0))):
        order = np.argsort(-score, kind='stable')
        answer[name] = [np.isin(np.arange(n), order[:k])[None, :] & sees for k in sizes]
    answer['first+last'] = []
    for k in sizes:
        s = min(4, k // 2)
        j = np.arange(n)[None, :]
        answer['first+last'].append(sees & ((j < s) | (j > place[:, None] - (k - s))))
    needed = {}
    for name, sets in answer.items():
        if name == 'first+last':
            s = np.minimum(4, np.arange(n + 1) // 2)
            upto = np.concatenate([np.zeros((m, 1)), np.cumsum(np.where(sees, A, 0), axis=1)], axis=1)
            end = np.clip(place + 1, 0, n)
            rows = np.arange(m)
            kept = []
            for k in range(1, n + 1):
                first = np.minimum(s[k], end)
                last = np.clip(place - (k - s[k]) + 1, first, end)
                kept.append(float((upto[rows, first] + upto[rows, end] - upto[rows, last]).sum()))
        else:
            score = {'leverage': tau, 'key-norm': (K ** 2).sum(axis=1), 'best afterwards': A.sum(axis=0)}[name]
            kept = np.cumsum(A.sum(axis=0)[np.argsort(-score, kind='stable')])
        needed[name] = [int(np.argmax(np.asarray(kept) >= share * A.sum())) + 1 for share in (.9, .95, .99)]
    O, errors = A @ V, {}
    for name, sets in answer.items():
        errors[name] = []
        for S in sets:
            B = np.where(S, A, 0)
            kept = B.sum(axis=1, keepdims=True)
            e = np.linalg.norm(np.where(kept > 0, B / np.maximum(kept, 1e-300), 0) @ V - O, axis=1) / np.linalg.norm(O, axis=1)
            errors[name].append([float(np.median(e)), float(e.mean()), float(np.quantile(e, .9))])
    answers.append({'count': int(heavy.sum()), 'needed': needed, 'errors': errors, 'shares': {name: {'heavyShare': [int((heavy & S).sum()) / max(1, int(heavy.sum())) for S in sets],
                           'heavyMassShare': [float(A[heavy & S].sum() / max(1e-300, A[heavy].sum())) for S in sets],
                           'mass': [float(A[S].sum() / A.sum()) for S in sets]} for name, sets in answer.items()}})
print(json.dumps({'answers': answers, 'universal': int((tau >= eps).sum())}))
`;

interface Answers {
  readonly answers: readonly {
    readonly count: number;
    readonly shares: Shares;
    readonly needed: Record<string, number[]>;
    /** Median, mean and 90 % of output errors, by selection and k. */
    readonly errors: Record<string, number[][]>;
  }[];
  readonly universal: number;
}

async function expectNumpy(K: Matrix, Q: Matrix, eps: number, sizes: number[], offset: number | null): Promise<void> {
  const sight = offset === null ? {} : { causal: true, queryOffset: offset };
  const V = gaussian(K.rows, 5, 77);
  const index = Float64Array.from({ length: K.rows }, (_, i) => i);
  const report = await measureCoverage({ d: K.d, index, values: K.values }, () => blocksOf(Q), {
    kernels,
    by,
    eps,
    sizes,
    values: { width: V.d, rows: V.values },
    ...sight,
  });
  const { answers, universal } = askNumpy<Answers>(NUMPY, {
    V: handOver(V.rows, V.d, V.values),
    K: handOver(K.rows, K.d, K.values),
    Q: handOver(Q.rows, Q.d, Q.values),
    eps,
    sizes: report.sizes,
    offset,
  });
  expect([report.universal, report.functions.map(({ entries }) => entries)]).toEqual([
    universal,
    answers.map(({ count }) => count),
  ]);
  for (const [at, { count, shares: expected, needed, errors }] of answers.entries()) {
    const found = sharesOf(report, at);
    for (const { selection, k } of report.functions[at].needed) {
      if (needed[selection]) expect(k, selection).toEqual(needed[selection]);
    }
    for (const { selection, k, error } of report.functions[at].coverage) {
      const own = errors[selection]?.[report.sizes.indexOf(k)];
      if (!own) continue;
      for (const [i, value] of [error!.median, error!.mean, error!.p90].entries()) {
        expect(value, `${selection} ${k}`).toBeCloseTo(own[i], 9);
      }
    }
    for (const [name, shares] of Object.entries(expected)) {
      for (const [k, mass] of shares.mass.entries()) expect(found[name].mass[k], `${name} ${k}`).toBeCloseTo(mass, 10);
      if (count === 0) continue;
      for (const measure of ['heavyShare', 'heavyMassShare'] as const) {
        for (const [k, share] of shares[measure].entries()) {
          expect(found[name][measure][k], `${name} ${measure} ${k}`).toBeCloseTo(share, 10);
        }
      }
    }
  }
}

describe.skipIf(!numpy)('against NumPy', () => {
  const K = loadMatrix(fixturePath('demo/K.npy'));
  const Q = loadMatrix(fixturePath('demo/Q.npy'));

  test.each([
    ['every query sees all keys', null],
    ['causal', 0],
    ['causal, queries that come late', 700],
  ])('the demo head: %s', async (_, offset) => {
    const few = { ...Q, rows: 300, values: Q.values.subarray(0, 300 * Q.d) };
    await expectNumpy(K, few, 0.02, [1, 5, 8, 64, 300, 1536], offset);
  });

  const line = sharedData('real-attention/ocr-b1h3-line_k.npy');
  test.skipIf(!line)('a head of another model (../shared/data/real-attention)', async () => {
    const lineQ = loadMatrix(sharedData('real-attention/ocr-b1h3-line_q.npy')!);
    const few = { ...lineQ, rows: 200, values: lineQ.values.subarray(0, 200 * lineQ.d) };
    await expectNumpy(loadMatrix(line!), few, 0.01, [8, 64, 512], null);
  });
});

describe('by theorems', () => {
  const K = gaussian(400, 6, 21);
  K.values.set(
    gaussian(8, 6, 22).values.map((value) => 30 * value),
    600,
  );
  const Q = gaussian(150, 6, 23);

  test.each([
    ['every query sees all keys', {}],
    ['causal', { causal: true, queryOffset: 250 }],
  ])('all keys capture all, and more keys never less: %s', async (_, sight) => {
    const functions = ['softmax', 'power:2', 'power:4', 'relu'].map(parseFunction);
    const report = await measure(K, Q, { eps: 0.03, sizes: [1, 2, 3, 7, 50, 399, 400], functions, ...sight });
    for (const [at, { entries }] of report.functions.entries()) {
      expect(entries).toBeGreaterThan(0);
      for (const [name, shares] of Object.entries(sharesOf(report, at))) {
        for (const own of Object.values(shares)) {
          expect(own.at(-1), name).toBeCloseTo(1, 12);
          for (let k = 1; k < own.length; k++) expect(own[k]).toBeGreaterThanOrEqual(own[k - 1] - 1e-12);
        }
      }
    }
  });

  test('U captures every heavy entry of x^2, and no set of as many keys captures more than the best', async () => {
    for (const eps of [0.02, 0.05, 0.2]) {
      const report = await measure(K, Q, { eps, sizes: [1, 20] });
      const { universal, sizes, rank } = report;
      expect(universal).toBeGreaterThan(0);
      expect(universal).toBeLessThanOrEqual(rank / eps);
      const shares = sharesOf(report, 1);
      expect(shares.leverage.heavyShare[sizes.indexOf(universal)]).toBe(1);
      for (const [name, { mass }] of Object.entries(shares)) {
        if (name !== 'first+last') {
          for (const [k, share] of mass.entries()) {
            expect(share).toBeLessThanOrEqual(shares['best afterwards'].mass[k] + 1e-12);
          }
        }
      }
    }
  });

  test('random keys capture their number’s share, on average', async () => {
    const { keys, sizes } = await measure(K, undefined, { sizes: [40, 200], draws: 400, eps: 1 });
    const found = sizes.map((k) => keys.find((row) => row.selection === 'random' && row.k === k)!.leverage);
    // Of 400 draws: the standard deviation of a draw is at most that of one key with all the leverage, 1/2.
    for (const [at, k] of [40, 200].entries()) {
      expect(Math.abs(found[sizes.indexOf(k)] - k / 400), String(at)).toBeLessThan((4 * 0.5) / Math.sqrt(400));
    }
  });

  test('the fewest keys that have a share of all attention, against sums of columns', async () => {
    const { functions } = await measure(K, Q, { sizes: [10] });
    for (const { f, needed } of functions) {
      const received = new Float64Array(K.rows);
      for (let i = 0; i < Q.rows; i++)
        for (const [j, score] of scoresOf({ K, Q, f: parseFunction(f), eps: 1 }, i).entries()) received[j]! += score;
      const falling = received.toSorted().reverse();
      const all = received.reduce((sum, one) => sum + one, 0);
      const fewest = [0.9, 0.95, 0.99].map((share) => {
        let [k, sum] = [0, 0];
        while (sum < share * all) sum += falling[k++]!;
        return k;
      });
      expect(needed).toContainEqual({ selection: 'best afterwards', k: fewest });
      expect(new Set(needed.map(({ selection }) => selection)).size).toBe(7);
    }
  });

  test('without queries: leverage is what isotropic queries give, and U is what it is', async () => {
    const report = await measure(K, undefined, { eps: 0.05, sizes: [10, 400] });
    expect(report.functions).toEqual([]);
    const of = (selection: string, k: number) => report.keys.find((row) => row.selection === selection && row.k === k)!;
    expect(of('leverage', report.universal)).toMatchObject({ universal: 1 });
    expect(of('leverage', report.universal).missed).toBeLessThan(0.05);
    for (const name of ['leverage', 'key-norm', 'random', 'first+last', 'lewis:p=1']) {
      expect(of(name, 400)).toMatchObject({ missed: 0, universal: 1 });
      expect(of(name, 400).leverage).toBeCloseTo(1, 9);
      expect(of(name, 10).leverage).toBeLessThanOrEqual(of('leverage', 10).leverage + 1e-12);
      expect(of(name, 10).missed).toBeGreaterThanOrEqual(of('leverage', 10).missed - 1e-12);
    }
  });

  test('equal keys: nothing to choose by, and the verdict says so', async () => {
    const values = Float64Array.from({ length: 64 * 4 }, (_, at) => (Math.floor(at / 4) % 4 === at % 4 ? 1 : 0));
    const report = await measure({ rows: 64, d: 4, values }, gaussian(50, 4, 5), { sizes: [64] });
    expect(report.unevenness).toBeCloseTo(1, 9);
    expect(verdictOf(report)[0]).toMatch(/1\.00 times the average: scores are nearly flat/);
  });

  test('the first and the last keys in turn', () => {
    expect([...firstAndLast(3)]).toEqual([2, 0, 1]);
    expect([...firstAndLast(12)]).toEqual([11, 0, 10, 1, 9, 2, 8, 3, 7, 6, 5, 4]);
  });

  test('K of rank 0 and queries of zeros have nothing to share out', async () => {
    const zeros: Matrix = { rows: 10, d: 3, values: new Float64Array(30) };
    const { rank, functions } = await measure(zeros, zeros, { sizes: [5] });
    expect(rank).toBe(0);
    // e^0 is the same for all keys; of x^2 there is none.
    expect(functions.map(({ empty }) => empty)).toEqual([0, 10]);
    await expect(measure({ rows: 0, d: 3, values: new Float64Array(0) }, undefined)).rejects.toThrow(/no rows/);
  });
});

describe('the verdict', () => {
  /** A report in which leverage and its rivals capture given shares of all attention. */
  const reportOf = (shares: Record<string, readonly number[]>): CoverageReport => ({
    n: 1000,
    d: 4,
    rank: 4,
    eps: 0.05,
    universal: 0,
    largest: 0.04,
    unevenness: 10,
    queries: 5,
    observed: 0,
    padding: 0,
    sizes: [10, 20, 40],
    keys: [],
    functions: [
      {
        f: 'softmax',
        scale: 1,
        entries: 0,
        entryMass: 0,
        empty: 0,
        coverage: Object.entries(shares).flatMap(([selection, masses]) =>
          masses.map((mass, at) => ({
            selection,
            k: [10, 20, 40][at],
            mass,
            heavyShare: Number.NaN,
            heavyMassShare: Number.NaN,
          })),
        ),
        needed: [],
        perQuery: [],
      },
    ],
  });
  const low = [0.01, 0.02, 0.04];

  test.each([
    [
      { leverage: [0.3, 0.4, 0.5], random: low, 'key norm': [0.2, 0.3, 0.49], 'first+last': low },
      'at k = 10 leverage 30 %, key norm 20 %, random 1 %, first+last 1 %; ' +
        'at k = 20 leverage 40 %, key norm 30 %, random 2 %, first+last 2 %; ' +
        'at k = 40 leverage 50 %, key norm 49 %, random 4 %, first+last 4 %. Best: leverage up to k = 20, leverage and key norm at k = 40.',
    ],
    [
      {
        leverage: [0.1, 0.2, 0.3],
        random: [0.1, 0.2, 0.3],
        'key norm': [0.5, 0.6, 0.317],
        'first+last': [0.0123, 0.3, 0.4567],
      },
      'at k = 10 key norm 50 %, leverage 10 %, random 10 %, first+last 1.2 %; ' +
        'at k = 20 key norm 60 %, first+last 30 %, leverage 20 %, random 20 %; ' +
        'at k = 40 first+last 45.7 %, key norm 31.7 %, leverage 30 %, random 30 %. Best: key norm up to k = 20, first+last at k = 40.',
    ],
    [
      { leverage: low, random: low, 'key norm': low, 'first+last': [0.01, 0.0101, 0.02] },
      'at k = 10 leverage 1 %, random 1 %, key norm 1 %, first+last 1 %; ' +
        'at k = 20 leverage 2 %, random 2 %, key norm 2 %, first+last 1 %; ' +
        'at k = 40 leverage 4 %, random 4 %, key norm 4 %, first+last 2 %. Best: none by more than a tenth at k = 10, leverage, random and key norm from k = 20 on.',
    ],
  ])('%#', (shares, words) => {
    const [scores, softmax, ...rest] = verdictOf(reportOf(shares));
    expect(scores).toBe('The largest leverage score is 10.0 times the average.');
    expect(softmax).toBe(`softmax, all attention: ${words}`);
    expect(rest).toEqual([]);
  });
});
