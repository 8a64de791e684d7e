/** Scales, ticks and the labels of ticks. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readable, tickLabel } from '../../src/report/numbers.js';
import { linear, logarithmic } from '../../src/report/svg/scale.js';

const positive = fc.double({ min: 1e-12, max: 1e12, noNaN: true });

test('ticks lie in the domain, ascend, are round, and are at least two and not too many', () => {
  fc.assert(
    fc.property(
      positive,
      fc.double({ min: 1.5, max: 1e9, noNaN: true }),
      fc.integer({ min: 3, max: 9 }),
      (from, ratio, count) => {
        const to = from * ratio;
        for (const scale of [linear([from, to], [0, 300]), logarithmic([from, to], [0, 300])]) {
          const values = scale.ticks(count).map(({ value }) => value);
          expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
          expect(values.length).toBeLessThanOrEqual(2 * count + 1);
          for (const value of values) {
            expect(value).toBeGreaterThanOrEqual(from * (1 - 1e-9));
            expect(value).toBeLessThanOrEqual(to * (1 + 1e-9));
          }
        }
        expect(linear([from, to], [0, 300]).ticks(count).length).toBeGreaterThan(0);
      },
    ),
  );
});

test('places: ends of the domain at the ends, equal steps or equal ratios between, what lies outside at the end', () => {
  const steps = linear([10, 30], [100, 0]);
  expect([10, 20, 30, 99, -99].map(steps.place)).toEqual([100, 50, 0, 0, 100]);
  const ratios = logarithmic([1, 100], [0, 200]);
  expect([1, 10, 100, 0, -5].map((value) => Math.round(ratios.place(value)))).toEqual([0, 100, 200, 0, 0]);
});

test.each([
  [0, '0'],
  [0.05, '0.05'],
  [0.1 + 0.2, '0.3'],
  [1e-4, '10⁻⁴'],
  [2e-5, '2·10⁻⁵'],
  [1500, '1,500'],
  [200_000, '200k'],
  [2.5e6, '2.5M'],
  [1e12, '10¹²'],
])('the label of %f is %s', (value, label) => expect(tickLabel(value)).toBe(label));

test('labels of ticks differ from one another', () => {
  fc.assert(
    fc.property(positive, fc.double({ min: 1.5, max: 1e9, noNaN: true }), (from, ratio) => {
      for (const scale of [linear([0, from * ratio], [0, 1]), logarithmic([from, from * ratio], [0, 1])]) {
        const labels = scale.ticks(6).map(({ label }) => label);
        expect(new Set(labels).size).toBe(labels.length);
      }
    }),
  );
});

test('numbers in tables say what they are to so many digits', () => {
  expect([1234567, 0.0123456, 1.5e-7, Number.NaN, 1170.3].map((value) => readable(value, 3))).toEqual([
    '1,234,567',
    '0.0123',
    '1.50e-7',
    '–',
    '1,170',
  ]);
});
