/** Attention over a few keys against NumPy, and what follows from its definition. */

import { describe, expect, test } from 'vitest';
import { type AttendOptions, attend, type KeysWithValues } from '../../src/attention/attend.js';
import { parseFunction } from '../../src/functions.js';
import { blocksOf } from '../entries/exact/brute-force.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { askNumpy, handOver, numpy } from '../support/numpy.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const kernels = makeKernels(backendNames.at(-1)!);

const gaussian = (rows: number, d: number, seed: number, size = 1) => ({
  rows,
  d,
  values: Float64Array.from({ length: rows * d }, gaussianFrom(randomFrom(seed))).map((value) => size * value),
});

/** Some rows of K and V. */
function choose(
  K: ReturnType<typeof gaussian>,
  V: ReturnType<typeof gaussian>,
  rows: readonly number[],
): KeysWithValues {
  const pick = ({ d, values }: typeof K) =>
    Float64Array.from(rows.flatMap((row) => [...values.subarray(row * d, (row + 1) * d)]));
  return { d: K.d, index: Float64Array.from(rows), values: pick(K), attended: pick(V) };
}

const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

async function outputsOf(keys: KeysWithValues, Q: ReturnType<typeof gaussian>, options: AttendOptions, most?: number) {
  const output: number[] = [];
  const errors: number[] = [];
  let [empty, skipped] = [0, 0];
  for await (const batch of attend(keys, blocksOf(Q, most), { kernels, ...options })) {
    output.push(...batch.output);
    errors.push(...(batch.errors ?? []));
    empty += batch.empty;
    skipped += batch.skipped;
  }
  return { output, errors, empty, skipped };
}

interface Answer {
  readonly output: readonly number[];
  readonly errors: readonly number[];
}

const NUMPY = `
K, V, Q = (matrix(given[name]) for name in ('K', 'V', 'Q'))
U, scale = np.array(given['U']), given['scale']
def attention(rows, offset):
    x = scale * (Q @ K[rows].T)
    sees = np.ones(x.shape, bool) if offset is None else rows[None, :] <= np.arange(len(Q))[:, None] + offset
    if given['f'] in ('softmax', 'exp'):
        w = np.exp(np.where(sees, x, -np.inf) - np.max(np.where(sees, x, -np.inf), axis=1, keepdims=True, initial=-1e300))
    else:
        w = {'power:2': lambda: x ** 2, 'power:4': lambda: x ** 4, 'relu:1': lambda: np.maximum(x, 0),
             'sigmoid': lambda: 1 / (1 + np.exp(-x)), 'huber:1': lambda: np.where(abs(x) <= 1, x * x / 2, abs(x) - 0.5)}[given['f']]()
    w = np.where(sees, w, 0)
    total = w.sum(axis=1, keepdims=True)
    return (w / np.where(total == 0, 1, total)) @ V[rows]
def answer(offset):
    few, full = attention(U, offset), attention(np.arange(len(K)), offset)
    size = np.linalg.norm(full, axis=1)
    error = np.linalg.norm(few - full, axis=1) / np.where(size == 0, 1, size)
    return {'output': few.ravel().tolist(), 'errors': error.tolist()}
print(json.dumps([answer(offset) for offset in given['offsets']]))
`;

const farthest = (a: readonly number[], b: readonly number[]): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
};

