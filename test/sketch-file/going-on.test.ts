/**
 * A pass that is broken off after any block and goes on from what was written of it ends with the bits of one that was not. Runs
 * the built modules, as it starts worker threads.
 */

import { describe, expect, test } from 'vitest';
import type { LeverageSketch } from '../../dist/sketch/leverage-sketch.js';
import type { RunOptions } from '../../dist/sketch/run-sketch.js';
import type { Filter } from '../../dist/sketch/screen/filter.js';
import type { SketchContent } from '../../dist/sketch-file/content.js';
import { bitsOf } from '../support/bits.js';
import { makeMatrix, type RandomMatrix, randomFrom } from '../support/random-matrices.js';
import { joined } from './states.js';

const { runSketch } = await import('../../dist/sketch/run-sketch.js');
const { LeverageSketch: Sketch } = await import('../../dist/sketch/leverage-sketch.js');
const { saveFilters, restoreFilters } = await import('../../dist/sketch/screen/filter-state.js');
const { StateReader } = await import('../../dist/sketch/state-reader.js');
const { encodeSketch, decodeSketch } = await import('../../dist/sketch-file/content.js');
const { parseFunction } = await import('../../dist/functions.js');
const { createKernels } = await import('../../dist/kernels/backends.js');

const BLOCK_ROWS = 64;

/** Rows in pieces of 37; from row `wideFrom` on as float64, before as float32. */
function* blocksOf({ n, d, values }: RandomMatrix, wideFrom: number) {
  for (let start = 0; start < n; ) {
    const end = Math.min(n, start + 37, start < wideFrom ? wideFrom : n);
    const part = values.subarray(start * d, end * d);
    const rows = end - start;
    yield { start, rows, d, values: start < wideFrom ? Float32Array.from(part) : part };
    start = end;
  }
}

interface Way {
  readonly name: string;
  readonly options: Omit<RunOptions, 'f'> & { readonly f?: string };
  readonly matrix: RandomMatrix;
  /** The first row that comes as float64. */
  readonly wideFrom?: number;
}

const withRows = (matrix: RandomMatrix, change: (values: Float64Array) => void): RandomMatrix => {
  const values = matrix.values.slice();
  change(values);
  return { ...matrix, values };
};

const N = 24 * BLOCK_ROWS + 17;
const heavy = makeMatrix('heavy-tailed', N, 6, 11);
const gaussian = makeMatrix('gaussian', N, 6, 12);

/** Columns of 1e-200 to 1e200 once float64 rows come; large ones come late. */
const wide = withRows(makeMatrix('heavy-tailed', N, 6, 13), (values) => {
  const random = randomFrom(5);
  for (let at = 600 * 6; at < values.length; at++) {
    values[at] *= 10 ** (80 * ((at % 6) - 2.5)) * (at > 900 * 6 && random() < 0.01 ? 1e6 : 1);
  }
});

const holes = withRows(heavy, (values) => {
  for (const row of [0, 63, 64, 500, 900, N - 1]) values[row * 6 + (row % 6)] = row % 2 ? Number.NaN : -Infinity;
});

/** Well-conditioned rows, and then ones in which two columns are almost the same, so that the Gram route loses its digits. */
const turning = withRows(gaussian, (values) => {
  for (let row = 0; row < N; row++) {
    for (const column of [0, 5]) values[row * 6 + column] *= row < 800 ? 1e-6 : 1;
    if (row >= 800) values[row * 6 + 5] = values[row * 6];
  }
});

