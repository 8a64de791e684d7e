/** The experiments in small: what they find where theory knows it. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pickQueries } from '../../src/selectors/observed-queries.js';
import { blocksOf } from '../entries/exact/brute-force.js';
import { fixturePath, loadMatrix, loadReal, type Matrix } from '../support/fixtures.js';
import { measureHead } from './heads/measure.js';
import { recoverEntries, recoverKeys } from './planted/measure.js';
import { PlantedKeys } from './planted/model.js';

/** A matrix as the library holds it. */
const held = ({ rows, d, values }: Matrix) => ({
  n: rows,
  d,
  values,
  index: Float64Array.from({ length: rows }, (_, i) => i),
});

/** Of what is measured of a head, what is looked at here. */
interface MeasuredHead {
  readonly n: number;
  readonly rank: number;
  readonly profile: number[][];
  readonly universal: Record<string, number>;
  readonly coverage: Record<string, { eps: number; entries: number }>;
  readonly sensitivities: Record<string, { gap: number }>;
}

describe('experiment:heads', () => {
  test('the demo head: scores and entries are NumPy’s, and no bound is below an exact sensitivity', async () => {
    const { results, rank, n } = loadReal('use-l0h0-long');
    const [K, Q] = ['demo/K.npy', 'demo/Q.npy'].map((path) => loadMatrix(fixturePath(path)));
    const measuredHead = await measureHead('demo', held(K), held(Q), { sampled: 3 });
    const head = measuredHead as unknown as MeasuredHead;
    const observed = await pickQueries(blocksOf(Q), { how: 'random', count: 128 }, { d: Q.d, seed: 0 });
    expect(head).toMatchObject({ n, rank });
    for (const { eps, U, entries } of results) {
      if (eps in head.universal) expect(head.universal[eps]).toBe(U.count);
      // Queries that choices are made from are not measured.
      const measured = entries.all!.filter(([query]) => !observed.index.includes(query!));
      if (eps === head.coverage['power:2'].eps) expect(head.coverage['power:2'].entries).toBe(measured.length);
    }
    const scores = results[0].U.all!.map((row) => row[1]);
    expect(head.profile[0][1]).toBeCloseTo((Math.max(...scores) * n) / rank, 6);
    expect(head.profile.at(-1)![1]).toBeCloseTo((Math.min(...scores) * n) / rank, 6);
    for (const { gap } of Object.values(head.sensitivities)) expect(gap).toBeLessThan(1e-5);
  });

  test('it runs', () => {
    const { status, stdout } = runSmoke('heads');
    expect(status).toBe(0);
    expect(stdout).toContain('| use-l0h0-long | 1536 | 64 |');
  });
});

describe('experiment:planted', () => {
  const [n, d] = [4000, 16];
  const keys = new PlantedKeys(n, d, 5);

  test('the planted keys are two orthonormal bases, and noise is as loud as asked', () => {
    const rows = allRows(keys.blocks('crowd', 0));
    const row = (i: number) => rows.subarray(i * d, (i + 1) * d);
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    for (let a = 0; a < 2 * d; a++) {
      for (let b = a - (a % d); b <= a; b++) {
        expect(dot(row(keys.index[a]), row(keys.index[b]))).toBeCloseTo(a === b ? 1 : 0, 5);
      }
    }
    const planted = new Set(keys.index);
    for (let i = 0; i < n; i += 7) {
      if (planted.has(i)) continue;
      expect(dot(row(i), row(i))).toBeCloseTo(1, 5);
      expect(
        Math.max(
          ...row(i)
            .subarray(d / 2)
            .map(Math.abs),
        ),
      ).toBe(0);
    }
    const loud = allRows(keys.blocks('spread', 0.5));
    expect(loud.reduce((sum, value) => sum + value * value, 0) / n).toBeCloseTo(0.25, 1);
  });

  test.each(['spread', 'crowd'])(
    'below the threshold U is the planted set exactly, above it is empty: %s',
    async (kind) => {
      const low = await recoverKeys(keys, kind, 0.02);
      expect(low.u['2' as never]).toEqual({ size: 2 * d, planted: 2 * d });
      expect(low.ranked.leverage).toBe(1);
      expect(low.ranked['key norm']).toBe(kind === 'crowd' ? 0 : 1);
      // tau = d / (s + n sigma^2), or in a crowd about half.
      expect(low.tau * (2 * d + n * 0.02 ** 2)).toBeCloseTo(kind === 'crowd' ? d / 2 : d, kind === 'crowd' ? -1 : 0);
      const high = await recoverKeys(keys, kind, 0.8);
      expect(high.u['2' as never]).toEqual({ size: 0, planted: 0 });
    },
  );

  test('U gives every heavy entry that brute force finds', async () => {
    for (const [kind, past] of [
      ['spread', false],
      ['crowd', true],
    ] as const) {
      const { found } = await recoverEntries(keys, kind, 0.05, 0.5, 40, past);
      for (const { heavy, ofU } of Object.values(found as Record<string, { heavy: number; ofU: number }>)) {
        expect(heavy).toBeGreaterThan(0);
        expect(ofU).toBe(1);
      }
    }
  });

  test('it runs', () => {
    const { status, stdout } = runSmoke('planted');
    expect(status).toBe(0);
    expect(stdout).toContain('| crowd, past it | 1 |');
  });
});

/** Blocks are reused by their maker, so each is copied as it comes. */
function allRows(blocks: Iterable<{ values: Float32Array }>): Float64Array {
  const values: number[] = [];
  for (const block of blocks) values.push(...block.values);
  return Float64Array.from(values);
}

const runSmoke = (name: string) =>
  spawnSync(process.execPath, [fileURLToPath(new URL(`${name}/run.js`, import.meta.url)), '--smoke'], {
    encoding: 'utf8',
  });
