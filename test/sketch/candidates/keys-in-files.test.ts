/**
 * Passes whose candidates stay in their files: U is that of the same rows from memory, its keys are rows of the matrix and their scores those of the
 * definition. Runs the built modules, as threads do.
 */

import { readdirSync, readlinkSync, utimesSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { expectAtMost, expectSame } from '../../support/comparisons.js';
import { npyFrom, rowsOf, temporaryFolder } from '../../support/files.js';
import { gaussianFrom, randomFrom } from '../../support/random-matrices.js';

const { selectKeys } = await import('../../../dist/sketch/select-keys.js');
const { LeverageSketch } = await import('../../../dist/sketch/leverage-sketch.js');
const { StateReader } = await import('../../../dist/sketch/state-reader.js');
const { createKernels } = await import('../../../dist/kernels/backends.js');
const { StackedRows } = await import('../../../dist/rows/stacked-rows.js');
const { openMatrix } = await import('../../../dist/formats/open.js');
const { openBytes } = await import('../../../dist/formats/bytes/sources.js');

type SelectOptions = NonNullable<Parameters<typeof selectKeys>[1]>;

const folder = temporaryFolder();

/** A block is 512 KiB of float32. */
const D = 64;
const BLOCK = 2048;
const N = 5 * BLOCK + 300;
/** The mean score of the rows of the first block is 1/32, so that most of them are candidates. */
const EPS = 0.02;

/** Gaussian rows, of which one in 97 is large in one column. */
const values = Float64Array.from({ length: N * D }, gaussianFrom(randomFrom(11)));
for (let row = 5; row < N; row += 97) values[row * D + ((row * 7) % D)] = 30 + (row % 13);
const single = Float32Array.from(values);
const matrix = { rows: N, d: D, values: Float64Array.from(single) };

/** k^T (K^T K)^-1 k of every row, by Gauss-Jordan elimination. */
function leverageOf({ rows, d, values: a }: typeof matrix): Float64Array {
  const m = Array.from({ length: d }, (_, i) => Float64Array.from({ length: 2 * d }, (_, j) => (j === d + i ? 1 : 0)));
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) m[i]![j]! += a[r * d + i]! * a[r * d + j]!;
  }
  for (let i = 0; i < d; i++) {
    const pivot = m[i]![i]!;
    for (let j = 0; j < 2 * d; j++) m[i]![j]! /= pivot;
    for (let k = 0; k < d; k++) {
      const factor = m[k]![i]!;
      if (k !== i) for (let j = 0; j < 2 * d; j++) m[k]![j]! -= factor * m[i]![j]!;
    }
  }
  return Float64Array.from({ length: rows }, (_, r) => {
    let sum = 0;
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) sum += a[r * d + i]! * m[i]![d + j]! * a[r * d + j]!;
    return sum;
  });
}

/** The matrix in files that end within blocks. */
const paths = [0, 1, 2, 3].map((i) => {
  const ends = [0, 3000, 3001, 2 * BLOCK + 2500, N];
  return folder.write(`${i}.npy`, npyFrom(rowsOf(matrix, ends[i]!, ends[i + 1]!)));
});

async function* opened(files: readonly string[]) {
  for (const path of files) yield await openMatrix(await openBytes(path));
}

const fileRows = (files = paths) => new StackedRows(opened(files));
const inMemory = () => [{ start: 0, rows: N, d: D, values: single.slice() }];

/** How many of the files this process has open. */
const openFiles = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder.path);
    } catch {
      return false;
    }
  }).length;

const options: SelectOptions = { eps: EPS, blockRows: BLOCK };

test.each([1, 2])('keys and scores, with %i threads', async (threads) => {
  const set = await selectKeys(fileRows(), { ...options, threads });
  const scores = leverageOf(matrix);
  expectSame(
    [...set.index],
    [...scores.keys()].filter((i) => scores[i]! >= EPS),
  );
  expect(set.index.length).toBeGreaterThan(50);
  for (const [place, row] of set.index.entries()) {
    expectSame(set.keys.slice(place * D, (place + 1) * D), matrix.values.slice(row * D, (row + 1) * D));
    expectAtMost(Math.abs(set.score[place]! - scores[row]!), 1e-9);
  }
  expectSame(set, await selectKeys(inMemory(), options));
});

const ways: Readonly<Record<string, SelectOptions>> = {
  'the best': { top: 7 },
  'a budget, in two passes': { budget: 400_000, readAgain: () => fileRows() },
  'a sample': { sample: { size: 20, seed: 1 } },
  'a share of the rows': { sampleRate: 3 },
  'the stable route': { factor: 'stable' },
};

test.each(Object.entries(ways))('%s', async (_, way) => {
  const expected = await selectKeys(inMemory(), { ...options, ...way });
  expect(expected.index.length).toBeGreaterThan(5);
  for (const threads of [1, 2]) {
    expectSame(await selectKeys(fileRows(), { ...options, ...way, threads }), expected, `${threads} threads`);
  }
});

test('rows that are not finite are zeros, in files, too', async () => {
  const spoilt = Float64Array.from(matrix.values);
  for (const row of [7, BLOCK + 3]) spoilt[row * D + 1] = Number.NaN;
  const path = folder.write('nan.npy', npyFrom({ ...matrix, values: spoilt }));
  const skipping = { ...options, nonFinite: 'skip' } as const;
  const set = await selectKeys(fileRows([path]), { ...skipping, threads: 2 });
  expect(set.skipped).toBe(2);
  for (const row of [7, BLOCK + 3]) spoilt.fill(0, row * D, (row + 1) * D);
  const scores = leverageOf({ ...matrix, values: spoilt });
  expectSame(
    [...set.index],
    [...scores.keys()].filter((i) => scores[i]! >= EPS),
  );
});

describe('a pass that is broken off', () => {
  test('saves the keys that are in files, and goes on', async () => {
    const expected = await selectKeys(inMemory(), options);
    const sketches: InstanceType<typeof LeverageSketch>[] = [];
    const states: ReturnType<InstanceType<typeof LeverageSketch>['save']>[] = [];
    const onBegin = (sketch: InstanceType<typeof LeverageSketch>): void => void sketches.push(sketch);
    const afterBlock = async (): Promise<void> => void states.push(sketches.at(-1)!.save());
    await selectKeys(fileRows(), { ...options, onBegin, afterBlock });
    const blocks = states.splice(0);
    expect(blocks.length).toBe(6);
    await selectKeys(inMemory(), { ...options, onBegin, afterBlock });
    expectSame(blocks, states);
    const setup = { ...options, eps: EPS, d: D, kernels: createKernels() };
    const sketch = LeverageSketch.restore(setup, new StateReader(blocks[1]!, 'checkpoint'));
    expectSame(await selectKeys(fileRows(), { ...options, resume: { sketch, filters: [] }, threads: 2 }), expected);
  });

  test.runIf(process.platform === 'linux')('leaves no file open; neither does one that ends', async () => {
    await selectKeys(fileRows(), { ...options, threads: 2 });
    // Files are closed by threads of Node's own.
    await vi.waitFor(() => expect(openFiles()).toBe(0));
    const path = folder.write('changed.npy', npyFrom(matrix));
    let blocks = 0;
    const onProgress = (): void => {
      if (++blocks === 3) utimesSync(path, 1, 1);
    };
    await expect(selectKeys(fileRows([path]), { ...options, onProgress })).rejects.toThrow(
      /changed\.npy: the file has been written to while it was read; run again on a file that stays as it is/,
    );
    await vi.waitFor(() => expect(openFiles()).toBe(0));
  });
});
