/** The drawn pictures of docs are what their script draws, and what sample.svg shows is true. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pictures, sampled } from '../docs/images/make.js';
import { randomFrom } from './support/random-matrices.js';

test.each(Object.entries(pictures()))('%s', (name, drawn) => {
  expect(readFileSync(new URL(`../docs/images/${name}`, import.meta.url), 'utf8')).toBe(drawn);
});

test('with --sample a bound is never below its score, and scores are leverages', () => {
  const random = randomFrom(5);
  const keys = Array.from({ length: 60 }, () => [random() - 0.5, random() - 0.5]);
  const rows: { score: number; bound: number }[] = sampled(keys, 4, 0.05);
  expect(rows.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(2, 10);
  for (const { score, bound } of rows) expect(bound).toBeGreaterThanOrEqual(score * (1 - 1e-12));
  // Not trivially: some rows are ruled out.
  expect(rows.filter(({ bound }) => bound < 0.05).length).toBeGreaterThan(20);
});
