import { expect, test } from 'vitest';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { decodeDocument } from '../../src/universal-set/read-document.js';
import { encodeDocument } from '../../src/universal-set/write-document.js';
import { randomFrom } from '../support/random-matrices.js';

const D = 2501;

const setOf = (root: Float64Array): UniversalSet => ({
  n: 3 * D,
  d: D,
  rank: D,
  eps: 0.5,
  f: 'power:2',
  growth: { a: 2, b: 2 },
  floor: 0.5,
  dropped: 0,
  lewis: undefined,
  sample: undefined,
  sampling: undefined,
  route: 'gram',
  delta: 1e-12,
  resolution: 1e-16,
  rootError: 0,
  skipped: 0,
  unresolved: 0,
  index: new Float64Array(0),
  score: new Float64Array(0),
  keys: new Float64Array(0),
  dtype: 'float32',
  exponents: new Int32Array(D),
  root,
});

const random = randomFrom(5);
const full = Float64Array.from({ length: D * D }, () => random() - 0.5);
const upper = full.map((value, at) => (at % D < Math.floor(at / D) ? 0 : value));

test('a triangular root of many columns is packed: rows of the upper triangle, one after another', () => {
  const text = encodeDocument(setOf(upper));
  const { version, root, rootUpper } = JSON.parse(text);
  expect({ version, root }).toEqual({ version: 2, root: undefined });
  const numbers = new Float64Array(Uint8Array.from(Buffer.from(rootUpper, 'base64')).buffer);
  expect(numbers.length).toBe((D * (D + 1)) / 2);
  expect([numbers[0], numbers[D - 1], numbers[D], numbers.at(-1)]).toEqual([
    upper[0],
    upper[D - 1],
    upper[D + 1],
    upper.at(-1),
  ]);
  expect(Buffer.compare(Buffer.from(decodeDocument(text, 'U').root.buffer), Buffer.from(upper.buffer))).toBe(0);
});

test('one that is not triangular is kept whole', () => {
  const text = encodeDocument(setOf(full));
  expect(JSON.parse(text).version).toBe(1);
  expect(Buffer.compare(Buffer.from(decodeDocument(text, 'U').root.buffer), Buffer.from(full.buffer))).toBe(0);
});

test('a triangle of another length is damage', () => {
  const fields = JSON.parse(encodeDocument(setOf(upper)));
  const shorter = JSON.stringify({ ...fields, rootUpper: fields.rootUpper.slice(0, -12) });
  expect(() => decodeDocument(shorter, 'U')).toThrow(/U: damaged universal set: rootUpper is not 3128751 numbers/);
});

test('more than a string holds is refused before it is made', () => {
  expect(() => encodeDocument({ ...setOf(new Float64Array(0)), d: 8192, sampling: sums(8192) })).toThrow(
    /a universal set of 8192 columns does not fit into Arrow metadata/,
  );
});

const sums = (d: number): UniversalSet['sampling'] => ({
  rate: 2,
  rows: d,
  gram: new Float64Array(0),
  squares: new Float64Array(d),
});
