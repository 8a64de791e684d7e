/** Lewis weights as numbers, against the equations that define them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lewisPower } from '../../../src/sketch/bounds/lewis/weights.js';

const powers = [0.05, 0.5, 1, 1.3, 1.5, 1.99, 2.01, 3, 4, 5, 8, 20, 32];

describe.each(powers)('p = %d', (p) => {
  const { squareFor, weightOf, rootOf } = lewisPower(p);

  test('m^2 of a row that joins others solves m^2 + x m^p = x, and is never too small', () => {
    fc.assert(
      fc.property(fc.double({ min: -200, max: 200, noNaN: true }), (exponent) => {
        const x = 10 ** exponent;
        const square = squareFor(x);
        const weight = square ** (p / 2);
        expect(square + x * weight).toBeGreaterThanOrEqual(x * (1 - 1e-12));
        expect(square + x * weight).toBeLessThanOrEqual(x * (1 + 3e-3));
        expect(square).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  test('rows of no size, and rows outside the others', () => {
    expect(squareFor(0)).toBe(0);
    expect(rootOf(0)).toBe(0);
    expect(squareFor(Number.POSITIVE_INFINITY)).toBe(1);
    expect(squareFor(1e300)).toBeCloseTo(1, 12);
  });

  test('u = w^(1 - 2/p), and w = m^p', () => {
    for (const weight of p < 0.5 ? [1, 0.5, 0.1] : [1, 0.5, 1e-3, 1e-9]) {
      expect(rootOf(weight) ** 2 / weight ** (1 - 2 / p)).toBeCloseTo(1, 10);
      expect(weightOf(weight ** (2 / p)) / weight).toBeCloseTo(1, 10);
    }
  });
});
