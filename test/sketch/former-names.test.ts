/** Programs written for 0.1 call a sketch's methods by their former names. */

import { expect, test } from 'vitest';
import { parseFunction } from '../../src/functions.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import type { BlockSlot } from '../../src/sketch/screen/block-slot.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { holdTo, someRows } from '../support/promises.js';
import { makeMatrix, randomFrom } from '../support/random-matrices.js';
import { queriesFor, withModerateColumns } from '../support/sensitivities.js';

const BLOCK_ROWS = 25;

test('shards that are merged and read again under them keep every promise', () => {
  const matrix = makeMatrix('heavy-tailed', 300, 4, 9);
  const kernels = makeKernels(backendNames.at(-1)!);
  const options = { d: 4, eps: 0.1, f: parseFunction('power:4'), blockRows: BLOCK_ROWS, kernels };
  const fill = (slot: BlockSlot, start: number): BlockSlot => {
    slot.next('float64').set(matrix.values.subarray(4 * start, 4 * (start + BLOCK_ROWS)));
    slot.filled(BLOCK_ROWS);
    slot.start = start;
    return slot;
  };
  const [sketch, second] = [0, 150].map((from) => {
    const shard = new LeverageSketch(options, from);
    const slot = shard.newSlot();
    for (let start = from; start < from + 150; start += BLOCK_ROWS) shard.take(fill(slot, start));
    return shard;
  });
  sketch.unite(second);
  sketch.settle();
  expect(sketch.rows).toBe(300);
  expect(sketch.gainsByReadingAgain).toBe(true);
  const before = sketch.candidates;
  sketch.beginAgain();
  const slot = sketch.newSlot();
  for (let start = 0; start < 300; start += BLOCK_ROWS) sketch.takeAgain(fill(slot, start));
  const set = sketch.finish();
  expect(set.index.length).toBeGreaterThan(0);
  expect(set.index.length).toBeLessThan(before);
  const moderate = withModerateColumns(matrix);
  for (const row of someRows(300, 20, randomFrom(9))) {
    for (const q of queriesFor(moderate, row, set.growth.b)) holdTo(set, moderate, q, 'power:4');
  }
});
