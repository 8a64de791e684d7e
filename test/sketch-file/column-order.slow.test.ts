/** Sketches whose columns stand in another order, merged by name: to permute the columns of K changes no score. */

import { describe, expect, test } from 'vitest';
import { parseFunction, SQUARE } from '../../src/functions.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { SketchOptions } from '../../src/sketch/sketch-options.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { mergeSketches } from '../../src/sketch-file/merge.js';
import { storeSketch } from '../../src/sketch-file/stored-sketch.js';
import { temporaryFolder } from '../support/files.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { type Cut, setupOf } from '../support/merges.js';
import { holdTo } from '../support/promises.js';
import { makeMatrix, matrixKinds, type RandomMatrix } from '../support/random-matrices.js';
import { queriesFor, randomQueries, withModerateColumns } from '../support/sensitivities.js';

const kernels = makeKernels(backendNames.at(-1)!);
const folder = temporaryFolder();

const NAMES = ['a', 'b', 'c', 'd'];
const CUTS: readonly Cut[] = [
  [0, 50],
  [50, 51],
  [51, 150],
];
const ORDERS: readonly (readonly number[])[] = [
  [0, 1, 2, 3],
  [2, 0, 3, 1],
  [1, 0, 2, 3],
];
const AS_THEY_ARE = ORDERS.map(() => ORDERS[0]!);

/** Rows with the columns in an order. */
const arranged = (values: Float64Array, order: readonly number[]): Float64Array =>
  values.map((_, at) => values[at - (at % 4) + order[at % 4]!]!);

/** U of parts, each with its columns in an order of its own. */
async function setOf(matrix: RandomMatrix, orders: typeof ORDERS, options: SketchOptions): Promise<UniversalSet> {
  const paths: string[] = [];
  const warnings: string[] = [];
  for (const [i, [start, end]] of CUTS.entries()) {
    const order = orders[i]!;
    const sample = options.sample && { ...options.sample, pilot: arranged(options.sample.pilot!, order) };
    const own = { ...options, sample };
    const sketch = new LeverageSketch(own, start);
    sketch.add({ start: 0, rows: end - start, d: 4, values: arranged(matrix.values.slice(start * 4, end * 4), order) });
    sketch.prune();
    const setup = { ...setupOf(own), columns: { names: order.map((j) => NAMES[j]!), chosen: false } };
    const coverage = { kind: 'rows', ranges: [[start, end]] } as const;
    paths.push(folder.at(`part-${i}.lev`));
    await storeSketch(paths[i]!, 'sketch', { setup, f: own.f ?? SQUARE, sketch, coverage });
  }
  const onReordered = (message: string): unknown => warnings.push(message);
  const { sketches } = await mergeSketches(paths, { kernels }, { onReordered });
  const { sketch, setup } = sketches[0]!.sketch;
  expect(setup.columns?.names).toEqual(NAMES);
  expect(warnings).toHaveLength(orders.filter((order) => order !== ORDERS[0]).length);
  return sketch.finish();
}

const WAYS: readonly (Partial<SketchOptions> & { readonly name: string; readonly eps: number })[] = [
  { name: 'power:2', eps: 0.1 },
  { name: 'power:2', eps: 0.1, factor: 'stable' },
  { name: 'power:2', eps: 0.1, sampleRate: 3 },
  { name: 'power:4', eps: 0.1 },
  { name: 'power:1', eps: 0.1 },
  { name: 'huber:1', eps: 0.3 },
  { name: 'power:4', eps: 0.1, certificate: 'tensor' },
  { name: 'power:4', eps: 0.1, certificate: 'gram' },
];

describe.each(WAYS)('$name, $certificate, $factor, one row in $sampleRate', ({ name, ...way }) => {
  test.each(matrixKinds)('%s', async (kind) => {
    const matrix = makeMatrix(kind, 150, 4, 21);
    const f = parseFunction(name);
    const sample = name === 'power:2' ? undefined : { size: 12, seed: 5, pilot: matrix.values.slice(0, 40 * 4) };
    const options: SketchOptions = { d: 4, kernels, f, blockRows: 16, sample, ...way };
    const straight = await setOf(matrix, AS_THEY_ARE, options);
    const mixed = await setOf(matrix, ORDERS, options);
    // Bounds of functions that are not x^2 come from weights worked out in rounds, which a rounding may move.
    const slack = 2 * Math.max(straight.delta, mixed.delta) + (name === 'power:2' ? 1e-9 : 0.01);
    const scores = new Map(Array.from(mixed.index, (row, i) => [row, mixed.score[i]!]));
    for (const [i, row] of straight.index.entries()) {
      const score = straight.score[i]!;
      if (score < options.eps * (1 + slack)) continue;
      expect(Math.abs((scores.get(row) ?? 0) - score) / score, `row ${row}`).toBeLessThan(slack);
    }
    const moderate = withModerateColumns(matrix);
    for (const q of randomQueries(4, 4, 3)) holdTo(mixed, moderate, q, name);
    for (const row of [0, 50, 149]) {
      for (const q of queriesFor(moderate, row, mixed.growth.b)) holdTo(mixed, moderate, q, name);
    }
    for (const [i, row] of mixed.index.entries()) {
      expect([...mixed.keys.subarray(4 * i, 4 * i + 4)]).toEqual([...matrix.values.subarray(4 * row, 4 * row + 4)]);
      expect(straight.index.includes(row) || mixed.score[i]! < options.eps * (1 + slack), `row ${row}`).toBe(true);
    }
    expect(mixed.rank).toBe(straight.rank);
    expect(mixed.exponents).toEqual(straight.exponents);
    expect(mixed.sample?.index).toEqual(straight.sample?.index);
    expect(mixed.sample?.keys).toEqual(straight.sample?.keys);
    expect(mixed.sampling?.rows).toBe(straight.sampling?.rows);
  });
});
