/** Selectors by several threads: the same bits as by one, wherever the workers take over. */

import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { allScores, orderBy } from '../../src/selectors/choose.js';
import { type KeySource, streamedKeys } from '../../src/selectors/key-source.js';
import { pivotCrew } from '../../src/selectors/pivot-crew.js';
import { parseSelector } from '../../src/selectors/registry.js';
import { ScoringTeam } from '../../src/selectors/team/team.js';
import type { Matrix } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';
import { contextOf, sourceOf } from './support.js';

const ASKED = [
  'leverage',
  'centred-leverage',
  'centred-leverage:ridge=1',
  'key-norm',
  'centred-norm',
  'observed',
  'observed:window=33',
  'observed-largest',
  'snapkv',
  'tova',
  'expected',
  'expected-normalised',
  'q-filter',
];

const best = backendNames.at(-1)!;

function gaussians(rows: number, d: number, seed: number): Matrix {
  const next = gaussianFrom(randomFrom(seed));
  return { rows, d, values: Float64Array.from({ length: rows * d }, next) };
}

describe.each(['plain', best])('on %s', { tags: ['slow'] }, (backend) => {
  // Four blocks, with copies and keys of zeros.
  const [n, d, m] = [27_000, 40, 50];
  const K = gaussians(n, d, 3);
  K.values.copyWithin(20 * d, 20_000 * d, 20_001 * d);
  K.values.fill(0, 77 * d, 79 * d);
  const Q = gaussians(m, d, 4);
  const kernels = makeKernels(backend);
  const teams = [2, 3].map((threads) => new ScoringTeam(kernels, threads, 0));
  afterAll(() => Promise.all(teams.map((team) => team.close())));

  /** Workers get time to start after the first rows, so that they have a part in every pass but the first. */
  const keys = (pause: number): KeySource =>
    streamedKeys(d, async function* () {
      for (let start = 0; start < n; start += 9000) {
        yield { start, rows: 9000, d, values: K.values.subarray(start * d, (start + 9000) * d) };
        if (start === 0 && pause > 0) await wait(pause);
      }
    });

  test.each(ASKED)('%s', { timeout: 60_000 }, async (asked) => {
    const chosen = parseSelector(asked);
    const { selector } = chosen;
    if (selector.kind !== 'form' && selector.kind !== 'scores') throw new Error(asked);
    const sights = selector.needs ? [undefined, { offset: n - m - 20_000 }] : [undefined];
    for (const sees of sights) {
      const context = contextOf(K, Q, undefined, { kernels, scale: 0.3 });
      const own = { ...context, observed: { ...context.observed!, sees } };
      const alone = await allScores(selector, chosen, keys(0), own);
      for (const team of teams) {
        expect(await allScores(selector, chosen, keys(50), { ...own, team }), `${team.threads}`).toEqual(alone);
      }
    }
  });

  test.skipIf(backend === 'plain')('pivots, drawn by several threads: the same keys', async () => {
    const held = { ...sourceOf(K), values: K.values };
    const context = contextOf(K, undefined, undefined, { kernels });
    const alone = await orderBy(parseSelector('rp-cholesky'), held, 600, context);
    for (const threads of [2, 3]) {
      expect(await orderBy(parseSelector('rp-cholesky'), held, 600, { ...context, threads })).toEqual(alone);
      pivotCrew(kernels, threads)?.close();
    }
  });
});