describe.skipIf(!numpy)('against NumPy', () => {
  const K = gaussian(300, 7, 1);
  const V = gaussian(300, 5, 2);
  const Q = gaussian(70, 7, 3, 3);
  const U = all(300).filter((j) => j % 7 === 3);

  test.each(['softmax', 'exp', 'power:2', 'power:4', 'relu:1', 'sigmoid', 'huber:1'])('%s', async (name) => {
    const f = parseFunction(name);
    const scale = f.defaultScale(7);
    const given = { K: handOver(300, 7, K.values), V: handOver(300, 5, V.values), Q: handOver(70, 7, Q.values) };
    const offsets = [null, 40, -3];
    const answers = askNumpy<Answer[]>(NUMPY, { ...given, U, f: name, scale, offsets });
    for (const [at, offset] of offsets.entries()) {
      const expected = answers[at];
      const sight = offset === null ? {} : { causal: true, queryOffset: offset };
      const full = choose(K, V, all(300));
      const found = await outputsOf(choose(K, V, U), Q, { width: 5, f, full, ...sight }, 13);
      expect(farthest(found.output, expected.output)).toBeLessThan(1e-10);
      expect(farthest(found.errors, expected.errors)).toBeLessThan(1e-10);
      // With offset -3 the first six queries see nothing: the first key of U is 3.
      if (offset === -3 && name !== 'relu:1') expect(found.empty).toBe(6);
    }
  });

  test.each(backendNames)('more keys than are multiplied at a time, on %s', async (backend) => {
    const [K, V, Q] = [gaussian(4500, 6, 4), gaussian(4500, 3, 5), gaussian(20, 6, 6, 2)];
    const given = { K: handOver(4500, 6, K.values), V: handOver(4500, 3, V.values), Q: handOver(20, 6, Q.values) };
    const scale = 1 / Math.sqrt(6);
    const rest = { U: all(4500), f: 'softmax', scale, offsets: [null] };
    const [expected] = askNumpy<Answer[]>(NUMPY, { ...given, ...rest });
    const found = await outputsOf(choose(K, V, all(4500)), Q, { width: 3, kernels: makeKernels(backend) });
    expect(farthest(found.output, expected.output)).toBeLessThan(1e-10);
  });
});

describe('by definition', () => {
  const K = gaussian(100, 4, 7);
  const V = gaussian(100, 3, 8);
  const Q = gaussian(30, 4, 9);

  test.each(['softmax', 'power:2'])('all keys are full attention, however queries come: %s', async (name) => {
    const keys = choose(K, V, all(100));
    const found = await outputsOf(keys, Q, { width: 3, f: parseFunction(name), full: keys }, 7);
    expect(found.errors).toEqual(Array(30).fill(0));
    expect(found.output).toEqual((await outputsOf(keys, Q, { width: 3, f: parseFunction(name) })).output);
  });

  test('one key gives its row of V to every query', async () => {
    const { output } = await outputsOf(choose(K, V, [42]), Q, { width: 3 });
    for (let i = 0; i < 30; i++) expect(output.slice(3 * i, 3 * i + 3)).toEqual([...V.values.subarray(126, 129)]);
  });

  test('products of thousands overflow nothing: the largest takes all', async () => {
    const long = { ...Q, values: Q.values.map((value) => 1e5 * value) };
    const { output } = await outputsOf(choose(K, V, all(100)), long, { width: 3 });
    for (let i = 0; i < 30; i++) {
      const products = all(100).map((j) =>
        all(4).reduce((sum, k) => sum + Q.values[4 * i + k] * K.values[4 * j + k], 0),
      );
      const winner = products.indexOf(Math.max(...products));
      expect(farthest(output.slice(3 * i, 3 * i + 3), [...V.values.subarray(3 * winner, 3 * winner + 3)])).toBeLessThan(
        1e-9,
      );
    }
  });

  test('queries that are not finite: an error, or NaN in their place', async () => {
    const values = Q.values.slice();
    values[4 * 5 + 1] = Number.NaN;
    const bad = { ...Q, values };
    const keys = choose(K, V, [1, 2, 3]);
    await expect(outputsOf(keys, bad, { width: 3 })).rejects.toThrow(/query 5, column 1: NaN/);
    const found = await outputsOf(keys, bad, { width: 3, nonFinite: 'skip' });
    const good = await outputsOf(keys, Q, { width: 3 });
    expect(found.skipped).toBe(1);
    for (const [at, value] of found.output.entries()) {
      expect(value).toBe(Math.floor(at / 3) === 5 ? Number.NaN : good.output[at]);
    }
    expect(bad.values[4 * 5 + 1]).toBeNaN();
  });

  test('what is refused', async () => {
    const keys = choose(K, V, [1, 2]);
    await expect(outputsOf(keys, gaussian(3, 5, 1), { width: 3 })).rejects.toThrow(/5 columns where the keys have 4/);
    await expect(outputsOf(choose(K, V, []), Q, { width: 3 })).rejects.toThrow(/no keys to attend to/);
    await expect(outputsOf(keys, Q, { width: 3, queryOffset: 1 })).rejects.toThrow(/need causal/);
    const huge = { ...Q, values: Q.values.map((value) => 1e307 * value) };
    await expect(outputsOf(keys, huge, { width: 3, scale: 1e10 })).rejects.toThrow(/too large for float64/);
  });
});
