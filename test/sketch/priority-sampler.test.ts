/** The priority sample against its definition, worked out by plain means, and against what theory says of its estimates. */

import { describe, expect, test } from 'vitest';
import { PrioritySampler, type SampleOptions } from '../../src/sketch/sample/priority-sampler.js';
import { hashUnit, listEntering } from '../../src/sketch/sample/sample-filter.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const D = 5;
const N = 300;
const kernels = makeKernels(backendNames.at(-1)!);

/** Heavy-tailed rows, so that weights differ by orders of magnitude. */
const rows = ((): Float64Array => {
  const random = randomFrom(3);
  const gaussian = gaussianFrom(random);
  return Float64Array.from({ length: N * D }, () => gaussian() / (random() + 1e-3));
})();

function sampleOf(options: SampleOptions, pieces = [N], values = rows) {
  const sampler = new PrioritySampler(kernels, D, { pilot: values.subarray(0, 64 * D), ...options });
  let start = 0;
  for (const count of pieces) {
    sampler.offer(values.subarray(start * D), count, (i) => start + i);
    start += count;
  }
  return sampler.finish();
}

/** k^T (G + ridge diag G)^-1 k by Gauss-Jordan elimination. */
function formOf(pilot: Float64Array, ridge: number): (k: Float64Array) => number {
  const a = Array.from({ length: D }, () => new Float64Array(2 * D));
  for (let at = 0; at < pilot.length; at += D) {
    for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) a[i][j] += pilot[at + i] * pilot[at + j];
  }
  for (let i = 0; i < D; i++) {
    a[i][i] *= 1 + ridge;
    a[i][D + i] = 1;
  }
  for (let k = 0; k < D; k++) {
    const pivot = a[k][k];
    for (let j = 0; j < 2 * D; j++) a[k][j] /= pivot;
    for (let i = 0; i < D; i++) {
      if (i === k) continue;
      const factor = a[i][k];
      for (let j = 0; j < 2 * D; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return (k) => {
    let sum = 0;
    for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) sum += k[i] * a[i][D + j] * k[j];
    return sum;
  };
}

describe('a priority sample', () => {
  test('is of the rows with the largest priorities, and its threshold the next one', () => {
    const form = formOf(rows.subarray(0, 64 * D), 0.01);
    const items = Array.from({ length: N }, (_, index) => {
      const weight = 2 ** Math.floor(Math.log2(form(rows.subarray(index * D, (index + 1) * D))));
      return { index, weight, priority: weight / hashUnit(index, 11) };
    }).sort((a, b) => b.priority - a.priority);
    const sample = sampleOf({ size: 40, seed: 11, ridge: 0.01 });
    expect(sample.threshold).toBe(items[40].priority);
    const kept = items.slice(0, 40).sort((a, b) => a.index - b.index);
    expect([...sample.index]).toEqual(kept.map(({ index }) => index));
    expect([...sample.weight]).toEqual(kept.map(({ weight }) => weight));
    for (const [i, { index }] of kept.entries()) {
      expect(sample.keys.subarray(i * D, (i + 1) * D)).toEqual(rows.subarray(index * D, (index + 1) * D));
    }
  });

  test('does not depend on how rows are offered', () => {
    const whole = sampleOf({ size: 25 });
    expect(sampleOf({ size: 25 }, [1, 99, 7, 150, 43])).toEqual(whole);
  });

  test('does not depend on the units of columns', () => {
    const units = [2 ** 300, 1, 2 ** -300, 2 ** 20, 2];
    const scaled = rows.map((value, at) => value * units[at % D]);
    const { index, weight, threshold } = sampleOf({ size: 25 });
    expect(sampleOf({ size: 25 }, [N], scaled)).toMatchObject({ index, weight, threshold });
  });

  test('is all rows but those of zeros where there is room, each standing for itself', () => {
    const values = rows.slice();
    values.fill(0, 5 * D, 6 * D);
    const { index, threshold } = sampleOf({ size: N }, [N], values);
    expect(threshold).toBe(0);
    expect([...index]).toEqual(Array.from({ length: N }, (_, i) => i).filter((i) => i !== 5));
  });

  test('takes in rows in a direction that the pilot does not know', () => {
    const values = rows.map((value, at) => (at % D === 4 && at < 200 * D ? 0 : value));
    const { weight } = sampleOf({ size: N }, [N], values);
    for (const w of weight) expect(w).toBeGreaterThan(0);
    for (const w of weight) expect(w).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  test('gives estimates without bias: the mean over 4,000 seeds is within 5.5 standard errors (false alarm: 4e-8 a sum)', () => {
    for (const f of [(x: number) => x ** 4, (x: number) => Math.abs(x)]) {
      const x = (key: Float64Array): number => key[0] + 0.5 * key[1] - key[3];
      let exact = 0;
      for (let i = 0; i < N; i++) exact += f(x(rows.subarray(i * D, (i + 1) * D)));
      let sum = 0;
      let squares = 0;
      const seeds = 4000;
      for (let seed = 1; seed <= seeds; seed++) {
        const { threshold, weight, keys } = sampleOf({ size: 30, seed });
        let estimate = 0;
        for (const [i, w] of weight.entries()) {
          estimate += (Math.max(w, threshold) / w) * f(x(keys.subarray(i * D, (i + 1) * D)));
        }
        sum += estimate;
        squares += estimate ** 2;
      }
      const mean = sum / seeds;
      const error = Math.sqrt((squares / seeds - mean ** 2) / seeds);
      expect(error).toBeLessThan(0.02 * exact);
      expect(Math.abs(mean - exact)).toBeLessThan(5.5 * error);
    }
  });

  test('its filter lets through every row that enters', () => {
    const sampler = new PrioritySampler(kernels, D, { size: 20, seed: 4, pilot: rows.subarray(0, 64 * D) });
    sampler.offer(rows, 150, (i) => i);
    sampler.finish();
    const filter = sampler.filter!;
    expect(filter.threshold).toBeGreaterThan(0);
    sampler.offer(rows.subarray(150 * D), N - 150, (i) => 150 + i);
    const late = [...sampler.finish().index].filter((index) => index >= 150);
    expect(late.length).toBeGreaterThan(0);
    for (const index of late) {
      const bound = filter.weights.reduce((total, weight, j) => total + weight * rows[index * D + j] ** 2, 0);
      expect(listEntering(filter, index, Float64Array.of(bound), 1, 1, new Int32Array(1))).toBe(1);
    }
  });
});

describe('samples of parts that were weighed by pilots of their own', () => {
  const CUTS = [0, 90, 170, 250, N];
  const part = (k: number) => rows.subarray(CUTS[k] * D, CUTS[k + 1] * D);

  function mergedOf(size: number, seed: number, order: readonly number[], lengths = [64, 64, 64, 30]) {
    const samplers = order.map((k) => {
      const pilot = part(k).subarray(0, lengths[k] * D);
      const sampler = new PrioritySampler(kernels, D, { size, seed, ridge: 0.01, pilot });
      sampler.offer(part(k), CUTS[k + 1] - CUTS[k], (i) => CUTS[k] + i);
      return sampler;
    });
    for (const other of samplers.slice(1)) samplers[0].merge(other);
    return samplers[0].finish();
  }

  test.each([
    ['in order', 20, [0, 1, 2, 3]],
    ['backwards', 20, [3, 2, 1, 0]],
    ['when all rows fit', 400, [0, 1, 2, 3]],
    ['when few are drawn', 3, [1, 3, 0, 2]],
  ])('become that of one of these pilots, of all rows above its threshold: %s', (_, size, order) => {
    const { index, weight, threshold, keys } = mergedOf(size, 11, order);
    const definitions = order.map((k) => {
      const form = formOf(part(k).subarray(0, [64, 64, 64, 30][k] * D), 0.01);
      return Array.from({ length: N }, (_, i) => 2 ** Math.floor(Math.log2(form(rows.subarray(i * D, (i + 1) * D)))));
    });
    const weights = definitions.find((all) => index.every((row, i) => all[row] === weight[i]))!;
    expect(weights).toBeDefined();
    const above = weights.flatMap((w, row) => (w / hashUnit(row, 11) > threshold ? [row] : []));
    expect([...index]).toEqual(above);
    expect(index.length).toBeLessThanOrEqual(size);
    expect(index.length).toBeGreaterThan(size === 400 ? N - 1 : 0);
    for (const [i, row] of index.entries())
      expect(keys.subarray(i * D, (i + 1) * D)).toEqual(rows.subarray(row * D, (row + 1) * D));
  });

  test('lose nothing when parts are alike and there are several: as many rows as were asked for', () => {
    const gaussian = gaussianFrom(randomFrom(8));
    const many = Float64Array.from({ length: 20 * 400 * D }, () => gaussian());
    const samplers = Array.from({ length: 20 }, (_, k) => {
      const own = many.subarray(k * 400 * D, (k + 1) * 400 * D);
      const sampler = new PrioritySampler(kernels, D, { size: 50, pilot: own.subarray(0, 100 * D) });
      sampler.offer(own, 400, (i) => 400 * k + i);
      return sampler;
    });
    for (const other of samplers.slice(1)) samplers[0].merge(other);
    const shared = new PrioritySampler(kernels, D, { size: 50, pilot: many.subarray(0, 100 * D) });
    shared.offer(many, 20 * 400, (i) => i);
    expect(samplers[0].finish()).toEqual(shared.finish());
  });

  test('that differ much leave fewer rows, and say so', () => {
    const of = (k: number, size: number, scale: number) => {
      const own = part(k).map((value, at) => (at % D === 1 ? scale * value : value));
      const sampler = new PrioritySampler(kernels, D, { size, pilot: own.subarray(0, 64 * D) });
      sampler.offer(own, CUTS[k + 1] - CUTS[k], (i) => CUTS[k] + i);
      return sampler;
    };
    const [one, two] = [of(0, 30, 1), of(1, 30, 1e6)];
    expect([one.rowsLeft, two.rowsLeft]).toEqual([undefined, undefined]);
    one.merge(two);
    const { index, threshold } = one.finish();
    expect(threshold).toBeGreaterThan(0);
    expect(one.rowsLeft).toBe(index.length);
    expect(index.length).toBeLessThan(30);
    const whole = of(0, 400, 1);
    whole.merge(of(1, 400, 1e6));
    expect([whole.rowsLeft, whole.finish().index.length]).toEqual([undefined, CUTS[2]]);
  });

  test('give estimates without bias: the mean over 2,000 seeds is within 5.5 standard errors (false alarm: 4e-8)', () => {
    const x = (key: Float64Array): number => Math.abs(key[0] + 0.5 * key[1] - key[3]);
    let exact = 0;
    for (let i = 0; i < N; i++) exact += x(rows.subarray(i * D, (i + 1) * D));
    const estimates = Array.from({ length: 2000 }, (_, seed) => {
      const { threshold, weight, keys } = mergedOf(25, seed, [2, 0, 1, 3]);
      return weight.reduce((sum, w, i) => sum + (Math.max(w, threshold) / w) * x(keys.subarray(i * D, (i + 1) * D)), 0);
    });
    const mean = estimates.reduce((sum, each) => sum + each, 0) / estimates.length;
    const variance = estimates.reduce((sum, each) => sum + (each - mean) ** 2, 0) / estimates.length;
    const error = Math.sqrt(variance / estimates.length);
    expect(error).toBeLessThan(0.05 * exact);
    expect(Math.abs(mean - exact)).toBeLessThan(5.5 * error);
  });
});

describe('the hash', () => {
  test('is spread evenly over 64 cells (chi-square with 63 degrees of freedom, false alarm 1e-6) for every seed tried', () => {
    for (const seed of [0, 1, 2 ** 40, 2 ** 53 - 1]) {
      const cells = new Float64Array(64);
      for (let index = 0; index < 64_000; index++) cells[Math.min(63, Math.floor(hashUnit(index, seed) * 64))]++;
      const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      expect(chiSquare).toBeLessThan(131);
    }
  });

  test('tells rows beyond 2^32 apart, and lies in (0, 1]', () => {
    for (const index of [0, 1, 2 ** 32, 2 ** 52]) {
      expect(hashUnit(index, 1)).toBeGreaterThan(0);
      expect(hashUnit(index, 1)).toBeLessThanOrEqual(1);
      expect(hashUnit(index, 1)).not.toBe(hashUnit(index + 2 ** 32, 1));
    }
  });
});
