/** Singular values and what follows from them, held to NumPy, to matrices whose spectrum is known exactly, and to theorems. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { FactorChoice } from '../../src/sketch/factor/routed.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { effectiveDimension, type Spectrum, sizesByEps, spectrumOf } from '../../src/sketch/spectrum.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { gaussianFrom, makeMatrix, matrixKinds, type RandomMatrix, randomFrom } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

type Plain = Pick<RandomMatrix, 'n' | 'd' | 'values'>;

function select({ n, d, values }: Plain, factor: FactorChoice = 'auto', eps = 0.05): UniversalSet {
  const sketch = new LeverageSketch({ d, eps, kernels, factor });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

/** Entries +-1 with orthogonal columns (Sylvester), column j times 2^exponents[j]: its singular values are sqrt(n) 2^exponents. */
function orthogonal(n: number, exponents: readonly number[]): Plain {
  const d = exponents.length;
  const sign = (i: number, j: number): number => {
    let ones = 0;
    for (let bits = i & j; bits > 0; bits >>= 1) ones += bits & 1;
    return ones % 2 === 0 ? 1 : -1;
  };
  return {
    n,
    d,
    values: Float64Array.from({ length: n * d }, (_, at) => sign(Math.floor(at / d), at % d) * 2 ** exponents[at % d]),
  };
}

/** n x d with the given singular values, up to rounding: Householder reflections on both sides. */
function withSpectrum(n: number, singular: readonly number[], seed: number): Plain {
  const d = singular.length;
  const gaussian = gaussianFrom(randomFrom(seed));
  const values = new Float64Array(n * d);
  for (const [j, s] of singular.entries()) values[j * d + j] = s;
  for (let k = 0; k < 3; k++) {
    const left = Float64Array.from({ length: n }, gaussian);
    const right = Float64Array.from({ length: d }, gaussian);
    const [l2, r2] = [left, right].map((v) => v.reduce((sum, x) => sum + x * x, 0));
    for (let j = 0; j < d; j++) {
      let dot = 0;
      for (let i = 0; i < n; i++) dot += left[i] * values[i * d + j];
      for (let i = 0; i < n; i++) values[i * d + j] -= (2 * dot * left[i]) / l2;
    }
    for (let i = 0; i < n; i++) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += right[j] * values[i * d + j];
      for (let j = 0; j < d; j++) values[i * d + j] -= (2 * dot * right[j]) / r2;
    }
  }
  return { n, d, values };
}

/** Singular values, in one unit, lie within their bounds of what another program found, which errs by d u of the largest. */
function expectValues(
  { unit, values, errors, resolved, squareErrors }: Spectrum,
  expected: readonly number[],
  own = 1,
): void {
  const slack = own * values.length * 2 ** -51 * expected[0];
  for (const [i, s] of expected.entries()) {
    const at = `s_${i + 1}: ${values[i]} against ${s}`;
    expect(Math.abs(values[i] ** 2 - s ** 2), at).toBeLessThanOrEqual(squareErrors[i] + slack * (2 * s + slack));
    if (i < resolved)
      expect(Math.abs(values[i] - s), at).toBeLessThanOrEqual(
        errors[i] * s * (1 + errors[i] / (1 - errors[i])) + slack,
      );
  }
  expect(unit).toBe(0);
}

interface Reference {
  readonly values: number[];
  /** ||K - K_k||_F^2 of the difference itself. */
  readonly residuals: number[];
  /** Traces of K (K^T K + lambda)^-1 K^T. */
  readonly dimensions: number[];
  readonly rank: number;
}

/** Of several matrices at once, as starting Python takes longer than all of it; shares are those of s_1^2 that lambda is. */
const references = (matrices: readonly Plain[], shares: readonly number[] = []): Reference[] =>
  askNumpy(
    `
def known(m):
    K = matrix(m)
    u, s, vt = np.linalg.svd(K, full_matrices=False)
    d = K.shape[1]
    residuals = [float(np.sum((K - (u[:, :k] * s[:k]) @ vt[:k]) ** 2)) for k in range(d + 1)]
    G = K.T @ K
    dimensions = [float(np.trace(np.linalg.solve(G + l * s[0] ** 2 * np.eye(d), G))) for l in given['shares']]
    return {'values': s.tolist(), 'residuals': residuals, 'dimensions': dimensions, 'rank': int(np.linalg.matrix_rank(K))}
print(json.dumps([known(m) for m in given['matrices']]))
`,
    { matrices: matrices.map(({ n, d, values }) => handOver(n, d, values)), shares },
  );

