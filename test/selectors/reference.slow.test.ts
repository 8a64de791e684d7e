/**
 * Orders, shares and errors of real heads against the reference that the selections are specified by (../shared/spec, NumPy and SciPy),
 * where both are there.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { measureCoverage } from '../../src/attention/coverage/measure-coverage.js';
import { allScores } from '../../src/selectors/choose.js';
import { makeCoreset, radiusOf } from '../../src/selectors/coreset.js';
import { observed as observedAttention } from '../../src/selectors/observed.js';
import { pickQueries } from '../../src/selectors/observed-queries.js';
import { byScore } from '../../src/selectors/order.js';
import { findPivots } from '../../src/selectors/pivots.js';
import { parseSelectors } from '../../src/selectors/registry.js';
import { blocksOf } from '../entries/exact/brute-force.js';
import { loadMatrix, sharedData } from '../support/fixtures.js';
import { scipy } from '../support/scipy.js';
import { contextOf, kernels, ordered, sourceOf, upTo } from './support.js';

const script = fileURLToPath(new URL('../../../shared/spec/selectors_reference.py', import.meta.url));

const NAMES: Readonly<Record<string, string>> = {
  leverage: 'leverage',
  'centred leverage': 'centred-leverage',
  'ridge leverage 1': 'centred-leverage:ridge=1',
  'lewis p=1': 'lewis:p=1',
  'lewis p=4': 'lewis:p=4',
  'key norm': 'key-norm',
  'small key norm': 'small-key-norm',
  'centred norm': 'centred-norm',
  keydiff: 'keydiff',
  'kernel pivots': 'kernel-pivots',
  'rp-cholesky': 'rp-cholesky',
  'first+last': 'first+last',
  random: 'random',
  'cur product': 'cur',
  'observed attention': 'observed',
  'observed largest': 'observed-largest',
  snapkv: 'snapkv',
  tova: 'tova',
  'expected attention': 'expected',
  'normalised expected attention': 'expected-normalised',
  'mean query': 'mean-query',
  'q-filter': 'q-filter',
};

interface Quantiles {
  readonly median: number;
  readonly mean: number;
  readonly p90: number;
}

interface Own {
  readonly order?: readonly number[];
  readonly gap?: readonly (number | null)[];
  readonly attention?: readonly number[];
  readonly heavy?: readonly number[];
  readonly error?: readonly Quantiles[];
}

interface Reference {
  readonly observed: readonly number[];
  readonly measured: number;
  readonly sizes: readonly number[];
  readonly selectors: Readonly<Record<string, Own>>;
  readonly 'heavy entries': number;
  readonly 'best per query': readonly number[];
  readonly 'keys for 90, 95, 99 %': readonly number[];
  readonly weighted: Readonly<
    Record<string, { readonly normaliser: readonly Quantiles[]; readonly error: readonly Quantiles[] }>
  >;
}

/** Lewis weights are worked out to 1e-4 each. */
const tolerance = (name: string): number => (name.startsWith('lewis') ? 1e-3 : 1e-9);

