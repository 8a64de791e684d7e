/** Curves of scores against counting and sorting by hand, and against the theorem. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binByPosition, roundSizes, scoresByRank, sizesByThreshold } from '../../src/report/score-curves.js';

const scoreLists = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((scores) => Float64Array.from(scores));

const falling = (scores: Float64Array): Float64Array => scores.slice().sort().reverse();

test('bins hold largest, median and smallest of equal numbers of rows, and are no more than asked for', () => {
  fc.assert(
    fc.property(scoreLists, fc.integer({ min: 1, max: 70 }), (scores, most) => {
      const { step, largest, median, smallest } = binByPosition(scores, most);
      expect(largest.length).toBeLessThanOrEqual(most);
      for (const [bin, score] of largest.entries()) {
        const inside = [...scores].slice(bin * step, (bin + 1) * step).sort((a, b) => a - b);
        expect(score).toBe(inside.at(-1));
        expect(smallest[bin]).toBe(inside[0]);
        expect(inside.filter((one) => one < median[bin]).length).toBeLessThanOrEqual(inside.length / 2);
        expect(inside.filter((one) => one > median[bin]).length).toBeLessThanOrEqual(inside.length / 2);
      }
      expect((largest.length - 1) * step).toBeLessThan(scores.length);
      if (scores.length <= most) expect(largest).toEqual(scores);
    }),
  );
});

test('rows that do not count are in no bin; bins begin and end with rows that do', () => {
  const scores = Float64Array.from({ length: 50 }, (_, i) => (i + 1) / 100);
  const counts = Uint8Array.from({ length: 50 }, (_, i) => (i >= 10 && i < 40 && (i < 20 || i >= 30) ? 1 : 0));
  const single = binByPosition(scores, 100, counts);
  expect([single.start, single.step, single.largest.length]).toEqual([10, 1, 30]);
  for (const [i, score] of single.largest.entries())
    expect(score).toEqual(counts[10 + i] ? scores[10 + i] : Number.NaN);
  const bins = binByPosition(scores, 6, counts);
  expect([bins.start, bins.step]).toEqual([10, 5]);
  expect([...bins.largest]).toEqual([0.15, 0.2, Number.NaN, Number.NaN, 0.35, 0.4]);
  expect([...bins.smallest]).toEqual([0.11, 0.16, Number.NaN, Number.NaN, 0.31, 0.36]);
});

test('scores by rank: each is the score at its place, the first and the last among them', () => {
  const scores = falling(Float64Array.from({ length: 5000 }, (_, i) => 1 / (1 + ((i * 7919) % 5000))));
  const ranks = scoresByRank(scores, 200);
  expect(ranks.length).toBeLessThanOrEqual(200);
  expect([ranks[0]!.rank, ranks.at(-1)!.rank]).toEqual([1, 5000]);
  for (const { rank, score } of ranks) expect(score).toBe(scores[rank - 1]);
  expect(scoresByRank(scores.subarray(0, 7), 200).map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

describe('|U| by threshold', () => {
  const traits = { rank: 3, delta: 1e-9, eps: 0.05 };

  test('counts the scores that reach it', () => {
    fc.assert(
      fc.property(scoreLists, (scores) => {
        for (const { eps, size } of sizesByThreshold(falling(scores), traits)) {
          expect(size).toBe(scores.filter((score) => score * (1 + traits.delta) >= eps).length);
        }
      }),
    );
  });

  test('goes from where the bound is n up to 1, through eps itself', () => {
    const scores = falling(Float64Array.from({ length: 1000 }, (_, i) => 0.006 * ((i % 7) / 6)));
    const sizes = sizesByThreshold(scores, traits);
    expect(sizes[0]!.bound).toBe(1000);
    expect(sizes.map(({ eps }) => eps)).toContain(0.05);
    expect(sizes.at(-1)).toEqual({ eps: 1, size: 0, bound: 3 });
    // Scores that sum to the rank obey the theorem: |U| <= rank / eps.
    for (const { eps, size, bound } of sizes) {
      expect(bound).toBeCloseTo(Math.min(1000, 3 / eps), 9);
      expect(size).toBeLessThanOrEqual(bound);
    }
  });

  test('thresholds ascend to 1 and are not too many, whatever eps is', () => {
    const extreme = fc.constantFrom(Number.MIN_VALUE, 1e-323, 1e-310, 2 ** -1022, 1e-300, 1e-16, 1 - 2 ** -53, 1);
    const any = fc.oneof(extreme, fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }));
    fc.assert(
      fc.property(scoreLists, any, (scores, eps) => {
        const sizes = sizesByThreshold(falling(scores), { ...traits, eps });
        const thresholds = sizes.map((at) => at.eps);
        expect(thresholds).toContain(eps);
        expect(thresholds.at(-1)).toBe(1);
        expect(thresholds).toEqual([...new Set(thresholds)].sort((a, b) => a - b));
        expect(thresholds[0]).toBeGreaterThan(0);
        expect(thresholds.length).toBeLessThanOrEqual(24 * 30 + 2);
        const reach = (at: number): number => scores.filter((score) => score * (1 + traits.delta) >= at).length;
        expect(sizes.map(({ size }) => size)).toEqual(thresholds.map(reach));
      }),
    );
  });

  test('eps = 1, and a K of zeros', () => {
    expect(sizesByThreshold(Float64Array.of(1, 0.5), { rank: 2, delta: 0, eps: 1 }).at(-1)!.eps).toBe(1);
    for (const { size } of sizesByThreshold(new Float64Array(4), { rank: 0, delta: 0, eps: 0.05 }))
      expect(size).toBe(0);
  });
});

test('numbers of keys ascend from 1 to n, each once', () => {
  for (const n of [1, 2, 3, 7, 8, 1536, 1_000_000]) {
    const sizes = roundSizes(n);
    expect([sizes[0], sizes.at(-1)]).toEqual([1, n]);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    expect(sizes.every(Number.isInteger)).toBe(true);
  }
});