describe.skipIf(!numpy)('against NumPy', () => {
  const usual = matrixKinds
    .filter((kind) => !/powers of two|1e150/.test(kind))
    .map((kind) => makeMatrix(kind, 240, 9, 7));
  const shares = [1e-1, 1e-3, 1e-6];
  let known: Reference[];
  beforeAll(() => {
    known = references(usual, shares);
  });

  test.each(usual.flatMap(({ kind }, i) => (['gram', 'stable'] as const).map((route) => [kind, route, i] as const)))(
    '%s, %s',
    (_, route, i) => {
      const { values, residuals, dimensions } = known[i];
      const spectrum = spectrumOf(select(usual[i], route));
      expectValues(spectrum, values);
      const slack = values.length * 2 ** -49 * residuals[0];
      for (const [k, residual] of residuals.entries()) {
        const bound = spectrum.residualErrors[k] + slack;
        expect(Math.abs(spectrum.residuals[k] - residual), `K_${k}`).toBeLessThanOrEqual(bound);
      }
      // The effective dimension is the trace of the ridge projection.
      for (const [k, share] of shares.entries()) {
        const { dimension, error } = effectiveDimension(spectrum, share * spectrum.values[0] ** 2);
        expect(Math.abs(dimension - dimensions[k])).toBeLessThanOrEqual(error + 1e-8);
        expect(error).toBeLessThan(1e-3);
      }
      // Bounds that say nothing would pass all of it.
      expect(spectrum.errors[0]).toBeLessThan(1e-9);
      expect(spectrum.residualErrors[0]).toBeLessThan(1e-9 * residuals[0]);
    },
  );

  const knownOf = (kind: string): Reference => known[usual.findIndex((matrix) => matrix.kind === kind)];
  const matrixOf = (kind: string): RandomMatrix => usual.find((matrix) => matrix.kind === kind)!;

  test('a well-conditioned matrix: all digits, condition, stable rank', () => {
    const spectrum = spectrumOf(select(matrixOf('gaussian')));
    const { values, residuals } = knownOf('gaussian');
    expect(spectrum.resolved).toBe(9);
    for (const [i, s] of values.entries()) expect(Math.abs(spectrum.values[i] / s - 1)).toBeLessThan(1e-12);
    expect(spectrum.condition! / (values[0] / values[8])).toBeCloseTo(1, 11);
    expect(spectrum.stableRank / (residuals[0] / values[0] ** 2)).toBeCloseTo(1, 11);
    expect(Math.max(...spectrum.errors)).toBeLessThan(1e-9);
  });

  test('the condition of columns of unit length, whatever their units', () => {
    const plain = makeMatrix('gaussian', 300, 6, 5);
    const scaled = { ...plain, values: plain.values.map((value, at) => value * 10 ** (at % 6)) };
    const known = askNumpy<number>(
      `K = matrix(given); K = K / np.linalg.norm(K, axis=0); print(json.dumps(float(np.linalg.cond(K))))`,
      handOver(300, 6, scaled.values),
    );
    expect(spectrumOf(select(scaled)).scaledCondition! / known).toBeCloseTo(1, 9);
    expect(spectrumOf(select(scaled)).condition).toBeGreaterThan(1e4);
  });

  test('rank-deficient: as many are told from zero as there are', () => {
    const { rank, values } = knownOf('low rank');
    for (const route of ['gram', 'stable'] as const) {
      const spectrum = spectrumOf(select(matrixOf('low rank'), route));
      expect([route, rank, spectrum.resolved]).toEqual([route, 4, 4]);
      expect(spectrum.condition! / (values[0] / values[3])).toBeCloseTo(1, 6);
      expect(spectrum.residuals[4]).toBeLessThanOrEqual(spectrum.residualErrors[4]);
    }
  });
});

