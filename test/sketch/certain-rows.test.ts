/** Which rows of a coreset count for themselves: by the definition, for every number of rows. */

import { expect, it } from 'vitest';
import { certainRows } from '../../src/sketch/sample/certain-rows.js';
import { randomFrom } from '../support/random-matrices.js';

it('no other score reaches the eps at which the rest is sampled, and every one of theirs does', () => {
  const random = randomFrom(5);
  for (let round = 0; round < 200; round++) {
    const n = 3 + Math.floor(random() * 60);
    const size = 2 + Math.floor(random() * n);
    const scores = Float64Array.from({ length: n }, () => random() ** (1 + (round % 7)));
    const rank = scores.reduce((sum, score) => sum + score, 0);
    const k = certainRows(scores, rank, size);
    const falling = [...scores].sort((a, b) => b - a);
    const epsAt = (certain: number): number =>
      falling.slice(certain).reduce((sum, score) => sum + score, 0) / (size - certain);
    expect(k).toBeGreaterThanOrEqual(1);
    expect(k).toBeLessThanOrEqual(size - 1);
    if (k < size - 1) expect(falling[k] ?? 0).toBeLessThan(epsAt(k) * (1 + 1e-9));
    for (let fewer = 1; fewer < k; fewer++) expect(falling[fewer]!).toBeGreaterThanOrEqual(epsAt(fewer) * (1 - 1e-9));
  }
});

it('of equal scores one, which U must have; of one that has all, that one', () => {
  expect(certainRows(new Float64Array(100).fill(0.05), 5, 20)).toBe(1);
  expect(certainRows(Float64Array.from([1, 1e-9, 1e-9, 1e-9]), 1 + 3e-9, 3)).toBe(1);
  expect(certainRows(Float64Array.from([1, 1, 1, 1e-9, 1e-9]), 3 + 2e-9, 5)).toBe(3);
});
