/** Property tests draw the same on every machine, and what LEVATTN_TEST_SEED says. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

test('every property draws from the seed of the run', () => {
  const { seed } = fc.readConfigureGlobal();
  expect(seed).toBe(Number(process.env.LEVATTN_TEST_SEED));
  const drawn = [0, 1].map(() => fc.check(fc.property(fc.double(), () => true)));
  expect(drawn.map((details) => details.seed)).toEqual([seed, seed]);
  expect(fc.sample(fc.double(), 20)).toEqual(fc.sample(fc.double(), 20));
});
