/**
 * Keys by the attention that observed queries give them, softmax with the scale of the head. Two passes over K: the queries' denominators,
 * then sums over them for each key; of the queries, m (d + 2) numbers are held.
 */

import type { Kernels } from '../kernels/kernels.js';
import { countKeys, type KeyBlock, type KeySource } from './key-source.js';
import type { ObservedQueries } from './observed-queries.js';
import type { ScoredKeys } from './scores.js';
import type { ScoreSelector, SelectorContext, SelectorOption, SelectorOptions } from './selector.js';
import { workRoom } from './work-room.js';

/** Keys at a time, fewer where there are many queries, so that products of all queries with them stay small. */
const MOST_KEYS = 512;
const LEAST_KEYS = 8;
const PRODUCTS = 2 ** 18;

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
  { observed, kernels, scale }: SelectorContext,
  window: number,
  what: 'mean' | 'sum' | 'largest',
): AsyncGenerator<ScoredKeys> {
  const queries = new QueryProducts(lastOf(observed!, keys.d, window), keys.d, scale, kernels);
  const denominators = new Denominators(queries.count, kernels);
  const most = Math.max(LEAST_KEYS, Math.min(MOST_KEYS, Math.floor(PRODUCTS / queries.count)));
  for await (const part of parts(keys, most)) denominators.add(queries.of(part));
  for await (const part of parts(keys, most)) {
    yield { start: part.start, rows: part.rows, score: denominators.shares(queries.of(part), what) };
  }
}

/** Keys, a few at a time. */
async function* parts(keys: KeySource, most: number): AsyncGenerator<KeyBlock> {
  const { d } = keys;
  for await (const block of keys.read()) {
    for (let from = 0; from < block.rows; from += most) {
      const rows = Math.min(most, block.rows - from);
      yield {
        start: block.start + from,
        rows,
        d,
        values: block.values.subarray(from * d, (from + rows) * d),
        index: block.index.subarray(from, from + rows),
      };
    }
  }
}

/** Products of queries with some keys. */
interface Products {
  readonly rows: number;
  /** Times the scale: those of a key with all queries lie side by side. Valid until the next ones are made. */
  readonly products: Float64Array;
  /** Of each key the first of the ascending queries that sees it; undefined where all see all. */
  readonly first: Int32Array | undefined;
}

class QueryProducts {
  readonly count: number;
  readonly #queries: ObservedQueries;
  readonly #columns: Float64Array;
  readonly #scale: number;
  readonly #kernels: Kernels;

  constructor(queries: ObservedQueries, d: number, scale: number, kernels: Kernels) {
    const { values, index } = queries;
    this.#queries = queries;
    this.count = index.length;
    this.#scale = scale;
    this.#kernels = kernels;
    this.#columns = new Float64Array(d * this.count);
    for (let i = 0; i < this.count; i++) {
      for (let c = 0; c < d; c++) this.#columns[c * this.count + i] = values[i * d + c];
    }
  }

  of({ rows, d, values, index }: KeyBlock): Products {
    const products = workRoom(this.#kernels)('observed products', rows * this.count);
    this.#kernels.multiply(values, rows, d, this.#columns, this.count, false, products);
    this.#kernels.scaleRow(products, this.#scale, false);
    const { sees } = this.#queries;
    return {
      rows,
      products,
      first: sees && Int32Array.from(index.subarray(0, rows), (key) => this.#firstThatSees(key)),
    };
  }

  #firstThatSees(key: number): number {
    const { index, sees } = this.#queries;
    let first = 0;
    while (first < this.count && index[first] + sees!.offset < key) first++;
    return first;
  }
}

/** Of each query the largest product with a key, and the sum of all exponentials relative to it: softmax's denominator. */
class Denominators {
  readonly #most: Float64Array;
  readonly #total: Float64Array;
  readonly #kernels: Kernels;

  constructor(count: number, kernels: Kernels) {
    this.#most = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#total = new Float64Array(count);
    this.#kernels = kernels;
  }

  /** Takes in keys, one after another. */
  add({ rows, products, first }: Products): void {
    const [most, total] = [this.#most, this.#total];
    const m = most.length;
    const exponentials = this.#exponentials(rows, products);
    // Of each query the first of these keys that is above all before: from there on its sum is relative to other products.
    const risen = new Int32Array(m).fill(rows);
    let rises = false;
    for (let j = rows - 1; j >= 0; j--) {
      for (let i = first?.[j] ?? 0; i < m; i++) {
        if (products[j * m + i] <= most[i]) continue;
        risen[i] = j;
        rises = true;
      }
    }
    if (!first && !rises) {
      this.#kernels.addRows(exponentials, rows, m, m, total);
      return;
    }
    for (let j = 0; j < rows; j++) {
      for (let i = first?.[j] ?? 0; i < m; i++) {
        if (j < risen[i]) total[i] += exponentials[j * m + i];
        else this.#addOne(i, products[j * m + i]);
      }
    }
  }

  /** What each key is given by the queries that see it: on average, in all, or at most. */
  shares({ rows, products, first }: Products, what: 'mean' | 'sum' | 'largest'): Float64Array {
    const total = this.#total;
    const m = total.length;
    const exponentials = this.#exponentials(rows, products);
    return Float64Array.from({ length: rows }, (_, j) => {
      const from = first?.[j] ?? 0;
      let [sum, largest] = [0, 0];
      for (let i = from; i < m; i++) {
        const share = exponentials[j * m + i] / total[i];
        sum += share;
        largest = Math.max(largest, share);
      }
      if (what === 'largest') return largest;
      return what === 'sum' ? sum : sum / Math.max(1, m - from);
    });
  }

  /** e^(x - most); of no use where x is above. */
  #exponentials(rows: number, products: Float64Array): Float64Array {
    const most = this.#most;
    const m = most.length;
    const exponentials = workRoom(this.#kernels)('observed exponentials', rows * m);
    for (let j = 0, at = 0; j < rows; j++) for (let i = 0; i < m; i++, at++) exponentials[at] = products[at] - most[i];
    this.#kernels.exponentiateRow(exponentials, 0);
    return exponentials;
  }

  #addOne(i: number, x: number): void {
    const [most, total] = [this.#most, this.#total];
    if (x <= most[i]) total[i] += Math.exp(x - most[i]);
    else {
      total[i] = total[i] * Math.exp(most[i] - x) + 1;
      most[i] = x;
    }
  }
}
