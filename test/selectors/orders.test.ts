/** Orders by size, and lengths: against JavaScript's own sort and Math.hypot. */

import { describe, expect, test } from 'vitest';
import { lengthOf, relativeError } from '../../src/attention/relative-error.js';
import { fallingOrder } from '../../src/selectors/falling-order.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const next = gaussianFrom(randomFrom(9));

describe('places by falling size are those of a sort', () => {
  const compared = (x: Float64Array): Int32Array => Int32Array.from(x.keys()).sort((i, j) => x[j] - x[i] || i - j);

  test.each<[string, (at: number) => number]>([
    ['numbers of either sign', next],
    ['few different ones', (at) => [0, 1, -1, 0.5, -0][at % 5]],
    ['all the same', () => 3],
    ['of all sizes', (at) => next() * 2 ** ((at % 2000) - 1000)],
    ['the smallest there are', (at) => ((at * 7) % 13) * 5e-324],
    ['with zeros of both signs', (at) => (at % 3 === 0 ? 0 : at % 3 === 1 ? -0 : next())],
    [
      'with infinities',
      (at) => (at % 100 === 0 ? Number.POSITIVE_INFINITY : at % 77 === 0 ? Number.NEGATIVE_INFINITY : next()),
    ],
  ])('%s', (_, of) => {
    for (const length of [0, 1, 2, 100, 1024, 5000]) {
      const x = Float64Array.from({ length }, (__, at) => of(at));
      const expected = Int32Array.from(x.keys()).sort((i, j) => (x[i] === x[j] ? i - j : x[j] > x[i] ? 1 : -1));
      expect(fallingOrder(x)).toEqual(expected);
      if (x.every(Number.isFinite)) expect(fallingOrder(x)).toEqual(compared(x));
    }
  });
});

describe('lengths', () => {
  test.each([1, 3, 64, 129])('of %i numbers are those of Math.hypot', (length) => {
    for (const size of [1, 1e-300, 1e300, 5e-324]) {
      const x = Float64Array.from({ length: length + 5 }, () => size * next());
      const own = x.subarray(2, 2 + length);
      const expected = Math.hypot(...own);
      expect(Math.abs(lengthOf(x, 2, length) - expected)).toBeLessThanOrEqual(4e-16 * expected);
    }
  });

  test('of nothing, of zeros, and of what is not finite', () => {
    expect(lengthOf(new Float64Array(3), 0, 3)).toBe(0);
    expect(lengthOf(new Float64Array(3), 1, 0)).toBe(0);
    expect(lengthOf(Float64Array.of(1, Number.NEGATIVE_INFINITY), 0, 2)).toBe(Number.POSITIVE_INFINITY);
    expect(lengthOf(Float64Array.of(1, Number.NaN), 0, 2)).toBeNaN();
  });

  test('an error is relative to the second output', () => {
    expect(relativeError(Float64Array.of(3, 0), Float64Array.of(0, 4))).toBe(5 / 4);
    expect(relativeError(new Float64Array(2), new Float64Array(2))).toBe(0);
    expect(relativeError(Float64Array.of(1), Float64Array.of(0))).toBe(Number.POSITIVE_INFINITY);
  });
});
