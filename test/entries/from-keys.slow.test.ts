/** From K to entries within bounds, by the sketch itself, against brute force; real heads, too. */

import { describe, expect, test } from 'vitest';
import { heavyEntries } from '../../src/entries/past-set/heavy-entries.js';
import { parseFunction } from '../../src/functions.js';
import type { RowBlock } from '../../src/rows/row-block.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { bruteForce } from '../support/brute-force.js';
import { fixturePath, listReal, loadMatrix, type Matrix, sharedData } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { keyKinds, makeKeys } from '../support/key-kinds.js';
import type { RandomMatrix } from '../support/random-matrices.js';

const blockOf = ({ n, d, values }: RandomMatrix): RowBlock => ({ start: 0, rows: n, d, values });

/** Fails where a score lies outside its bounds or a heavy one is missing; the number of heavy entries. */
async function expectEntries(K: RandomMatrix, Q: RandomMatrix, name: string, eps: number): Promise<number> {
  const kernels = makeKernels(backendNames.at(-1)!);
  const f = parseFunction(name);
  const set = await selectKeys([blockOf(K)], { f, eps, kernels, sample: { size: 200 } });
  const found = new Map<number, readonly [number, number, number]>();
  for await (const { count, query, key, score, bounds } of heavyEntries(set, [blockOf(Q)], { kernels })) {
    const { lower, upper } = bounds!;
    for (let i = 0; i < count; i++) found.set(query[i]! * K.n + key[i]!, [score[i]!, lower[i]!, upper[i]!]);
  }
  let heavy = 0;
  for (let query = 0; query < Q.n; query++) {
    const { scores, error } = bruteForce(K, Q.values.subarray(query * K.d, (query + 1) * K.d), f);
    for (const [key, exact] of scores.entries()) {
      if (exact >= eps) heavy++;
      const entry = found.get(query * K.n + key);
      const slack = 1e-10 + error;
      if (!entry) {
        if (exact >= eps * (1 + slack)) throw new Error(`query ${query}, key ${key}: missing, with score ${exact}`);
        continue;
      }
      const [score, lower, upper] = entry;
      if (!(exact >= lower * (1 - slack) && exact <= upper * (1 + slack) && score >= lower && score <= upper)) {
        throw new Error(`query ${query}, key ${key}: ${exact} outside ${lower} … ${upper}, or the estimate ${score}`);
      }
    }
  }
  return heavy;
}

const QUESTIONS = [
  ['power:0.5', 0.005],
  ['power:1', 0.01],
  ['power:1.5', 0.02],
  ['power:3', 0.05],
  ['power:4', 0.1],
  ['power:8', 0.2],
  ['huber:1', 0.05],
  ['pseudo-huber:1', 0.05],
  ['l1-l2', 0.05],
  ['fair:1', 0.05],
  ['logcosh', 0.05],
] as const;

describe.each(QUESTIONS)('f = %s at eps %d', (name, eps) => {
  test.each(keyKinds)('%s', async (kind) => {
    await expectEntries(makeKeys(kind, 3000, 5, 31), makeKeys('gaussian', 60, 5, 32), name, eps);
  });
});

const asKeys = ({ rows, d, values }: Matrix): RandomMatrix => ({ kind: 'real', n: rows, d, values });
const first = (Q: RandomMatrix, n: number): RandomMatrix => ({
  ...Q,
  n: Math.min(n, Q.n),
  values: Q.values.subarray(0, n * Q.d),
});
const REAL = [
  ['power:4', 0.02],
  ['power:1.5', 0.008],
  ['huber:1', 0.004],
] as const;

test.each(REAL)('the demo head: f = %s at eps %d', async (name, eps) => {
  const K = asKeys(loadMatrix(fixturePath('demo/K.npy')));
  const Q = first(asKeys(loadMatrix(fixturePath('demo/Q.npy'))), 200);
  expect(await expectEntries(K, Q, name, eps)).toBeGreaterThan(0);
});

const shared = sharedData('real-attention');
describe.skipIf(!shared)(`every real head${shared ? '' : ' (shared data is absent)'}`, () => {
  test.each(listReal())('%s', async (head) => {
    const [K, Q] = ['k', 'q'].map((part) => asKeys(loadMatrix(sharedData(`real-attention/${head}_${part}.npy`)!)));
    for (const [name, eps] of REAL) await expectEntries(K!, first(Q!, 30), name, eps);
  });
});
