/** The sample that a pass leaves is that of the rows outside U, however they came. */

import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { PILOT_ROWS, PrioritySampler, type SampleOptions } from '../../src/sketch/sample/priority-sampler.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const D = 6;
const kernels = makeKernels(backendNames.at(-1)!);

/** Heavy-tailed rows, some of them zero, the columns in units of their own. */
function matrix(n: number, units = [1, 1, 1, 1, 1, 1]): Float64Array {
  const random = randomFrom(n);
  const gaussian = gaussianFrom(random);
  const values = new Float64Array(n * D);
  for (let i = 0; i < n; i++) {
    const size = i % 50 === 7 ? 0 : 1 / (random() + 1e-3);
    for (let j = 0; j < D; j++) values[i * D + j] = gaussian() * size * units[j];
  }
  return values;
}

function select(values: Float64Array, f: string, blockRows: number, sample?: SampleOptions): UniversalSet {
  const sketch = new LeverageSketch({ d: D, eps: 0.2, f: parseFunction(f), kernels, blockRows, sample });
  sketch.add({ start: 0, rows: values.length / D, d: D, values });
  return sketch.finish();
}

/** All rows but those of U, offered at once to a sampler whose pilot is known from the start. */
function sampleAround(set: UniversalSet, values: Float64Array, sample: SampleOptions = {}) {
  const pilot = values.subarray(0, PILOT_ROWS * D);
  const sampler = new PrioritySampler(kernels, D, { pilot, ...sample });
  const inU = new Set(set.index);
  for (let i = 0; i < values.length / D; i++) {
    if (!inU.has(i)) sampler.offer(values.subarray(i * D, (i + 1) * D), 1, () => i);
  }
  return sampler.finish();
}

describe.each(['power:4', 'power:1', 'huber:1'])('the sample around U for %s', (f) => {
  test.each([
    ['fewer rows than make a pilot', 700, 64],
    ['as many rows as make a pilot', PILOT_ROWS, 64],
    ['many rows in small blocks', 5000, 48],
    ['many rows in large blocks', 5000, 2048],
  ])('%s', (_, n, blockRows) => {
    const values = matrix(n);
    const set = select(values, f, blockRows, { size: 100, seed: 5 });
    expect(set.index.length).toBeGreaterThan(0);
    expect(set.sample).toEqual(sampleAround(set, values, { size: 100, seed: 5 }));
  });

  test('columns that have to be scaled', () => {
    const values = matrix(3000, [2 ** 300, 1, 2 ** -300, 1, 2 ** 160, 1]);
    const set = select(values, f, 256, { size: 100 });
    expect(set.sample).toEqual(sampleAround(set, values, { size: 100 }));
  });

  test('a pilot that the user gives', () => {
    const values = matrix(3000);
    const pilot = matrix(40);
    const set = select(values, f, 256, { size: 100, pilot });
    expect(set.sample).toEqual(sampleAround(set, values, { size: 100, pilot }));
  });
});

test('for x^2 there is none, as denominators are known', () => {
  expect(select(matrix(2000), 'power:2', 256).sample).toBeUndefined();
});