const WAYS: readonly Way[] = [
  { name: 'x^2, auto', options: { eps: 0.02 }, matrix: heavy },
  { name: 'x^2, gram', options: { eps: 0.02, factor: 'gram' }, matrix: heavy },
  { name: 'x^2, stable', options: { eps: 0.02, factor: 'stable' }, matrix: heavy },
  { name: 'x^2, auto turns to stable', options: { eps: 0.02 }, matrix: turning },
  { name: 'x^2, rank-deficient', options: { eps: 0.02 }, matrix: makeMatrix('low rank', N, 6, 3) },
  { name: 'x^2, a rank that grows', options: { eps: 0.02 }, matrix: makeMatrix('rank growing one at a time', N, 6, 3) },
  { name: 'power:4', options: { eps: 0.1, f: 'power:4', sample: { size: 40, seed: 3 } }, matrix: heavy },
  { name: 'power:4, Gaussian', options: { eps: 0.2, f: 'power:4', sample: { size: 40 } }, matrix: gaussian },
  { name: 'power:1', options: { eps: 0.05, f: 'power:1', sample: { size: 40 } }, matrix: heavy },
  { name: 'huber:1', options: { eps: 0.1, f: 'huber:1' }, matrix: heavy },
  { name: 'one row in 7', options: { eps: 0.02, sampleRate: 7, sample: { size: 30 } }, matrix: heavy },
  { name: 'one row in 7, power:4', options: { eps: 0.1, f: 'power:4', sampleRate: 7 }, matrix: heavy },
  { name: 'tensor', options: { eps: 0.05, f: 'power:4', certificate: 'tensor' }, matrix: heavy },
  { name: 'the 20 best', options: { eps: 1e-300, top: 20, budget: 2 * 30 * (8 * 6 + 32) }, matrix: heavy },
  { name: 'a budget, power:4', options: { eps: 0.01, f: 'power:4', budget: 2 * 40 * (8 * 6 + 32) }, matrix: heavy },
  { name: 'entries of 1e-200 to 1e200', options: { eps: 0.02 }, matrix: wide, wideFrom: 600 },
  { name: 'the same, stable', options: { eps: 0.02, factor: 'stable' }, matrix: wide, wideFrom: 600 },
  { name: 'the same, power:3', options: { eps: 0.1, f: 'power:3' }, matrix: wide, wideFrom: 600 },
  { name: 'the same, power:1', options: { eps: 0.1, f: 'power:1' }, matrix: wide, wideFrom: 600 },
  { name: 'the same, tensor', options: { eps: 0.1, f: 'power:4', certificate: 'tensor' }, matrix: wide, wideFrom: 600 },
  { name: 'NaN skipped', options: { eps: 0.02, nonFinite: 'skip' }, matrix: holes },
  { name: 'NaN skipped, power:4', options: { eps: 0.1, f: 'power:4', nonFinite: 'skip' }, matrix: holes },
];

const kernels = createKernels();

const runOptions = ({ options: { f, ...options } }: Way): RunOptions =>
  ({ ...options, kernels, blockRows: BLOCK_ROWS, f: f && parseFunction(f) }) as RunOptions;

/** A file of the pass as it is. */
const written = async (sketch: LeverageSketch, filters: readonly (Filter | undefined)[]): Promise<Uint8Array> =>
  joined(
    await encodeSketch({ header: {}, state: { ...sketch.save(), filters: saveFilters(filters) } } as SketchContent),
  );

/** Everything that a pass leaves: what is saved of it, and the set that it ends with. */
function leavingsOf(sketch: LeverageSketch): string {
  const state = bitsOf(sketch.save());
  return `${state}\n${bitsOf(sketch.finish())}`;
}

/** A pass of all rows, with a file after each of some blocks. */
async function wholePass(way: Way, after: ReadonlySet<number>): Promise<{ files: Uint8Array[]; leavings: string }> {
  const files: Uint8Array[] = [];
  let sketch!: LeverageSketch;
  let blocks = 0;
  await runSketch(blocksOf(way.matrix, way.wideFrom ?? 0), {
    ...runOptions(way),
    onBegin: (begun: LeverageSketch) => {
      sketch = begun;
    },
    afterBlock: async (filters: readonly (Filter | undefined)[]) => {
      if (after.has(++blocks)) files.push(await written(sketch, filters));
    },
  });
  return { files, leavings: leavingsOf(sketch) };
}

