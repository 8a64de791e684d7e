/**
 * Softmax attention of observed queries over keys that come block by block: the queries' denominators in one pass, what keys get in the
 * next. A query's denominator does not depend on the queries beside it, and what a key gets not on the keys beside it.
 */

import type { Kernels } from '../kernels/kernels.js';
import type { KeyBlock } from './key-source.js';
import type { ObservedQueries } from './observed-queries.js';
import { workRoom } from './work-room.js';

/** Keys at a time, fewer where there are many queries, so that products of all queries with them stay small. */
const MOST_KEYS = 512;
const LEAST_KEYS = 8;
const PRODUCTS = 2 ** 18;

/** Queries whose attention is looked at. */
export interface AttendingQueries extends Pick<ObservedQueries, 'values' | 'index' | 'sees'> {
  /** Multiplies every <q, k>, > 0. */
  readonly scale: number;
  /** How many there are in all, where these are some of them: that decides how many keys are taken at a time. */
  readonly among: number;
}

/** What is known of denominators: of each query the largest product, and the sum of all exponentials relative to it. */
export interface DenominatorSums {
  readonly most: Float64Array;
  readonly total: Float64Array;
}

/** What is kept of the shares that a key gets: their mean over the queries that see it, their sum, or the largest. */
export type SharesKept = 'mean' | 'sum' | 'largest';

/** Those of no keys. */
export const noDenominators = (count: number): DenominatorSums => ({
  most: new Float64Array(count).fill(Number.NEGATIVE_INFINITY),
  total: new Float64Array(count),
});

/** Keys, a few at a time. */
function* parts({ start, rows: count, d, values, index }: KeyBlock, among: number): Generator<KeyBlock> {
  const most = Math.max(LEAST_KEYS, Math.min(MOST_KEYS, Math.floor(PRODUCTS / among)));
  for (let from = 0; from < count; from += most) {
    const rows = Math.min(most, count - from);
    yield {
      start: start + from,
      rows,
      d,
      values: values.subarray(from * d, (from + rows) * d),
      index: index.subarray(from, from + rows),
    };
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

/** What works them out. */
export class QueryProducts {
  readonly count: number;
  readonly among: number;
  readonly #queries: AttendingQueries;
  readonly #columns: Float64Array;
  readonly #scale: number;
  readonly #kernels: Kernels;
  readonly #held: Float64Array | undefined;
  /** Keys whose products are held. */
  #heldKeys = 0;

  /** @param held - room for the products of all keys with all queries, which are then worked out once; undefined: each time */
  constructor(queries: AttendingQueries, d: number, kernels: Kernels, held?: Float64Array) {
    const { values, index, scale, among } = queries;
    this.#queries = queries;
    this.#held = held;
    this.among = among;
    this.count = index.length;
    this.#scale = scale;
    this.#kernels = kernels;
    this.#columns = new Float64Array(d * this.count);
    for (let i = 0; i < this.count; i++) {
      for (let c = 0; c < d; c++) this.#columns[c * this.count + i] = values[i * d + c];
    }
  }

  of(keys: KeyBlock): Products {
    const { rows, index } = keys;
    const { sees } = this.#queries;
    return {
      rows,
      products: this.#productsOf(keys),
      first: sees && Int32Array.from(index.subarray(0, rows), (key) => this.#firstThatSees(key)),
    };
  }

  #productsOf({ start, rows, d, values }: KeyBlock): Float64Array {
    const m = this.count;
    const products =
      this.#held?.subarray(start * m, (start + rows) * m) ?? workRoom(this.#kernels)('observed products', rows * m);
    if (start < this.#heldKeys) return products;
    this.#kernels.multiply(values, rows, d, this.#columns, m, false, products);
    this.#kernels.scaleRow(products, this.#scale, false);
    if (this.#held) this.#heldKeys = start + rows;
    return products;
  }

  #firstThatSees(key: number): number {
    const { index, sees } = this.#queries;
    let first = 0;
    while (first < this.count && index[first] + sees!.offset < key) first++;
    return first;
  }
}

/** Denominators as they come together. */
export class Denominators {
  readonly sums: DenominatorSums;
  readonly #queries: QueryProducts;
  readonly #kernels: Kernels;

  /** @param sums - of the keys so far; added to */
  constructor(queries: QueryProducts, sums: DenominatorSums, kernels: Kernels) {
    this.sums = sums;
    this.#queries = queries;
    this.#kernels = kernels;
  }

  /** Takes in the next keys. */
  add(block: KeyBlock): void {
    for (const part of parts(block, this.#queries.among)) this.#add(this.#queries.of(part));
  }

  #add({ rows, products, first }: Products): void {
    const { most, total } = this.sums;
    const m = most.length;
    const exponentials = exponentialsOf(rows, products, most, this.#kernels);
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

  #addOne(i: number, x: number): void {
    const { most, total } = this.sums;
    if (x <= most[i]) total[i] += Math.exp(x - most[i]);
    else {
      total[i] = total[i] * Math.exp(most[i] - x) + 1;
      most[i] = x;
    }
  }
}

/** What keys get of queries whose denominators are known. */
export class AttentionShares {
  readonly #queries: QueryProducts;
  readonly #sums: DenominatorSums;
  readonly #kernels: Kernels;

  constructor(queries: QueryProducts, sums: DenominatorSums, kernels: Kernels) {
    this.#queries = queries;
    this.#sums = sums;
    this.#kernels = kernels;
  }

  /** Of each key of a block. */
  of(block: KeyBlock, what: SharesKept): Float64Array {
    const score = new Float64Array(block.rows);
    for (const part of parts(block, this.#queries.among)) {
      this.#shares(this.#queries.of(part), what, score.subarray(part.start - block.start));
    }
    return score;
  }

  #shares({ rows, products, first }: Products, what: SharesKept, score: Float64Array): void {
    const { most, total } = this.#sums;
    const m = total.length;
    const exponentials = exponentialsOf(rows, products, most, this.#kernels);
    for (let j = 0; j < rows; j++) {
      const from = first?.[j] ?? 0;
      let [sum, largest] = [0, 0];
      for (let i = from; i < m; i++) {
        const share = exponentials[j * m + i] / total[i];
        sum += share;
        largest = Math.max(largest, share);
      }
      if (what === 'largest') score[j] = largest;
      else score[j] = what === 'sum' ? sum : sum / Math.max(1, m - from);
    }
  }
}

/** e^(x - most); of no use where x is above. */
function exponentialsOf(rows: number, products: Float64Array, most: Float64Array, kernels: Kernels): Float64Array {
  const m = most.length;
  const exponentials = workRoom(kernels)('observed exponentials', rows * m);
  for (let j = 0, at = 0; j < rows; j++) for (let i = 0; i < m; i++, at++) exponentials[at] = products[at] - most[i];
  kernels.exponentiateRow(exponentials, 0);
  return exponentials;
}
