/**
 * Coverage in float32: scores lie within their bounds, and what is said (counts of keys and of entries, shares to the digits that are printed) is
 * what brute force in float64 says, also where a last bit of float32 would decide otherwise.
 */

import { describe, expect, test } from 'vitest';
import type { CoverageOptions, ScoresMade } from '../../src/attention/coverage/coverage-options.js';
import { type CoverageReport, measureCoverage } from '../../src/attention/coverage/measure-coverage.js';
import { LargestSingles } from '../../src/attention/coverage/single/largest-singles.js';
import { packKeys } from '../../src/attention/dense/packed-keys.js';
import { RefinedScores } from '../../src/attention/dense/refined-scores.js';
import { packSingleKeys, SingleScores, singleStride } from '../../src/attention/dense/single-scores.js';
import { AttentionTeam } from '../../src/attention/team/team.js';
import { parseFunction } from '../../src/functions.js';
import { Places } from '../../src/kernels/places.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import { parseSelectors } from '../../src/selectors/registry.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const best = backendNames.at(-1)!;
const SHARES = [0.9, 0.95, 0.99];

interface Head {
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly K: Float64Array;
  readonly Q: Float64Array;
  readonly scale?: number;
}

function gaussianHead(n: number, m: number, d: number, seed: number, size = 1, round = Math.fround): Head {
  const next = gaussianFrom(randomFrom(seed));
  const fill = (length: number, factor: number) => Float64Array.from({ length }, () => round(factor * next()));
  return { n, m, d, K: fill(n * d, 1), Q: fill(m * d, size) };
}

/** Eleven bits of a number, as float16 has them; its exponents suffice here. */
function half(x: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x) || 1)) - 10);
  return Math.round(x / unit) * unit;
}

/** One column: query i gives key j a share of weights[i][j] of the sum of all. */
function weightsHead(weights: readonly (readonly number[])[]): Head {
  const [n, m] = [weights[0].length, weights.length];
  // Query i looks at column i alone.
  const K = Float64Array.from({ length: n * m }, (_, at) => Math.log(weights[at % m][Math.floor(at / m)]));
  const Q = Float64Array.from({ length: m * m }, (_, at) => (at % (m + 1) === 0 ? 1 : 0));
  return { n, m, d: m, K, Q, scale: 1 };
}

/** All scores, in float64; those of keys that are not seen are 0. */
function scoresOf({ n, m, d, K, Q, scale = 1 / Math.sqrt(d) }: Head, causal = false): Float64Array[] {
  return Array.from({ length: m }, (_, i) => {
    const seen = causal ? Math.min(n, i + 1) : n;
    const x = Float64Array.from({ length: seen }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += Q[i * d + k] * K[j * d + k];
      return scale * sum;
    });
    const most = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const e = x.map((one) => Math.exp(one - most));
    const sum = e.reduce((a, b) => a + b, 0);
    const all = new Float64Array(n);
    all.set(e.map((one) => one / sum));
    return all;
  });
}

/** What is said of an order of the keys, by brute force. */
function saidOf(scores: readonly Float64Array[], order: readonly number[], sizes: readonly number[]) {
  const received = scores[0].map((_, j) => scores.reduce((sum, own) => sum + own[j], 0));
  const total = received.reduce((a, b) => a + b, 0);
  let sum = 0;
  const curve = order.map((j) => {
    sum += received[j];
    return sum / total;
  });
  return {
    needed: SHARES.map((share) => curve.findIndex((one) => one >= share) + 1),
    shares: sizes.map((k) => (100 * curve[k - 1]).toFixed(1)),
    received,
  };
}

async function* blocks({ Q, m, d }: Head, rows: number): AsyncGenerator<RowBlock> {
  for (let start = 0; start < m; start += rows) {
    const count = Math.min(rows, m - start);
    yield { start, rows: count, d, values: Q.slice(start * d, (start + count) * d) };
  }
}

const SIZES = [1, 3, 8];

async function measured(
  head: Head,
  options: CoverageOptions & { readonly rows?: number } = {},
): Promise<{ readonly report: CoverageReport; readonly made: ScoresMade[] }> {
  const made: ScoresMade[] = [];
  const index = Float64Array.from({ length: head.n }, (_, j) => j);
  const { rows = 50 } = options;
  const report = await measureCoverage({ d: head.d, index, values: head.K }, () => blocks(head, rows), {
    by: parseSelectors('key-norm'),
    functions: [parseFunction('softmax')],
    sizes: SIZES,
    scale: head.scale,
    leverage: false,
    precision: 'float32',
    kernels: makeKernels(best),
    onScores: (how) => made.push(how),
    ...options,
  });
  return { report, made };
}

