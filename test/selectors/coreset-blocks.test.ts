/** Coresets for softmax made block by block, and how far they are said to be from all keys. */

import { describe, expect, test } from 'vitest';
import { StreamedAttention } from '../../src/attention/streamed-attention.js';
import { RowsAt } from '../../src/rows/rows-at.js';
import { type BlockCoreset, BlockCoresets, mostKeysOfBlock } from '../../src/selectors/coreset-blocks.js';
import type { Matrix } from '../support/fixtures.js';
import { randomFrom } from '../support/random-matrices.js';
import { kernels, upTo } from './support.js';

const scale = 0.5;

const gaussian = (rows: number, d: number, seed: number): Matrix => {
  const random = randomFrom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return { rows, d, values: Float64Array.from({ length: rows * d }, normal) };
};

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, one, c) => sum + one * b[c], 0);
const rowOf = ({ d, values }: Matrix, i: number): Float64Array => values.subarray(i * d, (i + 1) * d);
const noRange = { low: new Float64Array(2).fill(-Infinity), high: new Float64Array(2).fill(Infinity) };

function madeOf(K: Matrix, V: Matrix, cuts: readonly number[], more: { size: number; exact: readonly number[] }) {
  const made = new BlockCoresets({ kernels, d: K.d, width: V.d, scale, n: K.rows, seed: 3, ...more });
  for (const [at, from] of cuts.entries()) {
    const to = cuts[at + 1] ?? K.rows;
    made.add({
      index: upTo(K.rows).subarray(from, to),
      keys: K.values.slice(from * K.d, to * K.d),
      values: V.values.slice(from * V.d, to * V.d),
    });
  }
  return made.result();
}

/** Attention over all keys and that of a coreset, and the ratio of denominators, by plain loops. */
function compared(K: Matrix, V: Matrix, q: Float64Array, { keys, weight, values }: BlockCoreset) {
  const sumsOf = (rows: Matrix, of: Matrix, weigh: (j: number) => number) => {
    const sums = new Float64Array(of.d + 1);
    for (let j = 0; j < rows.rows; j++) {
      const e = Math.exp(scale * dot(q, rowOf(rows, j)));
      for (let c = 0; c < of.d; c++) sums[c] += e * of.values[j * of.d + c];
      sums[of.d] += e * weigh(j);
    }
    return sums;
  };
  const all = sumsOf(K, V, () => 1);
  const few: Matrix = { rows: weight.length, d: K.d, values: keys };
  const own = sumsOf(few, { rows: weight.length, d: V.d, values: values! }, (l) => weight[l]);
  const output = (sums: Float64Array) => [...sums.subarray(0, V.d)].map((one) => one / sums[V.d]);
  const [o, s] = [output(all), output(own)];
  const length = (x: readonly number[]) => Math.sqrt(x.reduce((sum, one) => sum + one * one, 0));
  return { normaliser: Math.abs(own[V.d] / all[V.d] - 1), error: length(s.map((one, c) => one - o[c])) / length(o) };
}

