/** What selectors choose, against plain NumPy (fixtures/selectors/make.py). */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allScores } from '../../src/selectors/choose.js';
import { streamedKeys } from '../../src/selectors/key-source.js';
import { byScore } from '../../src/selectors/order.js';
import { parseSelector, SELECTORS } from '../../src/selectors/registry.js';
import { fixturePath, loadMatrix } from '../support/fixtures.js';
import { contextOf, ordered, sourceOf } from './support.js';

interface Expected {
  readonly observed: readonly number[];
  readonly causal: boolean;
  readonly scores: Readonly<Record<string, readonly number[]>>;
  readonly orders: Readonly<Record<string, readonly number[]>>;
}

const names = readdirSync(fixturePath('selectors'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe.each(names)('%s', (name) => {
  const [K, Q, V] = ['K', 'Q', 'V'].map((role) => loadMatrix(fixturePath(`selectors/${name}/${role}.npy`)));
  const expected: Expected = JSON.parse(readFileSync(fixturePath(`selectors/${name}/expected.json`), 'utf8'));
  const plain = contextOf(K, Q, expected.observed, { values: { width: V.d, rows: V.values } });
  const context = expected.causal ? { ...plain, observed: { ...plain.observed!, sees: { offset: 0 } } } : plain;

  test.each(Object.keys(expected.scores))('%s', async (asked) => {
    const chosen = parseSelector(asked);
    const { selector } = chosen;
    const wanted = Float64Array.from(expected.scores[asked]);
    const order = await ordered(asked, K, context);
    expect([...order].sort((a, b) => a - b)).toEqual([...sourceOf(K).values.keys()].slice(0, K.rows));
    const largest = Math.max(...wanted.map(Math.abs));
    if (selector.kind === 'form' || selector.kind === 'scores') {
      const score = await allScores(selector, chosen, sourceOf(K), context);
      // Lewis weights are worked out to 1e-4 each, as nothing rests on more.
      const tolerance = asked.startsWith('lewis') ? 2e-4 : 1e-9;
      for (const [j, one] of score.entries())
        expect(Math.abs(one - wanted[j]), `key ${j}`).toBeLessThan(tolerance * largest);
      expect([...order]).toEqual([...byScore(score)]);
    } else expect([...order]).toEqual([...byScore(wanted)]);
  });

  test('copies of a key have the same score, to the last bit', async () => {
    for (const selector of SELECTORS) {
      if (selector.kind !== 'form' && selector.kind !== 'scores') continue;
      // These average over neighbours, or rest on V.
      if (['snapkv', 'cur'].includes(selector.name)) continue;
      const score = await allScores(selector, parseSelector(selector.name), sourceOf(K), context);
      for (let i = 0; i < K.rows; i++) {
        for (let j = 0; j < i; j++) {
          const same = K.values.subarray(i * K.d, (i + 1) * K.d).every((one, c) => one === K.values[j * K.d + c]);
          if (same && !expected.causal) expect(score[i], `${selector.name} ${i} ${j}`).toBe(score[j]);
        }
      }
    }
  });

  test.each(Object.keys(expected.orders))('%s', async (asked) => {
    const wanted = expected.orders[asked];
    expect([...(await ordered(asked, K, context, Math.min(24, K.rows)))].slice(0, wanted.length)).toEqual(wanted);
  });

  test('streamed in blocks of any size, with padding between, the same scores', async () => {
    const { d, rows, values } = K;
    const block = (start: number, count: number, mask?: Uint8Array) => ({
      start,
      rows: count,
      d,
      values: Float64Array.from({ length: count * d }, (_, at) => values[start * d + at] ?? 0),
      mask,
    });
    const cut = Math.floor(rows / 3);
    const read = () => [block(0, cut), block(cut, rows - cut), block(rows, 2, new Uint8Array(2))];
    for (const asked of ['observed', 'centred-norm', 'expected', 'keydiff', 'centred-leverage']) {
      const chosen = parseSelector(asked);
      const { selector } = chosen;
      if (selector.kind !== 'form' && selector.kind !== 'scores') throw new Error(asked);
      const streamed = await allScores(selector, chosen, streamedKeys(d, read), context);
      expect(streamed).toEqual(await allScores(selector, chosen, sourceOf(K), context));
    }
  });
});