/** Holds a report to brute force. */
function check(head: Head, report: CoverageReport, eps: number, causal = false): void {
  const scores = scoresOf(head, causal);
  const { n, d, K } = head;
  const norm = Float64Array.from({ length: n }, (_, j) =>
    K.subarray(j * d, (j + 1) * d).reduce((s, x) => s + x * x, 0),
  );
  const byNorm = [...norm.keys()].sort((i, j) => norm[j] - norm[i] || i - j);
  const [own] = report.functions;
  const { received } = saidOf(scores, byNorm, SIZES);
  const atBest = [...received.keys()].sort((i, j) => received[j] - received[i] || i - j);
  for (const [selection, order] of [
    ['key-norm', byNorm],
    ['best afterwards', atBest],
  ] as const) {
    const said = saidOf(scores, order, SIZES);
    expect(own.needed.find((one) => one.selection === selection)!.k).toEqual(said.needed);
    const shares = own.coverage.filter((one) => one.selection === selection).map(({ mass }) => (100 * mass).toFixed(1));
    expect(shares).toEqual(said.shares);
  }
  expect(own.entries).toBe(scores.reduce((sum, row) => sum + row.filter((one) => one >= eps).length, 0));
}

const HEADS: readonly (readonly [string, Head])[] = [
  ['Gaussian', gaussianHead(300, 200, 40, 1)],
  ['of float64', gaussianHead(300, 100, 33, 2, 1, (x) => x)],
  ['of float16', gaussianHead(200, 100, 64, 3, 2, half)],
  ['with large logits', gaussianHead(100, 60, 16, 4, 30)],
  ['with tiny logits', gaussianHead(100, 60, 16, 5, 1e-20)],
];

describe.each(backendNames)('on %s', (backend) => {
  test.each(HEADS)('scores of a head %s lie within their bounds', (_, head) => {
    const kernels = makeKernels(backend);
    const { n, m, d } = head;
    const index = Float64Array.from({ length: n }, (_, j) => j);
    const held = { d, index, values: head.K };
    const room = (length: number) => kernels.allocate('float64', length);
    const [keys, precise] = [packSingleKeys(kernels, held, room)!, packKeys(kernels, held, room)];
    for (const causal of [false, true]) {
      const options = { scale: 1 / Math.sqrt(d), sight: { causal } };
      const all = scoresOf(head, causal);
      const single = new SingleScores(kernels, keys, options);
      const refined = new RefinedScores(kernels, new Places(kernels), precise, options);
      for (const scores of [single, refined]) {
        const stride = singleStride(n);
        const out = kernels.allocate('float32', m * stride);
        const { factors, errors } = scores.compute(head.Q, m, 0, out);
        for (const [i, exact] of all.entries()) {
          expect(errors[i]).toBeLessThan(1e-3);
          for (let j = 0; j < n; j++) {
            // Below 2^-126 of the largest counts as that.
            expect(Math.abs(out[i * stride + j] * factors[i] - exact[j])).toBeLessThanOrEqual(
              errors[i] * exact[j] + 1e-37,
            );
          }
        }
      }
    }
  });
});

test('queries and keys that float32 cannot hold are not left to it', () => {
  const kernels = makeKernels(best);
  const index = Float64Array.of(0);
  const room = (length: number) => kernels.allocate('float64', length);
  expect(packSingleKeys(kernels, { d: 1, index, values: Float64Array.of(1e31) }, room)).toBeUndefined();
  const keys = packSingleKeys(kernels, { d: 1, index, values: Float64Array.of(1) }, room)!;
  const scores = new SingleScores(kernels, keys, { scale: 1, sight: {} });
  const { errors } = scores.compute(
    Float64Array.of(1, 1e5, 1e300),
    3,
    0,
    kernels.allocate('float32', 3 * singleStride(1)),
  );
  expect([...errors].map(Number.isFinite)).toEqual([true, false, false]);
});

