/**
 * Universal sets for any f with growth, made the slow way from all of K: what a sketch must end with, by other means.
 *
 * Leverage scores and the factor come from the sketch for x^2 (tested against exact arithmetic elsewhere); Lewis weights, the
 * bounds of sensitivities, T and the priority sample are made here.
 */

import { Matrix as Dense, EigenvalueDecomposition } from 'ml-matrix';
import type { ScoringFunction } from '../../src/functions.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import type { LewisSums, PrioritySample } from '../../src/sketch/bounds/certificate.js';
import { gramError } from '../../src/sketch/factor/rounding.js';
import type { FactorChoice } from '../../src/sketch/factor/routed.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { type RandomMatrix, randomFrom } from './random-matrices.js';

/** How a set is made. */
export interface GeneralSetOptions {
  readonly f: ScoringFunction;
  readonly eps: number;
  readonly factor?: FactorChoice;
  /** Items of the priority sample; default none. */
  readonly items?: number;
  readonly seed?: number;
  /** Rows kept in U beyond those that must be, as a share of the others; default 0. */
  readonly extra?: number;
}

/** What is the same for every function and eps, by the numbers of a matrix: sets are made of one matrix again and again. */
const known = new WeakMap<Float64Array, Map<string, unknown>>();

function onceFor<T>(values: Float64Array, what: string, make: () => T): T {
  const own = known.get(values) ?? new Map<string, unknown>();
  known.set(values, own);
  if (!own.has(what)) own.set(what, make());
  return own.get(what) as T;
}

/** The sketch's own set at an eps that every row reaches. */
function scoredRows({ n, d, values }: RandomMatrix, kernels: Kernels, factor: FactorChoice): UniversalSet {
  const sketch = new LeverageSketch({ d, eps: 1e-9, kernels, factor, blockRows: 64 });
  sketch.add({ start: 0, rows: n, d, values });
  return sketch.finish();
}

/** The universal set of a matrix for f at eps, with everything a sketch leaves. */
export function makeGeneralSet(matrix: RandomMatrix, kernels: Kernels, options: GeneralSetOptions): UniversalSet {
  const { n, d, values } = matrix;
  const { f, eps, factor = 'auto', items, seed = 1, extra = 0 } = options;
  const { a, b } = f.growth!;
  const base = onceFor(values, `rows ${kernels.name} ${factor}`, () => scoredRows(matrix, kernels, factor));
  const tau = new Float64Array(n);
  for (const [i, row] of base.index.entries()) tau[row] = Math.min(1, base.score[i] * (1 + base.delta));
  const scaled = (): Float64Array => values.map((value, at) => value * 2 ** -base.exponents[at % d]);
  const name = `lewis ${b} ${base.exponents.join()}`;
  const made = Math.abs(b - 2) < 1e-6 ? undefined : onceFor(values, name, () => lewisSums(scaled(), n, d, b));
  const floor = eps ** (b / a);
  const bound = (j: number): number => {
    const plain = b >= 2 ? tau[j] ** (b / 2) * n ** (b / 2 - 1) : 1;
    return Math.min(1, plain, made ? made.bounds[j] : 1);
  };
  const random = randomFrom(seed + 77);
  const index = Float64Array.from(rows(n).filter((j) => tau[j] > 0 && (bound(j) >= floor || random() < extra)));
  const inside = new Set(index);
  const outside = rows(n).filter((j) => !inside.has(j));
  return {
    ...base,
    eps,
    f: f.name,
    growth: { a, b },
    floor,
    dropped: Math.min(
      1,
      outside.reduce((most, j) => Math.max(most, tau[j]), 0),
    ),
    lewis: made?.sums,
    sample: items === undefined ? undefined : prioritySample(values, d, outside, items, seed),
    index,
    score: index.map((j) => bound(j) ** (a / b)),
    keys: Float64Array.from([...index].flatMap((j) => [...values.subarray(j * d, (j + 1) * d)])),
  };
}

const rows = (n: number): number[] => Array.from({ length: n }, (_, j) => j);

