/** The histogram of terminals, against counting. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogramLines } from '../../src/report/histogram.js';

/** What a line says. */
function read(line: string): { from: number; to: number; bar: string; count: number } {
  const [, from, to, bar = '', count] = /^ *(\S+) - (\S+) +(?:(#+) )?([\d,]+)$/.exec(line)!;
  return { from: Number(from), to: Number(to), bar, count: Number(count!.replaceAll(',', '')) };
}

test('bins adjoin, hold all values and count those within', () => {
  const values = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(values, fc.integer({ min: 40, max: 120 }), (list, width) => {
      const lines = histogramLines(Float64Array.from(list), { width });
      const bins = lines.map(read);
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
      expect(bins.length).toBeLessThanOrEqual(22);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
      for (const [i, { from, to, count, bar }] of bins.entries()) {
        if (i > 0) expect(from).toBe(bins[i - 1]!.to);
        const last = i === bins.length - 1;
        expect(count).toBe(list.filter((value) => value >= from && (last ? value <= to : value < to)).length);
        expect(bar.length > 0).toBe(count > 0);
      }
    }),
  );
});

test('bars are painted, and nothing else', () => {
  const [line] = histogramLines(Float64Array.of(0.5), { width: 80, paint: (bar) => `<${bar}>` });
  expect(line).toMatch(/^\S+ - \S+ +<#+> 1$/);
});
