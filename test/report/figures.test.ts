/** Figures of heads that stretch their axes: every number in them is finite, and every tick and class is told from the others. */

import { expect, test } from 'vitest';
import { figuresOf } from '../../src/report/figures/figures.js';
import { makeRows, measure } from './heads.js';

/** K whose rows are all the same, or zeros, or one row; and K with rows of every length. */
const KEYS = {
  'rows of every length': makeRows(60, 3, 1),
  'equal rows': { rows: 40, d: 2, values: new Float64Array(80).fill(3) },
  zeros: { rows: 5, d: 2, values: new Float64Array(10) },
  'one row': { rows: 1, d: 3, values: Float64Array.of(1, 2, 3) },
  'the smallest numbers': { rows: 4, d: 1, values: Float64Array.of(5e-324, 1e-323, 0, 2e-320) },
  'the largest and the smallest': { rows: 4, d: 2, values: Float64Array.of(1e300, 1, 1e-300, 1, 5e-324, 2, 1e308, 3) },
};

/** What a figure writes: its attributes, and the texts of ticks and legends. */
const numbersOf = (svg: string): string[] =>
  [...svg.matchAll(/ (?:d|x|y|transform)="([^"]*)"/g)].map(([, text]) => text!);
const labelsOf = (svg: string): string[] => [...svg.matchAll(/ class="soft">([^<]*)</g)].map(([, text]) => text!);

test.each(
  Object.entries(KEYS).flatMap(([name, K]) =>
    [Number.MIN_VALUE, 1e-300, 0.05, 0.996, 1].map((eps) => ({ name, K, eps })),
  ),
)('$name at eps = $eps', async ({ K, eps }) => {
  // Products with the largest numbers are refused.
  const Q = K.values.some((value) => value > 1e200) ? undefined : makeRows(20, K.d, 2);
  const head = await measure(K, Q, { eps });
  for (const { name, svg } of figuresOf(head, 'figure')) {
    for (const text of numbersOf(svg)) expect(text, name).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg, name).not.toMatch(/\b(?:NaN|undefined)\b/);
    const labels = labelsOf(svg);
    // Both axes have ticks of their own; a label on both is no fault.
    for (const label of new Set(labels))
      expect(labels.filter((one) => one === label).length, `${name}: ${label}`).toBeLessThan(3);
    const classes = labels.filter((label) => label.includes(' – '));
    expect(new Set(classes).size, classes.join()).toBe(classes.length);
  }
});
