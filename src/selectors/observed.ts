/**
 * Keys by the attention that observed queries give them, softmax with the scale of the head. Two passes over K: the queries' denominators,
 * then sums over them for each key; of the queries, m (d + 2) numbers are held.
 */

import { countKeys, type KeySource } from './key-source.js';
import type { ObservedQueries } from './observed-queries.js';
import type { ScoredKeys } from './scores.js';
import type { ScoreSelector, SelectorContext, SelectorOption, SelectorOptions } from './selector.js';

/** Keys at a time, so that products of all queries with them stay small. */
const KEYS_AT_ONCE = 512;

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
    const cut = options.tail ? n - Math.min(options.window || n, observed!.index.length, n) : n;
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
function lastOf({ values, index, sees }: ObservedQueries, d: number, window: number): ObservedQueries {
  const from = window === 0 ? 0 : Math.max(0, index.length - window);
  return { values: values.subarray(from * d), index: index.subarray(from), sees };
}

async function* observedScores(
  keys: KeySource,
  { observed, kernels, scale }: SelectorContext,
  window: number,
  what: 'mean' | 'sum' | 'largest',
): AsyncGenerator<ScoredKeys> {
  const { d } = keys;
  const { values, index, sees } = lastOf(observed!, d, window);
  const m = index.length;
  const columns = new Float64Array(d * m);
  for (let i = 0; i < m; i++) for (let c = 0; c < d; c++) columns[c * m + i] = values[i * d + c];
  const products = new Float64Array(KEYS_AT_ONCE * m);
  // The first of the ascending queries that sees a key.
  const firstThatSees = (key: number): number => {
    if (!sees) return 0;
    let from = 0;
    while (from < m && index[from] + sees.offset < key) from++;
    return from;
  };
  /** Products of all queries with each key in turn, and which of them see it. */
  async function* each(): AsyncGenerator<{ start: number; rows: number; index: Float64Array }> {
    for await (const block of keys.read()) {
      for (let from = 0; from < block.rows; from += KEYS_AT_ONCE) {
        const rows = Math.min(KEYS_AT_ONCE, block.rows - from);
        const part = block.values.subarray(from * d, (from + rows) * d);
        kernels.multiply(part, rows, d, columns, m, false, products);
        yield { start: block.start + from, rows, index: block.index.subarray(from, from + rows) };
      }
    }
  }
  const most = new Float64Array(m).fill(Number.NEGATIVE_INFINITY);
  const total = new Float64Array(m);
  for await (const { rows, index: row } of each()) {
    for (let j = 0; j < rows; j++) {
      for (let i = firstThatSees(row[j]); i < m; i++) {
        const x = scale * products[j * m + i];
        if (x <= most[i]) total[i] += Math.exp(x - most[i]);
        else {
          total[i] = total[i] * Math.exp(most[i] - x) + 1;
          most[i] = x;
        }
      }
    }
  }
  for await (const { start, rows, index: row } of each()) {
    const score = new Float64Array(rows);
    for (let j = 0; j < rows; j++) {
      const from = firstThatSees(row[j]);
      let [sum, largest] = [0, 0];
      for (let i = from; i < m; i++) {
        const share = Math.exp(scale * products[j * m + i] - most[i]) / total[i];
        sum += share;
        largest = Math.max(largest, share);
      }
      if (what === 'largest') score[j] = largest;
      else score[j] = what === 'sum' ? sum : sum / Math.max(1, m - from);
    }
    yield { start, rows, score };
  }
}