describe('block by block', () => {
  const [K, V, Q] = [gaussian(90, 3, 1), gaussian(90, 2, 2), gaussian(7, 3, 3)];

  test('with as many pivots as keys attention is exact, however blocks are cut', () => {
    for (const cuts of [[0], [0, 30], [0, 7, 50], [0, 45, 46, 80]]) {
      for (const exact of [[], [44, 3, 81, 45]]) {
        const made = madeOf(K, V, cuts, { size: 90, exact });
        expect([...made.index].sort((i, j) => i - j)).toEqual([...upTo(90)]);
        expect([...made.index.subarray(0, exact.length)]).toEqual(exact);
        expect([made.exact, made.blocks]).toEqual([exact.length, cuts.length]);
        for (let i = 0; i < Q.rows; i++) {
          const { normaliser, error } = compared(K, V, rowOf(Q, i), made);
          expect(Math.max(normaliser, error)).toBeLessThan(1e-5);
        }
      }
    }
  });

  test('keys that stand for themselves come first, as given; every block has pivots in proportion to the others', () => {
    const made = madeOf(K, V, [0, 30, 60], { size: 34, exact: [70, 2, 33, 31] });
    expect([...made.index.subarray(0, 4)]).toEqual([70, 2, 33, 31]);
    expect([...made.weight.subarray(0, 4)]).toEqual([1, 1, 1, 1]);
    for (const [at, row] of [70, 2, 33, 31].entries()) {
      expect([...rowOf({ rows: 34, d: 2, values: made.values! }, at)]).toEqual([...rowOf(V, row)]);
    }
    const blocksOf = [...made.index.subarray(4)].map((row) => Math.floor(row / 30));
    // 29, 28 and 29 keys of 86 for 30 pivots.
    expect([0, 1, 2].map((block) => blocksOf.filter((one) => one === block).length)).toEqual([10, 10, 10]);
    expect(made.fewest).toBe(10);
  });

  test('a block of copies gives what it has no use for to the next', () => {
    const same: Matrix = { ...K, values: K.values.map((one, at) => (at < 90 ? K.values[at % 3] : one)) };
    const made = madeOf(same, V, [0, 30, 60], { size: 30, exact: [] });
    const counts = [0, 1, 2].map((block) => [...made.index].filter((row) => Math.floor(row / 30) === block).length);
    expect(counts).toEqual([1, 19, 10]);
    expect(made.weight[0]).toBeCloseTo(30, 9);
  });

  test('what it is said to be off by is what plain loops have', () => {
    const made = madeOf(K, V, [0, 30, 60], { size: 30, exact: [5, 50] });
    const sample = new StreamedAttention({ queries: Q.values, d: 3, scale, width: 2, kernels });
    // Blocks of other sizes: 1, then what is left.
    for (const [from, to] of [
      [0, 1],
      [1, 70],
      [70, 90],
    ]) {
      sample.add(K.values.slice(3 * from, 3 * to), V.values.slice(2 * from, 2 * to));
    }
    const { normaliser, error } = sample.errorsOf({ ...made, ...noRange });
    const wanted = Array.from({ length: Q.rows }, (_, i) => compared(K, V, rowOf(Q, i), made));
    for (const [found, of] of [
      [normaliser, 'normaliser'],
      [error!, 'error'],
    ] as const) {
      const sorted = wanted.map((one) => one[of]).sort((a, b) => a - b);
      expect(found.median).toBeCloseTo(sorted[3], 10);
      expect(found.mean).toBeCloseTo(sorted.reduce((sum, one) => sum + one, 0) / 7, 10);
    }
  });

  test('the keys of a block fit the memory with what their pivots need', () => {
    for (const [n, d, width, size, memory] of [
      [1e6, 64, 64, 512, 1e8],
      [1e6, 64, 0, 4096, 1e8],
      [5e4, 15, 300, 100, 1e6],
      [1e9, 128, 128, 2, 2 ** 30],
    ]) {
      const most = mostKeysOfBlock({ n, d, width, size }, memory);
      const taken = (b: number) => Math.max(16 * b * Math.max(d, width), 8 * b * ((size * b) / n + d));
      expect(taken(most)).toBeLessThanOrEqual(memory);
      expect(taken(most + 1)).toBeGreaterThan(memory);
    }
  });
});

describe('rows at places', () => {
  const rows = { start: 0, rows: 9, d: 2, values: Float64Array.from({ length: 18 }, (_, at) => at) };
  const blocks = [0, 4, 5].map((start, at, all) => {
    const end = all[at + 1] ?? 9;
    return { start, rows: end - start, d: 2, values: rows.values.subarray(2 * start, 2 * end) };
  });

  test('those asked for, in order, and how many there are in all', async () => {
    const stream = new RowsAt(blocks, 2, String);
    const into = new Float64Array(6);
    expect(await stream.take(Float64Array.of(1, 3, 4), into)).toBe(3);
    expect([...into]).toEqual([2, 3, 6, 7, 8, 9]);
    expect(await stream.take(Float64Array.of(7), into)).toBe(1);
    expect([...into.subarray(0, 2)]).toEqual([14, 15]);
    expect(await stream.end()).toBe(9);
  });

  test('fewer where the rows end, and an error for NaN', async () => {
    const into = new Float64Array(6);
    expect(await new RowsAt(blocks, 2, String).take(Float64Array.of(7, 8, 9), into)).toBe(2);
    const bad = [{ start: 0, rows: 2, d: 2, values: Float64Array.of(0, 1, 2, Number.NaN) }];
    await expect(new RowsAt(bad, 2, (row) => `V row ${row}`).take(Float64Array.of(1), into)).rejects.toThrow(
      'V row 1, column 1: NaN; fix the data',
    );
  });
});