describe('what is said is what brute force says', () => {
  test.each(HEADS)('of a head %s', async (_, head) => {
    for (const causal of [false, true]) {
      const { report, made } = await measured(head, { causal, eps: 0.02 });
      check(head, report, 0.02, causal);
      expect(made.map(({ f }) => f)).toEqual(['softmax']);
    }
  });

  test('of scores within 1e-7 of eps: those queries are worked out in float64', async () => {
    const eps = 0.05;
    const near = [1 + 1e-7, 1 - 1e-7, 1 + 1e-9, 1 - 1e-9].map((factor) => eps * factor);
    const row = [...near, ...Array.from({ length: 96 }, () => (1 - near.reduce((a, b) => a + b)) / 96)];
    // Others have no such score.
    const rows = Array.from({ length: 12 }, (_, i) => (i < 3 ? row : row.map((_, j) => 1 + ((i * j) % 7))));
    const head = weightsHead(rows);
    const { report, made } = await measured(head, { eps });
    check(head, report, eps);
    expect(made).toEqual([
      { f: 'softmax', scores: 'float32', refined: expect.any(Number), precise: expect.any(Number) },
    ]);
    expect(made[0].precise).toBeGreaterThanOrEqual(3);
  });

  test('of equal scores: twenty keys of which each has eps', async () => {
    const head: Head = { n: 20, m: 30, d: 3, K: new Float64Array(60).fill(0.3), Q: new Float64Array(90).fill(0.7) };
    const { report } = await measured(head, { eps: 0.05 });
    const { report: precise } = await measured(head, { eps: 0.05, precision: 'float64' });
    expect(report).toEqual(precise);
    expect(report.functions[0].entries).toBe(600);
  });

  test.each([1e-6, 1e-7, 1e-8])('where k keys have %f less or more than 90 % of the attention', async (apart) => {
    for (const sign of [1, -1]) {
      // By length: the weights below 1 are those of long keys, as logarithms far from 0 are long.
      const first = 0.9 + sign * apart;
      const head = weightsHead([
        [...Array.from({ length: 9 }, () => first / 9), ...Array.from({ length: 4 }, () => (1 - first) / 4)],
      ]);
      const { report } = await measured(head);
      check(head, report, 0.05);
    }
  });

  test('where float32 does not tell, but products in float64 do', async () => {
    // The first seven of eleven keys have 4e-7 more or less than 90 %; nothing else lies on an edge.
    for (const sign of [1, -1]) {
      const rows = Array.from({ length: 24 }, (_, i) => {
        const first = 0.9 + sign * 4e-7 + (i % 2 === 0 ? 1e-3 : -1e-3);
        const rest = [0.45, 0.3, 0.2, 0.05].map((part) => part * (1 - first));
        return [...Array.from({ length: 7 }, () => first / 7), ...rest];
      });
      const lists = [{ name: 'mine', rows: Array.from({ length: 11 }, (_, j) => j) }];
      const { report, made } = await measured(weightsHead(rows), { lists });
      const needed = report.functions[0].needed.find(({ selection }) => selection === 'mine')!;
      expect(needed.k[0]).toBe(sign > 0 ? 7 : 8);
      expect(made).toEqual([{ f: 'softmax', scores: 'float32', refined: 24, precise: 0 }]);
    }
  });

  test('heavy entries are left out where they are not asked for, and nothing else changes', async () => {
    const head = gaussianHead(300, 200, 40, 1);
    const [{ report }, { report: without }] = [await measured(head), await measured(head, { heavy: false })];
    const [own, other] = [report.functions[0], without.functions[0]];
    expect([other.entries, other.entryMass, other.coverage[0].heavyShare]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(own.entries).toBeGreaterThan(0);
    expect(other.needed).toEqual(own.needed);
    const shares = (one: typeof own) => one.coverage.map(({ mass }) => (100 * mass).toFixed(1));
    expect(shares(other)).toEqual(shares(own));
  });

  test('where a share lies beside a half of its last digit', async () => {
    for (const share of [0.1235 + 1e-8, 0.1235 - 1e-8]) {
      const head = weightsHead([[share, ...Array.from({ length: 20 }, () => (1 - share) / 20)]]);
      const { report } = await measured(head, { lists: [{ name: 'mine', rows: [0] }] });
      const mine = report.functions[0].coverage.find(({ selection, k }) => selection === 'mine' && k === 1)!;
      expect((100 * mine.mass).toFixed(1)).toBe(share > 0.1235 ? '12.4' : '12.3');
      check(head, report, 0.05);
    }
  });

  test('of huge norms, float64 does it all', async () => {
    const head = gaussianHead(60, 40, 8, 7, 1e6);
    const { report, made } = await measured(head);
    check(head, report, 0.05);
    expect(made).toEqual([{ f: 'softmax', scores: 'float64', refined: 0, precise: 40 }]);
  });

  test('of one query in two that is huge, and of many runs of queries', async () => {
    const head = gaussianHead(80, 2500, 8, 8);
    for (let i = 0; i < head.m; i += 3) head.Q.fill(1e4, i * 8, (i + 1) * 8);
    const { report, made } = await measured(head);
    check(head, report, 0.05);
    expect(made[0].scores).toBe('float32');
    expect(made[0].precise).toBeGreaterThanOrEqual(Math.ceil(head.m / 3));
  });
});

describe('what each query gives its own eight keys', () => {
  // Nearly uniform, but no two keys alike: 8 of 100 keys have about 0.08, and at most the root of that.
  const flat = Array.from({ length: 100 }, (_, j) => 1 + ((37 * j) % 100) / 1000);
  const narrow = flat.map((weight, j) => (j < 8 ? 34 * weight : weight));

  const ownOf = async (rows: readonly (readonly number[])[]) => {
    const head = weightsHead(rows);
    const { report, made } = await measured(head, { sizes: [8] });
    expect(made.map(({ scores }) => scores)).toEqual(['float32']);
    const exact = scoresOf(head).map((own) =>
      own
        .sort()
        .subarray(-8)
        .reduce((sum, one) => sum + one, 0),
    );
    return { own: report.functions[0].perQuery[0].mass, exact: exact.reduce((sum, one) => sum + one, 0) / rows.length };
  };

  test('is bounded where that is enough', async () => {
    const { own, exact } = await ownOf(Array.from({ length: 10 }, () => flat));
    expect(own).toBeGreaterThan(2 * exact);
    expect(own).toBeLessThan(0.3);
  });

  test('is summed where bounds do not tell whether it is half', async () => {
    // Bounds of the flat ones would make it more than half.
    const { own, exact } = await ownOf(Array.from({ length: 10 }, (_, i) => (i % 5 < 3 ? narrow : flat)));
    expect(exact).toBeLessThan(0.5);
    expect(Math.abs(own - exact)).toBeLessThan(1e-3);
  });

  test('is known to be half or more, however much a query adds to it that is bounded', async () => {
    const { own, exact } = await ownOf(Array.from({ length: 10 }, (_, i) => (i === 0 ? flat : narrow)));
    expect(exact).toBeGreaterThan(0.6);
    expect(own).toBeGreaterThan(exact - 1e-3);
    expect(own).toBeLessThan(exact + 0.1 * 0.3);
  });
});

test('the same for any threads and blocks', async () => {
  const head = gaussianHead(150, 1200, 12, 9);
  let expected: CoverageReport | undefined;
  for (const threads of [1, 2, 3]) {
    const team = new AttentionTeam(makeKernels(best), threads, 0);
    for (const rows of [50, 1200, 7]) {
      const { report } = await measured(head, { team, rows, eps: 0.02, causal: true });
      expected ??= report;
      expect(report).toEqual(expected);
    }
    await team.close();
  }
});

test('what float32 is not for is measured as ever', async () => {
  const head = gaussianHead(50, 30, 4, 10);
  const functions = [parseFunction('power:2'), parseFunction('softmax')];
  const values = { width: 1, rows: new Float64Array(50).fill(1) };
  const options: CoverageOptions[] = [{ functions: [functions[0]] }, { values }, { by: parseSelectors('first+last') }];
  for (const own of options) {
    const { report, made } = await measured(head, own);
    expect(made.map(({ scores }) => scores)).toEqual(['float64']);
    expect(report).toEqual((await measured(head, { ...own, precision: 'float64' })).report);
  }
  const { report, made } = await measured(head, { functions });
  expect(made.map(({ f, scores }) => [f, scores])).toEqual([
    ['softmax', 'float32'],
    ['power:2', 'float64'],
  ]);
  expect(report.functions.map(({ f }) => f)).toEqual(['power:2', 'softmax']);
});

test.each([0, 5e-4])('sums of the largest to within %f, also where the query before had larger ones', (off) => {
  const kernels = makeKernels(best);
  const sizes = [1, 4, 30, 200];
  const largest = new LargestSingles(kernels, new Places(kernels), sizes, off);
  const next = gaussianFrom(randomFrom(11));
  for (const factor of [1, 1e-3, 0.5]) {
    const x = kernels.allocate('float32', 500);
    x.set(Float64Array.from({ length: 500 }, () => factor * Math.exp(-Math.abs(2 * next()))));
    const out = new Float64Array(sizes.length);
    largest.sums(x, 2, out);
    const sorted = [...x].sort((a, b) => b - a);
    for (const [at, k] of sizes.entries()) {
      const sum = 2 * sorted.slice(0, k).reduce((a, b) => a + b, 0);
      expect(Math.abs(out[at] - sum)).toBeLessThanOrEqual((off + 1e-12) * sum);
    }
  }
});
