/** Keys of a universal set in the type that they are kept in. */

import { expect, test } from 'vitest';
import { createKernels } from '../../src/kernels/backends.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { changedSet, storedKeys } from '../../src/sketch/stored-keys.js';
import { makeMatrix } from '../support/random-matrices.js';

const { values, n, d } = makeMatrix('gaussian', 40, 5, 3);
const kernels = createKernels('auto');
const select = (rows: Float32Array | Float64Array) =>
  selectKeys([{ start: 0, rows: n, d, values: rows }], { eps: 0.05, kernels });
const keysAt = (set: { readonly index: Float64Array }, rows: ArrayLike<number>): number[] =>
  [...set.index].flatMap((i) => Array.from({ length: d }, (_, j) => rows[i * d + j]!));

test('float32 stays float32, whatever is changed; float64 is what it always was', async () => {
  const rows = Float32Array.from(values);
  const set = await select(rows);
  const expected = keysAt(set, rows);
  expect(set.index.length).toBeGreaterThan(10);
  expect(storedKeys(set)).toEqual(Float32Array.from(expected));
  expect(set.keys).toEqual(Float64Array.from(expected));
  const changed = changedSet(set, { n: 50, missing: 'rows 40-49' });
  expect([changed.n, changed.missing, changed.rank]).toEqual([50, 'rows 40-49', set.rank]);
  expect(storedKeys(changed)).toBe(storedKeys(set));
});

test('a copy with other keys has those', async () => {
  const set = await select(Float32Array.from(values));
  expect(storedKeys({ ...set, keys: Float64Array.of(1, 2) })).toEqual(Float64Array.of(1, 2));
});

test('what is no float32 is kept as it is', async () => {
  const set = await select(values);
  expect(storedKeys(set)).toBe(set.keys);
  expect(set.keys).toEqual(Float64Array.from(keysAt(set, values)));
});
