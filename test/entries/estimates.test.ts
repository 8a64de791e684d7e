/**
 * Estimates of denominators from priority samples: without bias over the seeds, with standard errors that are those of the
 * estimates.
 *
 * False alarms: with 400 independent seeds the mean of a statistic is held to 5 of its own standard errors, which a right
 * program exceeds about once in 1.7 million comparisons (normal law; the terms are bounded, so it holds well at 400).
 */

import { describe, expect, test } from 'vitest';
import { RestEstimator } from '../../src/entries/bounded/rest-estimate.js';
import { HeavySearch } from '../../src/entries/past-set/heavy.js';
import { parseFunction } from '../../src/functions.js';
import { bruteForce } from '../support/brute-force.js';
import { makeGeneralSet, prioritySample } from '../support/general-sets.js';
import { makeKernels } from '../support/kernels.js';
import { makeKeys } from '../support/key-kinds.js';

const SEEDS = 400;
const ALARM = 5;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) * (values.length / (values.length - 1)));

/** How many standard errors the mean of values is away from what it should be. */
const offBy = (values: readonly number[], expected: number): number =>
  Math.abs(mean(values) - expected) / (deviation(values) / Math.sqrt(values.length));

describe.each(['gaussian', 't, 3 degrees of freedom', 'outlier rows', 'badly scaled'])('%s', (kind) => {
  const { n, d, values } = makeKeys(kind, 400, 4, 3);
  const query = makeKeys('gaussian', 1, 4, 8).values.map((q, j) =>
    kind === 'badly scaled' ? q / 10 ** (3 * j - 6) : q,
  );
  const all = Array.from({ length: n }, (_, j) => j);

  test.each(['power:4', 'power:1', 'power:2', 'huber:1'])('f = %s: the sum and its variance have no bias', (name) => {
    const { evaluate } = parseFunction(name);
    const termOf = (key: Float64Array): number => evaluate(key.reduce((sum, k, i) => sum + k * query[i]!, 0));
    const exact = all.reduce((sum, j) => sum + termOf(values.subarray(j * d, (j + 1) * d)), 0);
    const sums: number[] = [];
    const variances: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const sample = prioritySample(values, d, all, 40, seed);
      const terms = Float64Array.from(sample.index, (j) => termOf(values.subarray(j * d, (j + 1) * d)));
      const beyond = new RestEstimator(sample).estimate(0, terms, 0);
      sums.push(terms.reduce((sum, term) => sum + term, 0) + beyond.value);
      variances.push(beyond.variance);
    }
    expect(offBy(sums, exact)).toBeLessThan(ALARM);
    // The square of the error is, on average, the variance that was estimated beside it.
    expect(
      offBy(
        sums.map((value, i) => (value - exact) ** 2 - variances[i]!),
        0,
      ),
    ).toBeLessThan(ALARM);
  });
});

describe('entries', () => {
  const K = makeKeys('t, 3 degrees of freedom', 2000, 4, 3);
  const Q = makeKeys('gaussian', 40, 4, 5);

  test('scores are estimates whose errors are of the size that their standard errors say', () => {
    const kernels = makeKernels('plain');
    const f = parseFunction('power:3');
    const ratios: number[] = [];
    for (let seed = 1; seed <= 30; seed++) {
      const set = makeGeneralSet(K, kernels, { f, eps: 0.05, items: 300, seed });
      const { count, query, key, score, bounds } = new HeavySearch(set, { kernels }).search({
        start: 0,
        rows: Q.n,
        d: 4,
        values: Q.values.slice(),
      });
      for (let i = 0; i < count; i++) {
        const { scores } = bruteForce(K, Q.values.subarray(query[i]! * 4, (query[i]! + 1) * 4), f);
        ratios.push(((score[i]! - scores[key[i]!]!) / bounds!.stderr[i]!) ** 2);
      }
    }
    expect(ratios.length).toBeGreaterThan(500);
    // Were the errors normal the mean would be 1; clipping makes them smaller, few items more ragged.
    expect(mean(ratios)).toBeGreaterThan(0.2);
    expect(mean(ratios)).toBeLessThan(2);
  });

  test('a sample that holds every row outside U makes scores exact', () => {
    const kernels = makeKernels('plain');
    const f = parseFunction('power:3');
    const set = makeGeneralSet(K, kernels, { f, eps: 0.05, items: 2000 });
    expect(set.sample!.threshold).toBe(0);
    const { count, query, key, score, bounds } = new HeavySearch(set, { kernels }).search({
      start: 0,
      rows: Q.n,
      d: 4,
      values: Q.values.slice(),
    });
    expect(count).toBeGreaterThan(10);
    for (let i = 0; i < count; i++) {
      const { scores } = bruteForce(K, Q.values.subarray(query[i]! * 4, (query[i]! + 1) * 4), f);
      expect(Math.abs(score[i]! / scores[key[i]!]! - 1)).toBeLessThan(1e-11);
      expect(bounds!.upper[i]! / bounds!.lower[i]! - 1).toBeLessThan(1e-9);
      expect(bounds!.stderr[i]).toBe(0);
    }
  });
});
