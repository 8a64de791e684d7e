/** Sketches of wide matrices: broken off and gone on with, and merged, at every stage. Runs the built modules. */

import { describe, expect, test } from 'vitest';
import type { LeverageSketch } from '../../../dist/sketch/leverage-sketch.js';
import type { SketchContent } from '../../../dist/sketch-file/content.js';
import type { UniversalSet } from '../../../src/sketch/universal-set.js';
import { joined } from '../../sketch-file/states.js';
import { bitsOf } from '../../support/bits.js';
import { expectAtMost } from '../../support/comparisons.js';
import { makeMatrix, type RandomMatrix } from '../../support/random-matrices.js';

const { LeverageSketch: Sketch } = await import('../../../dist/sketch/leverage-sketch.js');
const { StateReader } = await import('../../../dist/sketch/state-reader.js');
const { encodeSketch, decodeSketch } = await import('../../../dist/sketch-file/content.js');
const { createKernels } = await import('../../../dist/kernels/backends.js');

const D = 515;
const BLOCK_ROWS = 256;

const gaussian = makeMatrix('gaussian', 11 * D, D, 1);

/** A column that is a sum of others, everywhere, and one that is so in the first rows alone. */
const dependent: RandomMatrix = {
  ...gaussian,
  values: gaussian.values.map((value) => Math.round(64 * value) / 64),
};
for (let i = 0; i < dependent.n; i++) {
  const row = dependent.values.subarray(i * D, (i + 1) * D);
  row[300] = row[2] + row[400];
  if (i < 4000) row[50] = row[49];
}

/** Well-conditioned rows, and then ones in which two columns are almost the same. */
const turning: RandomMatrix = { ...gaussian, values: gaussian.values.slice() };
for (let i = 0; i < turning.n; i++) {
  const row = turning.values.subarray(i * D, (i + 1) * D);
  if (i < 3000) for (const j of [0, 5]) row[j] *= 1e-6;
  else row[5] = row[0];
}

const cases = { gaussian, dependent, turning };

const options = (matrix: RandomMatrix) => ({
  d: matrix.d,
  eps: 0.1,
  kernels: createKernels(),
  blockRows: BLOCK_ROWS,
});

/** Rows `from` to `to` into a sketch. */
function add(sketch: LeverageSketch, { d, values }: RandomMatrix, from: number, to: number): void {
  for (let start = from; start < to; start += BLOCK_ROWS) {
    const end = Math.min(to, start + BLOCK_ROWS);
    sketch.add({ start, rows: end - start, d, values: values.subarray(start * d, end * d) });
  }
}

/** What a file of a sketch gives back. */
async function stored(sketch: LeverageSketch, matrix: RandomMatrix): Promise<LeverageSketch> {
  const file = joined(await encodeSketch({ header: {}, state: sketch.save() } as SketchContent));
  const { state } = await decodeSketch(file, 'wide.ck');
  return Sketch.restore(options(matrix), new StateReader(state, 'wide.ck'));
}

/** The same keys but for those whose scores are eps to within delta, with the same scores but for rounding. */
function expectAlike(one: UniversalSet, two: UniversalSet): void {
  expect(two.rank).toBe(one.rank);
  const scores = new Map([...one.index].map((row, i) => [row, one.score[i]]));
  for (const [i, row] of two.index.entries()) {
    const score = scores.get(row) ?? one.eps;
    expectAtMost(Math.abs(two.score[i] - score), (one.delta + two.delta) * score, `row ${row}`);
    scores.delete(row);
  }
  for (const score of scores.values()) expectAtMost(score, one.eps * (1 + one.delta + two.delta));
}

describe.each(Object.entries(cases))('%s', (_, matrix) => {
  test('gone on with after a break at any stage, it ends with the same bits', async () => {
    const whole = new Sketch(options(matrix));
    add(whole, matrix, 0, matrix.n);
    const expected = bitsOf(whole.finish());
    // Before 4 d rows, after them, and when there is a factor to screen by.
    for (const blocks of [3, 10, 21]) {
      const rows = blocks * BLOCK_ROWS;
      const begun = new Sketch(options(matrix));
      add(begun, matrix, 0, rows);
      const sketch = await stored(begun, matrix);
      add(sketch, matrix, rows, matrix.n);
      expect(bitsOf(sketch.finish()) === expected, `broken off after ${rows} rows`).toBe(true);
    }
  });

  test('merged from parts, it is that of one pass', async () => {
    const whole = new Sketch(options(matrix));
    add(whole, matrix, 0, matrix.n);
    const expected = whole.finish();
    for (const cuts of [
      [0, 600, 1300, matrix.n],
      [0, 3000, 3300, matrix.n],
    ]) {
      const parts: LeverageSketch[] = [];
      for (let k = 0; k + 1 < cuts.length; k++) {
        const part = new Sketch(options(matrix), cuts[k]);
        const { d, values } = matrix;
        part.add({
          start: 0,
          rows: cuts[k + 1] - cuts[k],
          d,
          values: values.subarray(cuts[k] * d, cuts[k + 1] * d),
        });
        part.endInput();
        parts.push(await stored(part, matrix));
      }
      const [united, ...others] = parts;
      for (const other of others) united.merge(other);
      expectAlike(expected, united.finish());
    }
  });
});