describe.skipIf(!scipy || !existsSync(script))('the reference (../shared/spec/selectors_reference.py)', () => {
  test.each([
    ['use-l0h0-long', []],
    ['use-l0h0-long', ['--causal', '--observe', 'last:128']],
    ['ocr-b1h3-line', []],
  ] as const)(
    '%s %j',
    async (head, args) => {
      const files = ['k', 'q', 'v'].map((role) => sharedData(`real-attention/${head}_${role}.npy`)!);
      const { status, stdout, stderr } = spawnSync('python3', [script, ...files, '--k', '8,32,128', ...args], {
        maxBuffer: 2 ** 28,
      });
      expect([status, stderr.toString()]).toEqual([0, '']);
      const wanted: Reference = JSON.parse(stdout.toString());
      const [K, Q, V] = files.map(loadMatrix);
      const causal = args.length > 0;
      const { counted, ...observed } = await pickQueries(
        blocksOf(Q),
        { how: causal ? 'last' : 'random', count: 128 },
        { d: Q.d, seed: 0, spare: 1 },
      );
      expect([counted, [...observed.index]]).toEqual([Q.rows, wanted.observed]);
      const values = { width: V.d, rows: V.values };
      const context = contextOf(K, Q, observed.index, {
        seed: 0,
        values,
        observed: { ...observed, sees: causal ? { offset: 0 } : undefined },
      });
      const { sizes } = wanted;
      for (const [name, asked] of Object.entries(NAMES)) {
        const { order, gap } = wanted.selectors[name];
        const found = await ordered(asked, K, context, sizes.at(-1)!);
        for (const [at, k] of sizes.entries()) {
          // Where the next score is hardly smaller, rounding decides.
          if (gap?.[at] != null && gap[at] < tolerance(asked)) continue;
          expect([...found.subarray(0, k)].sort(), `${asked} ${k}`).toEqual(order!.slice(0, k).sort());
        }
      }
      const by = parseSelectors(Object.values(NAMES).join(','));
      const report = await measureCoverage({ d: K.d, index: upTo(K.rows), values: K.values }, () => blocksOf(Q), {
        kernels,
        by,
        observed,
        draws: 1,
        sizes,
        eps: 0.05,
        causal,
        values,
      });
      const [softmax] = report.functions;
      expect([report.queries, softmax.entries, report.padding]).toEqual([wanted.measured, wanted['heavy entries'], 0]);
      expect(softmax.needed.find(({ selection }) => selection === 'best afterwards')!.k).toEqual(
        wanted['keys for 90, 95, 99 %'],
      );
      for (const [at, k] of sizes.entries()) {
        expect(softmax.perQuery.find((row) => row.k === k)!.mass).toBeCloseTo(wanted['best per query'][at], 10);
        for (const [name, asked] of [...Object.entries(NAMES), ['best afterwards', 'best afterwards']]) {
          const { attention, heavy, error, gap } = wanted.selectors[name];
          if (gap?.[at] != null && gap[at] < tolerance(asked)) continue;
          const row = softmax.coverage.find((one) => one.selection === asked && one.k === k)!;
          if (!attention) continue;
          expect(row.mass, `${asked} ${k}`).toBeCloseTo(attention[at], 10);
          expect(row.heavyShare, `${asked} ${k}`).toBeCloseTo(heavy![at], 10);
          for (const of of ['median', 'mean', 'p90'] as const) {
            if (error) expect(row.error![of], `${asked} ${k}`).toBeCloseTo(error[at][of], 9);
          }
        }
      }
      if (causal) return;
      const order = byScore(
        await allScores(observedAttention, { options: { window: 0, pool: 1 } }, sourceOf(K), context),
      );
      for (const [at, size] of sizes.entries()) {
        const queryRadius = radiusOf(observed.values, K.d);
        const exact = order.subarray(0, size >> 1);
        const made = makeCoreset(K, values, { kernels, scale: context.scale, size, exact, seed: 0, queryRadius });
        const low = Float64Array.from({ length: V.d }, (_, c) =>
          V.values.reduce((least, one, i) => (i % V.d === c ? Math.min(least, one) : least), Infinity),
        );
        const high = Float64Array.from({ length: V.d }, (_, c) =>
          V.values.reduce((most, one, i) => (i % V.d === c ? Math.max(most, one) : most), -Infinity),
        );
        const { functions } = await measureCoverage(
          { d: K.d, index: upTo(K.rows), values: K.values },
          () => blocksOf(Q),
          {
            kernels,
            by: parseSelectors('key-norm'),
            observed,
            sizes: [size],
            values,
            weighted: [{ name: 'c', rows: made.place, weight: made.weight, values: { rows: made.values!, low, high } }],
          },
        );
        const row = functions[0].coverage.find(({ selection }) => selection === 'c')!;
        const { normaliser, error } = wanted.weighted['observed half, rp-cholesky'];
        for (const of of ['median', 'mean', 'p90'] as const) {
          expect(row.normaliser![of]).toBeCloseTo(normaliser[at][of], 6);
          expect(row.error![of]).toBeCloseTo(error[at][of], 6);
        }
      }
    },
    240_000,
  );

  test('pivots of 12,800 keys, of which most are left until they matter', () => {
    const file = sharedData('real-attention/use-l0h1-corpus_k.npy')!;
    const code = [
      `import json, sys, numpy as np; sys.path.insert(0, ${JSON.stringify(dirname(script))}); import selectors_reference as r`,
      `K = np.load(${JSON.stringify(file)}).astype(float)`,
      'print(json.dumps([r.Pivots(K, 512, 0.125, seed).pivots.tolist() for seed in (None, 0, 3)]))',
    ].join('\n');
    const { status, stdout } = spawnSync('python3', ['-c', code], { maxBuffer: 2 ** 26 });
    expect(status).toBe(0);
    const wanted: number[][] = JSON.parse(stdout.toString());
    const K = loadMatrix(file);
    for (const [at, seed] of [undefined, 0, 3].entries()) {
      expect([...findPivots(K, { scale: 0.125, most: 512, seed }, kernels).pivots]).toEqual(wanted[at]);
    }
  });
});
