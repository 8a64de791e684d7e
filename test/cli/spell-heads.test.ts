/** Lists of heads, runs of numbers shortened. */

import { expect, test } from 'vitest';
import { spellHeads } from '../../src/cli/commands/coverage/spell-heads.js';

/** All places of some layers, examples and heads. */
const placesOf = (layers: number[], batches: number[], heads: number[]): number[][] =>
  layers.flatMap((layer) => batches.flatMap((batch) => heads.map((head) => [layer, batch, head])));

test.each<[string[], number[][], string]>([
  [['head'], [[3]], 'head 3'],
  [['head'], [[0], [2], [3], [4]], 'heads 0,2-4'],
  [['layer', 'head'], placesOf([1], [0], [5]).map(([layer, , head]) => [layer!, head!]), 'layer 1, head 5'],
  [['layer', 'batch', 'head'], placesOf([1, 2, 3], [0], [0, 1, 2, 3]), 'layers 1-3, batch 0, heads 0-3'],
  [
    ['layer', 'batch', 'head'],
    [...placesOf([1], [0], [0, 2, 3]), ...placesOf([2], [0], [1, 3, 5, 6])],
    'layer 1, batch 0, heads 0,2-3; layer 2, batch 0, heads 1,3,5-6',
  ],
  // What is alike is spelled once, also where something else is between.
  [
    ['layer', 'batch', 'head'],
    [...placesOf([0], [0, 1], [0, 1]), ...placesOf([1], [0], [7]), ...placesOf([2], [0, 1], [0, 1])],
    'layers 0,2, batches 0-1, heads 0-1; layer 1, batch 0, head 7',
  ],
  [
    ['layer', 'batch', 'head'],
    [...placesOf([4, 5], [0], [1]), ...placesOf([6], [0], [1]), ...placesOf([6], [1], [0, 1])],
    'layers 4-5, batch 0, head 1; layer 6, batch 0, head 1; layer 6, batch 1, heads 0-1',
  ],
])('%j %j', (axes, places, expected) => {
  expect(spellHeads(axes, places)).toBe(expected);
});
