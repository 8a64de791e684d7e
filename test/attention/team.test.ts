/**
 * Coverage and attention by several threads: the same bytes for any number of them, any blocks that queries come in and any backend's
 * own arithmetic; and of hard matrices what compensated sums say.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { attend } from '../../src/attention/attend.js';
import { type CoverageReport, measureCoverage } from '../../src/attention/coverage/measure-coverage.js';
import { AttentionTeam } from '../../src/attention/team/team.js';
import { parseFunction } from '../../src/functions.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import { scoresOf } from '../../src/verify/attention.js';
import { multiplyQuery } from '../../src/verify/products.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const best = backendNames.at(-1)!;

interface Head {
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly K: Float64Array;
  readonly Q: Float64Array;
  readonly V: Float64Array;
}

const WIDTH = 5;

/** Unit roundoff of float64. */
const U = 2 ** -53;

function makeHead(n: number, m: number, d: number, seed: number, size = 1): Head {
  const next = gaussianFrom(randomFrom(seed));
  const fill = (length: number, factor: number) => Float64Array.from({ length }, () => factor * next());
  return { n, m, d, K: fill(n * d, 1), Q: fill(m * d, size), V: fill(n * WIDTH, 1) };
}

/** Queries in blocks of some rows; after the first one workers have time to start where there is a pause, so that they have a part in the rest. */
async function* blocks({ Q, m, d }: Head, rows: number, mask?: Uint8Array, pause = 0): AsyncGenerator<RowBlock> {
  for (let start = 0; start < m; start += rows) {
    const count = Math.min(rows, m - start);
    const values = Q.slice(start * d, (start + count) * d);
    yield { start, rows: count, d, values, mask: mask?.subarray(start, start + count) };
    if (start === 0 && pause > 0) await wait(pause);
  }
}

const places = (n: number): Float64Array => Float64Array.from({ length: n }, (_, j) => j);

const measure = (head: Head, team: AttentionTeam, rows: number, options = {}, mask?: Uint8Array, pause = 0) =>
  measureCoverage({ d: head.d, index: places(head.n), values: head.K }, () => blocks(head, rows, mask, pause), {
    eps: 0.02,
    sizes: [1, 5, 40, 120],
    values: { width: WIDTH, rows: head.V },
    functions: ['softmax', 'power:2', 'power:3', 'huber:1'].map(parseFunction),
    kernels: makeKernels(best),
    team,
    ...options,
  });

describe.each(['plain', best])('on %s', { tags: ['slow'] }, (backend) => {
  const head = makeHead(150, 333, 12, 1, 3);
  // Queries of zeros, and padding.
  head.Q.fill(0, 24, 48);
  const mask = Uint8Array.from({ length: head.m }, (_, i) => (i % 17 === 3 ? 0 : 1));
  const sights = [{}, { causal: true }, { causal: true, queryOffset: -40 }];

  test.each(sights)('coverage is the same for 1, 2 and 3 threads and any blocks, %j', async (sight) => {
    let expected: CoverageReport | undefined;
    for (const threads of [1, 2, 3]) {
      const team = new AttentionTeam(makeKernels(backend), threads, 0);
      for (const rows of [50, head.m, 7]) {
        const report = await measure(head, team, rows, sight, mask, threads > 1 && rows === 50 ? 300 : 0);
        expected ??= report;
        expect(report, `${threads} threads, blocks of ${rows}`).toEqual(expected);
      }
      await team.close();
    }
    expect(expected!.padding).toBe(mask.filter((one) => one === 0).length);
  });

  test.each(sights)('outputs and their errors are the same, %j', async (sight) => {
    const { n, d, K, V } = head;
    const few = places(n).filter((j) => j % 3 === 0);
    const pick = (from: Float64Array, width: number): Float64Array =>
      Float64Array.from(
        { length: few.length * width },
        (_, at) => from[few[Math.floor(at / width)] * width + (at % width)],
      );
    const keys = { d, index: few, values: pick(K, d), attended: pick(V, WIDTH) };
    const full = { d, index: places(n), values: K, attended: V };
    const found: number[][] = [];
    for (const threads of [1, 2, 3]) {
      const team = new AttentionTeam(makeKernels(backend), threads, 0);
      for (const rows of [11, head.m]) {
        const own: number[] = [];
        const queries = blocks(head, rows, mask, threads > 1 && rows === 11 ? 300 : 0);
        for await (const { output, errors } of attend(keys, queries, { width: WIDTH, full, team, ...sight })) {
          own.push(...output, ...errors!);
        }
        found.push(own.toSorted());
      }
      await team.close();
    }
    for (const own of found) expect(own).toEqual(found[0]);
  });

  test('a query whose products overflow is named, whoever finds it', async () => {
    const large = makeHead(20, 300, 3, 5);
    large.K.fill(1e200);
    large.Q.fill(1e200, 3 * 250, 3 * 251);
    for (const threads of [1, 2]) {
      const team = new AttentionTeam(makeKernels(backend), threads, 0);
      await expect(measure(large, team, 9, {}, undefined, 300)).rejects.toThrow(/^query 250: .*--scale/);
      // Its threads go on to serve.
      await expect(measure(head, team, 50)).resolves.toMatchObject({ queries: head.m });
      await team.close();
    }
  });
});

