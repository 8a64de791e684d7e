/** Bounds of sums over unknown rows hold for any rows, adversarial ones among them, and are met by the worst. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundRest, boundSum, type Range } from '../../src/entries/bounded/remainder.js';
import { type Growth, parseFunction } from '../../src/functions.js';

const names = ['power:0.1', 'power:0.5', 'power:1', 'power:1.7', 'power:2', 'power:2.5', 'power:4', 'power:20'].concat([
  'huber:1',
  'pseudo-huber:0.3',
  'l1-l2',
  'fair:2',
  'logcosh',
]);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const squaresOf = (sizes: readonly number[]): number => sum(sizes.map((x) => x * x));

/** Sizes that are spread, all alike, few and large, or of many magnitudes. */
const anySizes = fc
  .tuple(
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }),
    fc.constantFrom('as they are', 'alike', 'one large', 'magnitudes', 'two values'),
    fc.double({ min: -6, max: 6, noNaN: true }),
  )
  .map(([sizes, shape, magnitude]) => {
    const shaped = sizes.map((x, i) => {
      if (shape === 'alike') return sizes[0]!;
      if (shape === 'one large') return i === 0 ? 1 : x / 1e4;
      if (shape === 'magnitudes') return 10 ** (-8 * x);
      if (shape === 'two values') return x > 0.5 ? 1 : 0;
      return x;
    });
    // Squares must not vanish in the test's own arithmetic.
    return shaped.map((x) => (x < 1e-9 ? 0 : x * 10 ** magnitude));
  });

const loosen = ({ low, high }: Range, by: number): Range => ({ low: low * (1 - by), high: high * (1 + by) });

describe.each(names)('f = %s', (name) => {
  const { evaluate: f, growth } = parseFunction(name);
  const { a, b } = growth as Growth;

  test('the sum lies within the bounds, however loosely the rows are known', () => {
    fc.assert(
      fc.property(
        anySizes,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.integer({ min: 0, max: 100 }),
        fc.constantFrom(undefined, b, b + 1, 2 * b),
        (sizes, looseness, above, extra, p) => {
          const exact = sum(sizes.map(f));
          const squares = squaresOf(sizes);
          const { low, high } = boundSum(
            f,
            { a, b },
            {
              rows: sizes.length + extra,
              squares: loosen({ low: squares, high: squares }, looseness),
              largest: Math.max(...sizes) * (1 + above),
              powers: p === undefined ? undefined : { p, sum: sum(sizes.map((x) => x ** p)) * (1 - looseness / 2) },
            },
          );
          expect(low).toBeLessThanOrEqual(exact * (1 + 1e-12));
          expect(high).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('and where no row has more than a share of the sum', () => {
    fc.assert(
      fc.property(anySizes, fc.double({ min: 0, max: 2, noNaN: true }), (sizes, others) => {
        const exact = sum(sizes.map(f));
        const known = exact * others;
        const share = Math.min(1, Math.max(...sizes.map(f)) / (exact + known));
        if (!(share > 0)) return;
        const squares = squaresOf(sizes);
        const { low, high } = boundRest(
          f,
          { a, b },
          { rows: sizes.length, squares: { low: squares, high: squares }, largest: Number.POSITIVE_INFINITY },
          { low: known, high: known },
          share * (1 + 1e-12),
        );
        expect(low).toBeLessThanOrEqual(exact * (1 + 1e-10));
        expect(high).toBeGreaterThanOrEqual(exact * (1 - 1e-10));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('|x|^p: the bounds are the least and the most that there can be', () => {
  test.each([0.5, 1, 1.7, 3, 4, 8])('p = %d', (p) => {
    const { evaluate: f, growth } = parseFunction(`power:${p}`);
    // 7.25 rows' worth of squares over 40 rows of at most 1: spread evenly, or on as few rows as can be.
    const evenly = 40 * Math.sqrt(7.25 / 40) ** p;
    const few = 7 + Math.sqrt(0.25) ** p;
    const { low, high } = boundSum(f, growth!, { rows: 40, squares: { low: 7.25, high: 7.25 }, largest: 1 });
    expect(low / Math.min(evenly, few)).toBeCloseTo(1, 10);
    expect(high / Math.max(evenly, few)).toBeCloseTo(1, 10);
  });

  test('shares: of |x|^4 with squares of 1 beside a known sum of 1, no row above a tenth', () => {
    const { evaluate: f, growth } = parseFunction('power:4');
    const rest = { rows: 1000, squares: { low: 1, high: 1 }, largest: 1 };
    const { high } = boundRest(f, growth!, rest, { low: 1, high: 1 }, 0.1);
    // Three rows of x^2 = 1/3 sum to 1/3, each with 1/12 of the whole; and x^4 <= (1 + x^2) / 10 bounds x^2, and with it the sum.
    const most = (0.1 + Math.sqrt(0.01 + 0.4)) / 2;
    expect(high).toBeGreaterThanOrEqual(1 / 3);
    expect(high).toBeLessThan(most * 1.01);
  });
});

describe('nothing to bound', () => {
  const { evaluate: f, growth } = parseFunction('power:4');
  const nothing = { low: 0, high: 0 };
  test.each([
    ['no rows', { rows: 0, squares: { low: 1, high: 1 }, largest: 1 }, nothing],
    ['zeros', { rows: 9, squares: nothing, largest: 1 }, nothing],
    [
      'sizes beyond float64',
      { rows: 9, squares: { low: 1e200, high: 1e200 }, largest: 1e100 },
      { low: 0, high: Infinity },
    ],
  ])('%s', (_, rest, expected) => {
    expect(boundSum(f, growth!, rest)).toEqual(expected);
  });
});
