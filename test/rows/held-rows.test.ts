/** Rows in memory as they are stored: what is held is what came, in float32 as long as all of it is. */

import { expect, test } from 'vitest';
import { type HoldOptions, holdRows, holdRowsAsStored } from '../../src/rows/held-rows.js';
import type { RowBlock, Values } from '../../src/rows/row-block.js';

const D = 3;

/** Blocks of rows whose numbers are 0.1, 1.1, 2.1, …, in these types. */
function* blocks(types: readonly string[], rows = 4): Generator<RowBlock> {
  for (const [at, type] of types.entries()) {
    const numbers = Array.from({ length: rows * D + 5 }, (_, i) => at * rows * D + i + 0.1);
    const values: Values = type === 'f4' ? Float32Array.from(numbers) : Float64Array.from(numbers);
    yield { start: at * rows, rows, d: D, values };
  }
}

const numbersOf = (types: readonly string[], rows = 4): number[] =>
  [...blocks(types, rows)].flatMap(({ values }) => [...values.subarray(0, rows * D)]);

test.each<[string[], 'Float32Array' | 'Float64Array']>([
  [['f4', 'f4', 'f4'], 'Float32Array'],
  [['f8'], 'Float64Array'],
  [['f4', 'f4', 'f8', 'f4'], 'Float64Array'],
])('%j', async (types, kind) => {
  const space = new Float64Array(1000);
  const options: HoldOptions[] = [
    {},
    { rows: types.length * 4 },
    { rows: types.length * 4, room: (length) => new Float64Array(length).fill(7) },
    // The same room for whatever is held, as it is with work space.
    { rows: types.length * 4, room: (length) => space.subarray(0, length) },
    { mask: new Uint8Array(types.length * 4).fill(1, 1) },
    { wanted: Float64Array.of(0, 2, types.length * 4 - 1) },
  ];
  for (const own of options) {
    const held = await holdRowsAsStored(blocks(types), own);
    expect(held.values.constructor.name).toBe(kind);
    // The next ones may lie in the same room.
    const numbers = [...held.values];
    const { values, ...rest } = await holdRows(blocks(types), own);
    expect({ ...held, values: numbers }).toEqual({ ...rest, values: [...values] });
  }
  expect([...(await holdRowsAsStored(blocks(types))).values]).toEqual(numbersOf(types));
});

test('a row that is not finite is refused, or left out', async () => {
  const some = [...blocks(['f4', 'f4'])];
  some[1]!.values[D + 2] = Number.POSITIVE_INFINITY;
  await expect(holdRowsAsStored(some)).rejects.toThrow('row 5, column 2: Infinity; fix the data');
  const held = await holdRowsAsStored(some, { nonFinite: 'skip' });
  expect([...held.index]).toEqual([0, 1, 2, 3, 4, 6, 7]);
  expect(held.values).toBeInstanceOf(Float32Array);
});