describe('matrices whose spectrum is known', () => {
  const squares = (exponents: readonly number[], n: number) => exponents.map((e) => Math.sqrt(n) * 2 ** e);

  test('columns in units 2^24 apart: values and residuals, within errors that grow as the units fall', () => {
    const exponents = [0, -4, -8, -12, -16, -20, -24];
    const known = squares(exponents, 64);
    for (const route of ['gram', 'stable'] as const) {
      const spectrum = spectrumOf(select(orthogonal(64, exponents), route));
      expectValues(spectrum, known, 0);
      expect(spectrum.resolved).toBe(7);
      expect(spectrum.errors[6]).toBeLessThan(1e-5);
      expect(spectrum.condition).toBeCloseTo(2 ** 24, 0);
      expect(spectrum.scaledCondition).toBeCloseTo(1, 9);
      // Without cancellation: what is left after the sixth is 2^-48 of the whole.
      expect(spectrum.residuals[6] / known[6] ** 2).toBeCloseTo(1, 5);
    }
  });

  test('columns 2^60 apart: the small ones are not told from zero', () => {
    const spectrum = spectrumOf(select(orthogonal(32, [0, -60, -61])));
    expect([spectrum.resolved, spectrum.condition]).toEqual([1, undefined]);
    expect(Array.from(spectrum.errors.subarray(1))).toEqual([1, 1]);
    expect(spectrum.scaledCondition).toBeCloseTo(1, 9);
  });

  test.each([1000, -1000])('entries of 2^%d: in a unit of their own', (exponent) => {
    const spectrum = spectrumOf(select(orthogonal(64, [exponent, exponent - 2, exponent - 5])));
    const { unit, values, residuals, stableRank } = spectrum;
    expect(Math.abs(unit - exponent)).toBeLessThan(10);
    const known = [3, 1, -2].map((e) => 2 ** (e + exponent - unit));
    for (const [i, s] of known.entries()) expect(values[i] / s).toBeCloseTo(1, 12);
    expect(residuals[1] / (known[1] ** 2 + known[2] ** 2)).toBeCloseTo(1, 12);
    expect(stableRank).toBeCloseTo(1 + 2 ** -4 + 2 ** -10, 12);
  });

  test('ill-conditioned: the Gram route says what it cannot tell, the stable one tells', () => {
    const singular = [1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-11];
    const matrix = withSpectrum(200, singular, 17);
    const gram = spectrumOf(select(matrix, 'gram', 0.9));
    expect(gram.resolved).toBeGreaterThanOrEqual(3);
    expect(gram.resolved).toBeLessThanOrEqual(4);
    expectValues(gram, singular, 4);
    // A penalty among what is not told from zero: the error says how far off the dimension may be.
    for (const lambda of [1e-12, 1e-14, 1e-16]) {
      const { dimension, error } = effectiveDimension(gram, lambda);
      const known = singular.reduce((sum, s) => sum + s ** 2 / (s ** 2 + lambda), 0);
      expect(Math.abs(dimension - known)).toBeLessThanOrEqual(error);
      expect(effectiveDimension(spectrumOf(select(matrix, 'stable')), lambda).error).toBeLessThan(1e-3);
    }
    const stable = spectrumOf(select(matrix, 'stable'));
    expect(stable.resolved).toBe(6);
    expectValues(stable, singular, 4);
    expect(stable.errors[4]).toBeLessThan(1e-3);
  });

  test('no more than there is: zeros, one column, fewer rows than columns', () => {
    const zero = spectrumOf(select({ n: 4, d: 3, values: new Float64Array(12) }));
    expect(zero).toMatchObject({ unit: 0, resolved: 0, condition: undefined, stableRank: 0 });
    expect(Array.from(zero.residuals)).toEqual([0, 0, 0, 0]);
    const one = spectrumOf(select({ n: 2, d: 1, values: Float64Array.of(3, 4) }));
    expect(one.values[0]).toBeCloseTo(5, 12);
    expect([one.resolved, one.condition, one.scaledCondition]).toEqual([1, 1, 1]);
    const wide = spectrumOf(select({ n: 2, d: 3, values: Float64Array.of(3, 0, 0, 0, 4, 0) }));
    expect(wide.resolved).toBe(2);
    expect(Array.from(wide.residuals)).toEqual([expect.closeTo(25, 9), expect.closeTo(9, 9), 0, 0]);
  });
});

describe('|U| by eps, from one sketch', () => {
  test.each(['gaussian', 'heavy-tailed', 'outliers last', 'low rank'])('%s: as many as a sketch for each', (kind) => {
    const matrix = makeMatrix(kind, 300, 10, 19);
    const set = select(matrix, 'auto', 0.01);
    const table = sizesByEps(set);
    expect([table[0].eps, table.at(-1)!.eps]).toEqual([0.01, 1]);
    for (const { eps, size } of table) {
      expect(size, `eps ${eps}`).toBe(select(matrix, 'auto', eps).index.length);
      expect(size).toBeLessThanOrEqual((set.rank / eps) * (1 + set.delta));
    }
    expect(table.length).toBe(Math.ceil(Math.log(100) / Math.log(1.5)) + 1);
  });

  test('keys whose score is a threshold itself count', () => {
    // Copies of a square matrix: every score is 1/8.
    const { values } = makeMatrix('gaussian', 10, 10, 23);
    const copies = { n: 80, d: 10, values: Float64Array.from({ length: 800 }, (_, at) => values[at % 100]) };
    for (const route of ['gram', 'stable'] as const) {
      const [first, second] = sizesByEps(select(copies, route, 0.125));
      expect([first, second.size]).toEqual([{ eps: 0.125, size: 80 }, 0]);
    }
  });
});
