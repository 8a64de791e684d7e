/** Worker threads: the same bytes however many there are, and a clear end where one dies. Runs the built modules. */

import { describe, expect, test } from 'vitest';
import type { RowBlock } from '../../src/rows/row-block.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { expectSame } from '../support/comparisons.js';
import { hasBlas } from '../support/kernels.js';
import { gaussianFrom, makeMatrix, matrixKinds, randomFrom } from '../support/random-matrices.js';

const { selectKeys } = await import('../../dist/sketch/select-keys.js');
const { parseFunction } = await import('../../dist/functions.js');
const { createKernels } = await import('../../dist/kernels/backends.js');
const { prepareScreening, ScreenPool } = await import('../../dist/sketch/screen/screen-pool.js');
const { LeverageSketch } = await import('../../dist/sketch/leverage-sketch.js');

/** Blocks of 37 rows. */
function* blocksOf(n: number, d: number, values: Float32Array | Float64Array): Generator<RowBlock> {
  for (let start = 0; start < n; start += 37) {
    const rows = Math.min(37, n - start);
    yield { start, rows, d, values: values.subarray(start * d, (start + rows) * d) };
  }
}

const select = (
  n: number,
  d: number,
  values: Float32Array | Float64Array,
  threads: number,
  kernels = createKernels(),
): Promise<UniversalSet> => selectKeys(blocksOf(n, d, values), { eps: 0.02, threads, blockRows: 32, kernels });

describe('any number of threads gives the same bytes', () => {
  test('threads that were started before', async () => {
    const { n, d, values } = makeMatrix(matrixKinds[0]!, 2000, 9, 4);
    const one = await select(n, d, values, 1);
    // More, and fewer, than are taken.
    prepareScreening(3);
    for (const threads of [2, 5]) expectSame(await select(n, d, values, threads), one);
  });

  test.each(matrixKinds)('%s', async (kind) => {
    const { n, d, values } = makeMatrix(kind, 2000, 9, 5);
    const one = await select(n, d, values, 1);
    for (const threads of [2, 3]) expectSame(await select(n, d, values, threads), one);
  });

  test.each(matrixKinds)('sampled, %s', async (kind) => {
    const { n, d, values } = makeMatrix(kind, 3000, 9, 6);
    const sampled = (threads: number): Promise<UniversalSet> =>
      selectKeys(blocksOf(n, d, values), { eps: 0.02, threads, blockRows: 32, sampleRate: 5 });
    const one = await sampled(1);
    for (const threads of [2, 3]) expectSame(await sampled(threads), one);
  });

  test.each(['power:4', 'power:1', 'huber:1'])('%s, every kind of matrix', async (name) => {
    const f = parseFunction(name);
    for (const kind of matrixKinds) {
      const { n, d, values } = makeMatrix(kind, 2000, 6, 7);
      const certified = (threads: number): Promise<UniversalSet> =>
        selectKeys(blocksOf(n, d, values), { eps: 0.1, threads, blockRows: 32, f });
      const one = await certified(1);
      for (const threads of [2, 3]) expectSame(await certified(threads), one, kind);
    }
  });

  test('float32', async () => {
    const gaussian = gaussianFrom(randomFrom(1));
    const values = Float32Array.from({ length: 5000 * 15 }, gaussian);
    const one = await select(5000, 15, values, 1);
    expect(one.route).toBe('gram');
    expectSame(await select(5000, 15, values, 3), one);
  });

  test.each(['plain', ...(hasBlas ? ['blas' as const] : [])] as const)('backend %s', async (backend) => {
    const gaussian = gaussianFrom(randomFrom(2));
    const values = Float32Array.from({ length: 3000 * 67 }, gaussian);
    const one = await select(3000, 67, values, 1, createKernels(backend));
    expect(one.route).toBe('gram');
    expectSame(await select(3000, 67, values, 3, createKernels(backend)), one);
  });
});

test('a bad row is reported with its place, whichever thread meets it', async () => {
  const values = new Float32Array(3000 * 4).map((_, at) => Math.sin(at));
  values[2500 * 4 + 3] = Number.NaN;
  for (const threads of [1, 2]) {
    await expect(select(3000, 4, values, threads)).rejects.toThrow(/row 2500, column 3: NaN/);
  }
});

test('a worker that dies ends the pass with an error that says so', async () => {
  const kernels = createKernels();
  const shape = { d: 4, blockRows: 32, floor: 0.05, decay: 0, sampleRate: 1, lewis: undefined };
  const pool = new ScreenPool(2, kernels, shape);
  const sketch = new LeverageSketch({ ...shape, eps: 0.05, kernels, factor: 'gram' });
  const slot = sketch.newSlot();
  slot.next('float32').fill(1);
  slot.filled(32);
  // A filter that no worker can use.
  let answer = pool.screen(slot, { d: 4 } as never);
  for (; !answer; answer = pool.screen(slot, { d: 4 } as never)) await new Promise((resolve) => setTimeout(resolve, 5));
  await expect(answer).rejects.toThrow(/a worker thread died .*--threads 1/);
  await pool.close();
});