test('one team serves heads of any size, and memory is used again', async () => {
  const team = new AttentionTeam(makeKernels(best), 2, 0);
  for (const [n, m, d] of [
    [40, 90, 3],
    [400, 200, 20],
    [10, 5, 1],
  ]) {
    const head = makeHead(n, m, d, n);
    const own = new AttentionTeam(makeKernels(best), 1);
    expect(await measure(head, team, 64, {}, undefined, 200)).toEqual(await measure(head, own, 64));
  }
  await team.close();
});

test('a function that only this program knows is worked out on its own thread', async () => {
  const head = makeHead(60, 100, 4, 3);
  const f = {
    ...parseFunction('power:2'),
    name: 'mine',
    evaluate: (x: number) => Math.abs(x) ** 1.5,
    homogeneous: true,
  };
  const reports = await Promise.all(
    [1, 3].map((threads) => measure(head, new AttentionTeam(makeKernels(best), threads, 0), 10, { functions: [f] })),
  );
  expect(reports[1]).toEqual(reports[0]);
});

describe('against sums that lose nothing', () => {
  /**
   * Shares of what the first k keys by length get, from the brute force of `verify`, and for softmax what rounding may make of them: the bound of
   * docs/guarantees.md.
   */
  function massOf({ K, Q, n, m, d }: Head, f: string, sizes: readonly number[], causal: boolean) {
    const norm = Float64Array.from({ length: n }, (_, j) =>
      K.subarray(j * d, (j + 1) * d).reduce((s, x) => s + x * x, 0),
    );
    const order = [...norm.keys()].sort((i, j) => norm[j] - norm[i] || i - j);
    const received = new Float64Array(n);
    const bound = sizes.map(() => 0);
    const parsed = parseFunction(f);
    for (let i = 0; i < m; i++) {
      const seen = causal ? Math.min(n, i + 1) : n;
      const products = multiplyQuery({ d, values: K.subarray(0, seen * d) }, Q, i * d, parsed.defaultScale(d));
      const { score } = scoresOf(products, d, parsed);
      for (const [j, share] of score.entries()) received[j] += share;
      const most = Math.max(...products.x);
      const beta = (d + 3) * U * Math.max(...products.size) + (2 + most - Math.min(...products.x)) * U;
      for (const [at, k] of sizes.entries()) {
        const own = order.slice(0, k).reduce((sum, j) => sum + (score[j] ?? 0), 0);
        bound[at] += 2 * Math.max(0, own * (1 - own)) * Math.expm1(beta);
      }
    }
    const all = received.reduce((sum, share) => sum + share, 0);
    return sizes.map((k, at) => ({
      mass: order.slice(0, k).reduce((sum, j) => sum + received[j], 0) / all,
      bound: bound[at] / m + 2 * (n + m) * U,
    }));
  }

  const cancelling = (head: Head): Head => {
    // Neighbouring columns nearly cancel: products are a millionth of their terms.
    for (let at = 0; at + 1 < head.K.length; at += 2) head.K[at + 1] = -head.K[at] * (1 + 1e-6 * head.K[at + 1]);
    for (let at = 0; at + 1 < head.Q.length; at += 2) head.Q[at + 1] = head.Q[at];
    return head;
  };

  test.each<[string, Head, number]>([
    ['logits of a few', makeHead(200, 100, 16, 11), 1e-13],
    ['logits of hundreds, so that one key takes all', makeHead(200, 100, 16, 12, 300), 1e-10],
    ['logits of nothing', makeHead(200, 100, 16, 13, 1e-150), 1e-13],
    ['products that cancel', cancelling(makeHead(200, 100, 16, 14, 1e4)), 1e-8],
    [
      'columns apart by 2^400',
      ((head) => ({
        ...head,
        K: head.K.map((x, at) => (at % 16 === 0 ? x * 2 ** 400 : x)),
        Q: head.Q.map((x, at) => (at % 16 === 0 ? x * 2 ** -400 : x)),
      }))(makeHead(200, 100, 16, 15)),
      1e-12,
    ],
  ])('shares of %s', async (_, head, tolerance) => {
    for (const causal of [false, true]) {
      const options = {
        causal,
        selections: ['key norm'],
        values: undefined,
        functions: ['softmax', 'power:2'].map(parseFunction),
      };
      const report = await measure(head, new AttentionTeam(makeKernels(best), 1), 64, options);
      for (const { f, coverage } of report.functions) {
        const own = coverage.filter(({ selection }) => selection === 'key norm');
        const expected = massOf(
          head,
          f,
          own.map(({ k }) => k),
          causal,
        );
        for (const [at, { mass }] of own.entries()) {
          const apart = Math.abs(mass - expected[at].mass);
          expect(apart).toBeLessThan(tolerance);
          if (f === 'softmax') expect(apart).toBeLessThanOrEqual(expected[at].bound);
        }
      }
    }
  });

  test.each([3, 7, 8, 9, 30])(
    'keys that keep a share where %i first and last ones are others for each query',
    async (n) => {
      const head = makeHead(n, n + 20, 2, 20 + n, 4);
      for (const queryOffset of [0, -2, 5]) {
        const options = { causal: true, queryOffset, values: undefined, functions: [parseFunction('softmax')] };
        const report = await measure(head, new AttentionTeam(makeKernels(best), 1), 64, options);
        const kept = Array.from({ length: n }, () => 0);
        let all = 0;
        for (let i = 0; i < head.m; i++) {
          const seen = Math.max(0, Math.min(n, i + queryOffset + 1));
          if (seen === 0) continue;
          all++;
          const x = Array.from(
            { length: seen },
            (_, j) => (head.Q[2 * i] * head.K[2 * j] + head.Q[2 * i + 1] * head.K[2 * j + 1]) / Math.SQRT2,
          );
          const most = Math.max(...x);
          const e = x.map((one) => Math.exp(one - most));
          const total = e.reduce((sum, one) => sum + one, 0);
          for (let k = 1; k <= n; k++) {
            const sinks = Math.min(4, Math.floor(k / 2));
            for (let j = 0; j < seen; j++) if (j < sinks || j >= seen - (k - sinks)) kept[k - 1] += e[j] / total;
          }
        }
        const needed = report.functions[0].needed.find(({ selection }) => selection === 'first+last')!.k;
        expect(needed).toEqual(
          [0.9, 0.95, 0.99].map((share) => 1 + kept.findIndex((mass) => mass >= share * all * (1 - 1e-12))),
        );
      }
    },
  );

  test('no query gives anything: no number of keys keeps a share of it', async () => {
    const head = { ...makeHead(10, 6, 3, 1), Q: new Float64Array(18) };
    const { functions } = await measure(head, new AttentionTeam(makeKernels(best), 1), 64, {
      functions: [parseFunction('power:2')],
    });
    for (const { k } of functions[0].needed) expect(k).toEqual([0, 0, 0]);
  });
});