/** The rest of a pass, from its file on. */
async function goOn(way: Way, file: Uint8Array, threads: number): Promise<string> {
  const { state } = await decodeSketch(file, 'pass.ck');
  const reader = new StateReader(state, 'pass.ck');
  const options = { ...runOptions(way), d: way.matrix.d, eps: way.options.eps!, kernels };
  const sketch = Sketch.restore(options, reader);
  const resume = { sketch, filters: restoreFilters(reader.part('filters'), way.matrix.d) };
  return leavingsOf(await runSketch(blocksOf(way.matrix, way.wideFrom ?? 0), { ...options, threads, resume }));
}

describe('a pass that goes on from its file ends with the same bits', () => {
  test.each(WAYS)('$name', async (way) => {
    const random = randomFrom(way.name.length);
    const after = new Set([1, 2, 9, 25, ...Array.from({ length: 5 }, () => 1 + Math.floor(24 * random()))]);
    const { files, leavings } = await wholePass(way, after);
    expect(files.length).toBe(after.size);
    for (const [i, file] of files.entries()) {
      const threads = i % 2 === 0 ? 1 : 2;
      const same = (await goOn(way, file, threads)) === leavings;
      expect(same, `file ${i} of those after blocks ${[...after].sort((x, y) => x - y)}, ${threads} threads`).toBe(
        true,
      );
    }
  });

  test('broken off again and again', async () => {
    for (const name of ['x^2, auto', 'power:4', 'one row in 7']) {
      const way = WAYS.find((candidate) => candidate.name === name)!;
      const { files, leavings } = await wholePass(way, new Set([3]));
      let [file] = files;
      for (const step of [1, 4, 2, 6]) {
        const { state } = await decodeSketch(file, 'pass.ck');
        const reader = new StateReader(state, 'pass.ck');
        const options = { ...runOptions(way), d: way.matrix.d, eps: way.options.eps!, kernels };
        const sketch = Sketch.restore(options, reader);
        const resume = { sketch, filters: restoreFilters(reader.part('filters'), way.matrix.d) };
        let blocks = 0;
        const broken = runSketch(blocksOf(way.matrix, way.wideFrom ?? 0), {
          ...options,
          resume,
          afterBlock: async (filters: readonly (Filter | undefined)[]) => {
            if (++blocks < step) return;
            file = await written(sketch, filters);
            throw new Error('broken off');
          },
        });
        await expect(broken).rejects.toThrow('broken off');
      }
      expect((await goOn(way, file, 2)) === leavings, name).toBe(true);
    }
  });
});

test('the ways are what they are called', async () => {
  const routes: string[] = [];
  const way = WAYS.find(({ name }) => name === 'x^2, auto turns to stable')!;
  await runSketch(blocksOf(way.matrix, 0), {
    ...runOptions(way),
    onEvent: (event: { kind: string; route?: string }) => event.kind === 'route' && routes.push(event.route!),
  });
  expect(routes).toEqual(['gram', 'stable']);
  const scaled = WAYS.find(({ name }) => name === 'entries of 1e-200 to 1e200')!;
  const sketch = await runSketch(blocksOf(scaled.matrix, 600), runOptions(scaled));
  const exponents = sketch.finish().exponents;
  expect(exponents.filter((exponent: number) => exponent !== 0).length).toBeGreaterThan(2);
});

test('rows that are not those of the pass are refused', async () => {
  const way = WAYS[0];
  const { files } = await wholePass(way, new Set([5]));
  const other = { ...way, matrix: makeMatrix('heavy-tailed', N, 6, 99) };
  await expect(goOn(other, files[0], 1)).rejects.toThrow(/its first rows differ; remove the checkpoint/);
  const shorter = { ...way, matrix: { ...way.matrix, n: 300, values: way.matrix.values.slice(0, 300 * 6) } };
  await expect(goOn(shorter, files[0], 1)).rejects.toThrow(/K has 300 rows, and its checkpoint is of 320/);
});
