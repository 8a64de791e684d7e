/** Scales, ticks and the labels of ticks. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scoreScale } from '../../src/report/figures/score-scale.js';
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
          expect(values.length).toBeGreaterThan(1);
          expect(values.length).toBeLessThanOrEqual(2 * count + 1);
          for (const value of values) {
            expect(value).toBeGreaterThanOrEqual(from * (1 - 1e-9));
            expect(value).toBeLessThanOrEqual(to * (1 + 1e-9));
          }
        }
      },
    ),
  );
});

const doubles = fc.oneof(
  fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }),
  fc.double({ min: Number.MIN_VALUE, max: 1e-321, noNaN: true }),
);

/** Domains of any width at any magnitude, of which doubles may have no more than the ends. */
const anyDomain = fc
  .tuple(doubles, fc.oneof(doubles, fc.integer({ min: -52, max: 0 })))
  .map(([one, other]): [number, number] => {
    const second = other <= 0 ? one * (1 + 2 ** other) : other;
    return [Math.min(one, second), Math.min(Number.MAX_VALUE, Math.max(one, second))];
  })
  .filter(([from, to]) => from < to);

/** Checks places and ticks of every scale of a domain. */
function checkScales([from, to]: readonly [number, number], count: number): void {
  for (const scale of [
    linear([from, to], [0, 300]),
    logarithmic([from, to], [0, 300]),
    linear([0, to], [0, 300]),
    scoreScale([from, to], to, [0, 300]),
    scoreScale([from, from, to], to, [0, 300]),
  ]) {
    expect(scale.from).toBeLessThan(scale.to);
    expect([scale.place(scale.from), scale.place(scale.to)]).toEqual([0, 300]);
    const between = scale.place(scale.from + (scale.to - scale.from) / 2);
    expect(between).toBeGreaterThanOrEqual(0);
    expect(between).toBeLessThanOrEqual(300);
    const ticks = scale.ticks(count);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThanOrEqual(2 * count + 1);
    expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
    const slack = 1e-9 * (scale.to - scale.from);
    for (const { value } of ticks) {
      expect(value).toBeGreaterThanOrEqual(scale.from - slack);
      expect(value).toBeLessThanOrEqual(scale.to + slack);
    }
  }
}

test('in any domain places are finite and ascend, and ticks are two or more within it, with labels of their own', () => {
  fc.assert(fc.property(anyDomain, fc.integer({ min: 3, max: 9 }), checkScales));
});

test('a domain of 15 of the smallest doubles has no more ticks than others', () => checkScales([2e-323, 9.4e-323], 3));

test.each([
  [2.7698301867902673e-53, 2.7698301867902677e-53],
  [9.143415189517494e271, 9.143415189517495e271],
  [123456784.00000001, 123456784.00000003],
])('neighbours %d and %d have labels of their own', (from, to) => checkScales([from, to], 3));

test('one value, all values equal and no positive value have a scale', () => {
  for (const [values, top] of [
    [[5], 5],
    [[5, 5, 5], 5],
    [[0, 0], 0],
    [[], 0],
  ] as const) {
    const scale = scoreScale(values, top, [0, 300]);
    expect(Number.isFinite(scale.place(top))).toBe(true);
    expect(scale.ticks(5).length).toBeGreaterThan(1);
  }
  for (const scale of [linear([7, 7], [0, 300]), logarithmic([7, 7], [0, 300])]) {
    expect(scale.place(7)).toBe(0);
    expect(scale.ticks(5)).toEqual([{ value: 7, label: '7' }]);
  }
});

test('rows far from the first have labels that tell them apart', () => {
  const labels = linear([123_456_784, 123_456_792], [0, 342])
    .ticks(5)
    .map(({ label }) => label);
  expect(labels).toEqual(['123.456784M', '123.456786M', '123.456788M', '123.45679M', '123.456792M']);
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
