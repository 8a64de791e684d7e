/** Weights by screening: blocks ahead of the sums, float32 rows, weights by float32 products; every promise still holds. */

import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import { certificateFor } from '../../src/sketch/bounds/certificate-choice.js';
import { CandidateLimit } from '../../src/sketch/candidates/candidate-limit.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { expectSame } from '../support/comparisons.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { holdTo, someRows } from '../support/promises.js';
import { makeMatrix, matrixKinds, randomFrom } from '../support/random-matrices.js';
import { queriesFor, withModerateColumns } from '../support/sensitivities.js';

const kernels = makeKernels(backendNames.at(-1)!);

/** Kinds whose entries float32 holds. */
const kinds = matrixKinds.filter((kind) => !/powers of two|1e150|sorted by norm/.test(kind));

function* blocksOf(values: Float32Array, d: number, cuts: readonly number[]): Generator<RowBlock> {
  for (let start = 0, k = 0; start * d < values.length; k++) {
    const rows = Math.min(cuts[k % cuts.length]!, values.length / d - start);
    yield { start, rows, d, values: values.slice(start * d, (start + rows) * d) };
    start += rows;
  }
}

describe.each(['power:0.5', 'power:1', 'power:1.5', 'power:3', 'power:4', 'power:8', 'huber:1'])('%s', (name) => {
  const f = parseFunction(name);
  test.each(kinds)('%s, as float32', async (kind) => {
    const [n, d] = [1500, 4];
    const single = Float32Array.from(makeMatrix(kind, n, d, 11).values);
    const matrix = { kind, n, d, values: Float64Array.from(single) };
    const select = (cuts: readonly number[]) =>
      selectKeys(blocksOf(single, d, cuts), { f, eps: 0.1, kernels, blockRows: 32 });
    const set = await select([57]);
    const moderate = withModerateColumns(matrix);
    for (const row of someRows(n, 6, randomFrom(2))) {
      for (const q of queriesFor(moderate, row, set.growth.b)) holdTo(set, moderate, q, name);
    }
    expectSame(await select([1, 100, 7, 33]), set, 'in other pieces');
  });

  test('one block at a time, in any pieces', () => {
    const { n, d, values } = makeMatrix('heavy-tailed', 700, 5, 12);
    const whole = new LeverageSketch({ d, eps: 0.1, kernels, f, blockRows: 32 });
    whole.add({ start: 0, rows: n, d, values });
    const pieces = new LeverageSketch({ d, eps: 0.1, kernels, f, blockRows: 32 });
    for (let start = 0; start < n; start += 45) {
      const rows = Math.min(45, n - start);
      pieces.add({ start, rows, d, values: values.slice(start * d, (start + rows) * d) });
    }
    expect(pieces.finish()).toEqual(whole.finish());
  });
});

test('more candidates than there is memory for are refused, with what to do', () => {
  const limit = new CandidateLimit(certificateFor(parseFunction('power:8'), 0.05), 64, 8192);
  expect(() => limit.check(limit.most, 10 ** 6)).not.toThrow();
  expect(() => limit.check(limit.most + 1, 10 ** 6)).toThrow(
    /after 1000000 rows 262145 keys cannot be ruled out for f = power:8, .* larger --eps or a smaller power/,
  );
});
