/**
 * Keys by the attention that observed queries give them, softmax with the scale of the head. Two passes over K: the queries' denominators,
 * then sums over them for each key; of the queries, m (d + 2) numbers are held.
 */

import type { Kernels } from '../kernels/kernels.js';
import { countKeys, type KeySource } from './key-source.js';
import {
  type AttendingQueries,
  AttentionShares,
  Denominators,
  noDenominators,
  QueryProducts,
  type SharesKept,
} from './observed-attention.js';
import type { ObservedQueries } from './observed-queries.js';
import type { ScoredKeys } from './scores.js';
import type { ScoreSelector, SelectorContext, SelectorOption, SelectorOptions } from './selector.js';
import { denominatorsOf, scorePass } from './team/passes.js';
import { workRoom } from './work-room.js';

/** Products that are held between the passes, of keys in memory: 32 MiB. */
const MOST_HELD = 2 ** 22;

const count = (name: string, about: string, standard: number): SelectorOption => ({
  name,
  about,
  standard,
  allows: (value) => Number.isInteger(value) && value >= 0,
  range: 'a whole number',
});

const WINDOW = (standard: number): SelectorOption =>
  count('window', `how many of the last observed queries, ${standard === 0 ? 'all' : standard}`, standard);

const POOL = (standard: number): SelectorOption => ({
  name: 'pool',
  about: `neighbours that a score is averaged over, ${standard}`,
  standard,
  allows: (value) => Number.isInteger(value) && value % 2 === 1 && value > 0,
  range: 'an odd number',
});

/** The most attention on average over the observed queries that see a key (H2O's score, arXiv:2306.14048). */
export const observed: ScoreSelector = {
  kind: 'scores',
  name: 'observed',
  about: 'attention of observed queries, on average over those that see the key',
  needs: ['queries'],
  options: [WINDOW(0), POOL(1)],
  scores: async (keys, context, options) => observedScores(keys, context, options.window, 'mean'),
  settle: settlePool,
  settles: ({ pool }) => pool > 1,
};

/** The largest attention that an observed query gives. */
export const observedLargest: ScoreSelector = {
  kind: 'scores',
  name: 'observed-largest',
  about: 'the largest attention of an observed query',
  needs: ['queries'],
  options: [WINDOW(0)],
  scores: async (keys, context, { window }) => observedScores(keys, context, window, 'largest'),
};

/** The attention of the last observed queries, over neighbours together (arXiv:2404.14469). */
export const snapkv: ScoreSelector = {
  kind: 'scores',
  name: 'snapkv',
  about: 'attention of the last 64 observed queries, averaged over 5 neighbours',
  needs: ['queries'],
  options: [
    WINDOW(64),
    POOL(5),
    {
      name: 'tail',
      about: 'Q ends where K ends: the last keys, as many as the window, first',
      standard: 0,
      flag: true,
      allows: (value) => value === 0 || value === 1,
      range: '0 or 1',
    },
  ],
  // A window is at most as long as K.
  scores: async (keys, context, { window }) =>
    observedScores(keys, context, window === 0 ? 0 : Math.min(window, await countKeys(keys)), 'sum'),
  settle(score, { observed }, options) {
    const n = score.length;
    const { index, group = 1 } = observed!;
    const cut = options.tail ? n - Math.min(options.window || n, Math.ceil(index.length / group), n) : n;
    settlePool(score.subarray(0, cut), undefined, options);
    // What is kept whatever its score: above every other, the latest first.
    for (let j = cut; j < n; j++) score[j] = Number.MAX_VALUE * ((j + 1) / n);
  },
};

/** The attention of the last observed query (arXiv:2401.06104). */
export const tova: ScoreSelector = {
  kind: 'scores',
  name: 'tova',
  about: 'attention of the last observed query',
  needs: ['queries'],
  scores: async (keys, context) => observedScores(keys, context, 1, 'sum'),
};

/** A centred sum of neighbours, over their number; what lies outside counts as 0. */
function settlePool(score: Float64Array, _: unknown, { pool }: SelectorOptions): void {
  if (pool === 1) return;
  const half = (pool - 1) / 2;
  const before = score.slice();
  for (let j = 0; j < score.length; j++) {
    let sum = 0;
    for (let i = Math.max(0, j - half); i <= Math.min(score.length - 1, j + half); i++) sum += before[i];
    score[j] = sum / pool;
  }
}

/** The last queries that are observed; 0: all. */
function lastOf({ values, index, sees, group = 1 }: ObservedQueries, d: number, window: number): ObservedQueries {
  const from = window === 0 ? 0 : Math.max(0, index.length - window * group);
  return { values: values.subarray(from * d), index: index.subarray(from), sees };
}

async function* observedScores(
  keys: KeySource,
  context: SelectorContext,
  window: number,
  what: SharesKept,
): AsyncGenerator<ScoredKeys> {
  const { scale, observed, kernels } = context;
  const own = lastOf(observed!, keys.d, window);
  const queries = { ...own, scale, among: own.index.length };
  const products = (keys.held ?? Number.POSITIVE_INFINITY) * own.index.length;
  if (products <= MOST_HELD) {
    yield* heldShares(keys, queries, what, products, kernels);
    return;
  }
  const denominators = await denominatorsOf(keys, queries, context);
  yield* scorePass(keys, { kind: 'shares', queries, denominators, what }, context);
}

/** The same where all products are held between the passes. */
async function* heldShares(
  keys: KeySource,
  queries: AttendingQueries,
  what: SharesKept,
  length: number,
  kernels: Kernels,
): AsyncGenerator<ScoredKeys> {
  const products = new QueryProducts(queries, keys.d, kernels, workRoom(kernels)('all observed products', length));
  const denominators = new Denominators(products, noDenominators(queries.index.length), kernels);
  for await (const block of keys.read()) denominators.add(block);
  const shares = new AttentionShares(products, denominators.sums, kernels);
  for await (const block of keys.read()) yield { start: block.start, rows: block.rows, score: shares.of(block, what) };
}
