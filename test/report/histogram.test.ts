/** The histogram of terminals, against counting. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogramLines } from '../../src/report/histogram.js';

/** What a line says. */
function read(line: string): { from: number; to: number; bar: string; count: number } {
  const [, from, to, bar = '', count] = /^ *(\S+) - (\S+) +(?:(#+) )?([\d,]+)$/.exec(line)!;
  return { from: Number(from), to: Number(to), bar, count: Number(count!.replaceAll(',', '')) };
}

function checkBins(list: readonly number[], width: number): void {
  const lines = histogramLines(Float64Array.from(list), { width });
  const bins = lines.map(read);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
  expect(bins.length).toBeLessThanOrEqual(22);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
  for (const [i, { from, to, count, bar }] of bins.entries()) {
    expect(from).toBeLessThan(to);
    if (i > 0) expect(from).toBe(bins[i - 1]!.to);
    const last = i === bins.length - 1;
    expect(count).toBe(list.filter((value) => value >= from && (last ? value <= to : value < to)).length);
    expect(bar.length > 0).toBe(count > 0);
  }
}

const WIDTHS = fc.integer({ min: 40, max: 120 });

test('bins adjoin, hold all values and count those within', () => {
  const values = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(fc.property(values, WIDTHS, checkBins));
});

test('two values 2e-22 apart', () => checkBins([1e-6, 1e-6 + 2.1e-22], 40));

test('and so they do for values next to one another, at any magnitude', () => {
  const close = fc
    .tuple(
      fc.double({ min: Number.MIN_VALUE, max: 1e308, noNaN: true }),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 44 }),
    )
    .map(([base, steps, spread]) =>
      // 2^spread doubles apart, near the base.
      steps.map((step) => base * (1 + step * 2 ** (spread - 52))).map((value) => Math.min(value, Number.MAX_VALUE)),
    );
  fc.assert(fc.property(close, WIDTHS, checkBins));
});

test('and for zeros, the smallest doubles and the largest, and all of them at once', () => {
  const values = fc.array(
    fc.oneof(
      fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
      fc.constantFrom(
        0,
        Number.MIN_VALUE,
        1e-320,
        2 ** -1022,
        1e-300,
        1e-3 - 2 ** -63,
        1e-3,
        1,
        1e300,
        Number.MAX_VALUE,
      ),
    ),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(fc.property(values, WIDTHS, checkBins));
});

test.each([[[0]], [[0, 0]], [[Number.MIN_VALUE]], [[Number.MAX_VALUE]], [[1e-300, 1e300]], [[0, 1]], [[0.1, 0.1]]])(
  'values %j have bins',
  (list) => checkBins(list, 40),
);

test('logarithms that round to a whole power: the smallest value is just below it', () => {
  const below = 1e-3 - 2 ** -63;
  expect(Math.log10(below)).toBe(-3);
  checkBins([below, 1], 80);
});

test('bars are painted, and nothing else', () => {
  const [line] = histogramLines(Float64Array.of(0.5), { width: 80, paint: (bar) => `<${bar}>` });
  expect(line).toMatch(/^\S+ - \S+ +<#+> 1$/);
});
