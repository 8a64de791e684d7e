/** Lists of rows, against filters of arrays. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashUnit, listEntering } from '../../src/sketch/sample/sample-filter.js';
import { largestBelow, listReaching, numbersAt, without } from '../../src/sketch/screen/positions.js';

const numbers = fc.array(fc.oneof(fc.double({ noNaN: true, min: 0 }), fc.constantFrom(0, 1, Infinity)), {
  maxLength: 40,
});
const list = fc.uniqueArray(fc.nat(30), { maxLength: 30 }).map((some) => some.sort((i, j) => i - j));

/** What was listed, and what lies behind it. */
function listed(length: number, list: (positions: Int32Array) => number): number[] {
  const positions = new Int32Array(length + 1).fill(-1);
  const found = list(positions);
  expect(positions.subarray(found).every((position) => position === -1)).toBe(true);
  return Array.from(positions.subarray(0, found));
}

describe('positions', () => {
  test('of numbers that reach a bound, and the largest of the others', () => {
    fc.assert(
      fc.property(numbers, fc.double({ noNaN: true, min: 0 }), (x, least) => {
        const all = Float64Array.from([...x, Infinity]);
        const reaching = listed(x.length, (positions) => listReaching(all, x.length, least, positions));
        expect(reaching).toEqual([...x.keys()].filter((i) => x[i] >= least));
        expect(largestBelow(all, x.length, least)).toBe(Math.max(0, ...x.filter((one) => one < least)));
        expect(Array.from(numbersAt(all, Int32Array.from(reaching)))).toEqual(x.filter((one) => one >= least));
      }),
    );
  });

  test('of one list and not of another', () => {
    fc.assert(
      fc.property(list, list, (some, others) => {
        const left = without(Int32Array.from(some), Int32Array.from(others));
        expect(Array.from(left)).toEqual(some.filter((i) => !others.includes(i)));
      }),
    );
  });

  test('of rows that may enter a sample', () => {
    fc.assert(
      fc.property(numbers, fc.nat(), fc.double({ noNaN: true, min: 0, max: 4 }), (norms, start, threshold) => {
        const entering = listed(norms.length, (positions) =>
          listEntering({ threshold, seed: 3 }, start, Float64Array.from(norms), 2, norms.length, positions),
        );
        expect(entering).toEqual([...norms.keys()].filter((i) => 2 * norms[i] >= threshold * hashUnit(start + i, 3)));
      }),
    );
  });
});