/** A priority sample of some rows, by its definition, with weights ||k||^2 rounded down to powers of two. */
export function prioritySample(
  values: Float64Array,
  d: number,
  outside: readonly number[],
  size: number,
  seed: number,
): PrioritySample {
  const random = randomFrom(seed * 7919 + 13);
  const weighted = outside
    .map((j) => {
      let norm = 0;
      for (let i = 0; i < d; i++) norm += values[j * d + i] ** 2;
      return { j, weight: norm > 0 ? 2 ** Math.floor(Math.log2(norm)) : 0 };
    })
    .map((row) => ({ ...row, priority: row.weight / (1 - random()) }))
    .filter(({ weight }) => weight > 0)
    .sort((x, y) => y.priority - x.priority);
  const chosen = weighted.slice(0, size).sort((x, y) => x.j - y.j);
  return {
    seed,
    size,
    threshold: weighted[size]?.priority ?? 0,
    index: Float64Array.from(chosen, ({ j }) => j),
    weight: Float64Array.from(chosen, ({ weight }) => weight),
    keys: Float64Array.from(chosen.flatMap(({ j }) => [...values.subarray(j * d, (j + 1) * d)])),
  };
}

/** Lewis weights by iteration, and what they certify of every row. */
function lewisSums(a: Float64Array, n: number, d: number, p: number): { sums: LewisSums; bounds: Float64Array } {
  let u = new Float64Array(n).fill(1);
  let form = quadraticForm(a, n, d, u);
  for (let round = 0; round < 30; round++) {
    // u = m^(p - 2), a part of the way on a logarithmic scale where the full step may not settle.
    u = u.map((old, j) => {
      const m = Math.sqrt(form.squares[j]);
      if (m === 0) return 0;
      return p < 4 ? m ** (p - 2) : old ** (1 - 2 / p) * m ** ((2 * (p - 2)) / p);
    });
    form = quadraticForm(a, n, d, u);
  }
  if (p < 2) {
    let c = 0;
    for (let j = 0; j < n; j++) c = Math.max(c, u[j] * Math.sqrt(form.squares[j]) ** (2 - p));
    const factor = (c * (1 + 1e-9)) ** (-2 / p);
    u = u.map((old) => old * factor);
    form = quadraticForm(a, n, d, u);
  }
  const sum = p > 2 ? u.reduce((total, weight) => total + weight ** (p / (p - 2)), 0) : 0;
  const bounds = form.squares.map((square) =>
    Math.min(1, square ** (p / 2) * (p > 2 ? sum ** (p / 2 - 1) : 1) * (1 + 1e-9)),
  );
  return { sums: { p, root: form.root, sum, resolution: gramError(d, 64, n / 64 + 1) }, bounds };
}

/** Root of M = sum u k k^T, and k^T M^+ k of every row. */
function quadraticForm(a: Float64Array, n: number, d: number, u: Float64Array) {
  const scales = new Float64Array(d);
  for (let l = 0; l < n; l++) for (let i = 0; i < d; i++) scales[i] += u[l] * a[l * d + i] ** 2;
  for (let i = 0; i < d; i++) scales[i] = scales[i] > 0 ? Math.sqrt(scales[i]) : 0;
  const c = Dense.zeros(d, d);
  for (let l = 0; l < n; l++) {
    for (let i = 0; i < d; i++) {
      if (scales[i] === 0) continue;
      const left = u[l] * (a[l * d + i] / scales[i]);
      for (let j = 0; j < d; j++) if (scales[j] > 0) c.set(i, j, c.get(i, j) + left * (a[l * d + j] / scales[j]));
    }
  }
  const { realEigenvalues: eigenvalues, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(c, {
    assumeSymmetric: true,
  });
  const tolerance = 1e-11 * Math.max(...eigenvalues);
  const root = new Float64Array(d * d);
  for (let k = 0; k < d; k++) {
    const length = Math.sqrt(Math.max(0, eigenvalues[k]));
    for (let i = 0; i < d; i++) root[k * d + i] = length * vectors.get(i, k) * scales[i];
  }
  const squares = new Float64Array(n);
  for (let l = 0; l < n; l++) {
    for (let k = 0; k < d; k++) {
      if (eigenvalues[k] <= tolerance) continue;
      let product = 0;
      for (let i = 0; i < d; i++) if (scales[i] > 0) product += vectors.get(i, k) * (a[l * d + i] / scales[i]);
      squares[l] += product ** 2 / eigenvalues[k];
    }
  }
  return { root, squares };
}
