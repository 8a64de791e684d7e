/**
 * Weighted coresets of 512 keys on real heads: errors as the specification measured them (../shared/spec/selectors.md, section 8), where the heads
 * are there. Half of the keys by 128 random queries, half random pivots; means over three seeds, which vary.
 */

import { describe, expect, test } from 'vitest';
import { measureCoverage } from '../../src/attention/coverage/measure-coverage.js';
import { allScores } from '../../src/selectors/choose.js';
import { makeCoreset, radiusOf } from '../../src/selectors/coreset.js';
import { observed as observedAttention } from '../../src/selectors/observed.js';
import { pickQueries } from '../../src/selectors/observed-queries.js';
import { byScore } from '../../src/selectors/order.js';
import { parseSelectors } from '../../src/selectors/registry.js';
import { blocksOf } from '../entries/exact/brute-force.js';
import { loadMatrix, type Matrix, sharedData } from '../support/fixtures.js';
import { kernels, sourceOf, upTo } from './support.js';

const SIZE = 512;
const SEEDS = [0, 1, 2];

/** As the tables print them, and half a unit of their last digit. */
interface Printed {
  readonly value: number;
  readonly unit: number;
}
const printed = (value: number, unit: number): Printed => ({ value, unit });

interface Line {
  readonly head: string;
  readonly normaliser: Printed;
  readonly median?: Printed;
  readonly p90?: Printed;
}

const LINES: readonly Line[] = [
  {
    head: 'use-l0h0-long',
    normaliser: printed(0.018, 1e-3),
    median: printed(0.025, 1e-3),
    p90: printed(0.041, 1e-3),
  },
  {
    head: 'ocr-b1h3-line',
    normaliser: printed(0.002, 1e-3),
    median: printed(0.004, 1e-3),
    p90: printed(0.017, 1e-3),
  },
  { head: 'ocr-b0h6-line', normaliser: printed(0.001, 1e-3) },
  { head: 'use-l1h2-passages', normaliser: printed(0.025, 1e-3) },
  { head: 'use-l0h1-passages', normaliser: printed(0.34, 1e-2) },
];

/** The least and the largest of each column. */
function rangeOf({ rows, d, values }: Matrix): { readonly low: Float64Array; readonly high: Float64Array } {
  const low = new Float64Array(d).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(d).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < rows * d; at++) {
    low[at % d] = Math.min(low[at % d], values[at]);
    high[at % d] = Math.max(high[at % d], values[at]);
  }
  return { low, high };
}

async function errorsOf(K: Matrix, Q: Matrix, V: Matrix | undefined, seed: number): Promise<Record<string, number>> {
  const queries = { d: Q.d, seed, spare: 1 };
  const observed = await pickQueries(blocksOf(Q), { how: 'random', count: 128 }, queries);
  const scale = 1 / Math.sqrt(K.d);
  const context = { kernels, scale, seed, observed };
  const score = await allScores(observedAttention, { options: { window: 0, pool: 1 } }, sourceOf(K), context);
  const exact = byScore(score).subarray(0, SIZE / 2);
  const values = V && { width: V.d, rows: V.values };
  const queryRadius = radiusOf(observed.values, K.d);
  const made = makeCoreset(K, values, { kernels, scale, size: SIZE, exact, seed, queryRadius });
  const weighted = [
    { name: 'c', rows: made.place, weight: made.weight, values: V && { rows: made.values!, ...rangeOf(V) } },
  ];
  const { functions } = await measureCoverage({ d: K.d, index: upTo(K.rows), values: K.values }, () => blocksOf(Q), {
    kernels,
    by: parseSelectors('key-norm'),
    observed,
    sizes: [SIZE],
    values,
    weighted,
  });
  const { normaliser, error } = functions[0].coverage.find(({ selection }) => selection === 'c')!;
  return { normaliser: normaliser!.median, median: error?.median ?? Number.NaN, p90: error?.p90 ?? Number.NaN };
}

describe.skipIf(sharedData('real-attention') === undefined)('512 weighted keys', () => {
  test.each(LINES)('$head', async ({ head, ...line }) => {
    const [K, Q] = ['k', 'q'].map((role) => loadMatrix(sharedData(`real-attention/${head}_${role}.npy`)!));
    const V = line.median && loadMatrix(sharedData(`real-attention/${head}_v.npy`)!);
    const runs: Record<string, number>[] = [];
    for (const seed of SEEDS) runs.push(await errorsOf(K, Q, V, seed));
    for (const [what, { value, unit }] of Object.entries(line)) {
      const own = runs.map((run) => run[what]);
      const mean = own.reduce((sum, one) => sum + one, 0) / own.length;
      const spread = Math.sqrt(own.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (own.length - 1));
      // Both are means of three: their difference has a standard deviation of spread sqrt(2 / 3).
      expect(Math.abs(mean - value), `${what}: ${own}`).toBeLessThan(unit / 2 + 3 * spread * Math.sqrt(2 / 3));
    }
  });
});
