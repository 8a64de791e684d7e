/** Exact denominators of queries that are held, by a pass over K: every product is worked out in float64. */

import { dataError } from '../../errors.js';
import { type Kernels, scaleColumns } from '../../kernels/kernels.js';
import { checkMask, clearMasked, joinMasks, type MaskPart } from '../../rows/masked-rows.js';
import { clearNonFinite, type NonFinitePolicy } from '../../rows/non-finite.js';
import type { RowBlock } from '../../rows/row-block.js';
import type { RowBlocks } from '../../rows/row-stream.js';
import { powerOfTwo } from '../../sketch/factor/scale.js';
import { Scratch } from '../../sketch/scratch.js';
import type { UniversalSet } from '../../sketch/universal-set.js';
import { transpose } from '../bounded/denominator.js';
import type { ScaledFunction } from '../scaled-function.js';

/** Products of this many keys and queries stay in the second-level cache. */
const KEYS_AT_ONCE = 512;
const QUERIES_AT_ONCE = 256;

/** How K is read. */
export interface DenominatorPassOptions {
  readonly kernels: Kernels;
  /** f of a size times its query's factor. */
  readonly f: ScaledFunction;
  /** Names K in messages. */
  readonly name: string;
  /** What happens to a row with NaN or an infinity. */
  readonly nonFinite: NonFinitePolicy;
  /** Told after every block. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/** Passes over K, each for some queries, in the same memory. */
export class DenominatorPass {
  readonly #set: UniversalSet;
  readonly #options: DenominatorPassOptions;
  readonly #scales: Float64Array;
  readonly #keys: Scratch;
  readonly #products: Scratch;
  readonly #columns: Scratch;
  /** Queries by portions, each d x its count. */
  #portions: Float64Array[] = [];
  #factors: Float64Array = new Float64Array(0);
  #sums: Float64Array = new Float64Array(0);
  #row = 0;
  /** The next key of U that is to come by. */
  #next = 0;
  #masks: MaskPart[] = [];

  constructor(set: UniversalSet, options: DenominatorPassOptions) {
    const { kernels } = options;
    this.#set = set;
    this.#options = options;
    this.#scales = Float64Array.from(set.exponents, (e) => powerOfTwo(-e));
    this.#keys = new Scratch(kernels);
    this.#products = new Scratch(kernels);
    this.#columns = new Scratch(kernels);
  }

  /**
   * sum_l f(|<q, k_l>| factor) of each query.
   *
   * @param rows - K, the matrix that the set was made from
   * @param queries - count x d, in the coordinates of the scaled keys
   * @param factors - count: what a product is multiplied with before f is taken
   * @returns count
   * @throws LevattnError where K is not the one that the set was made from, as far as its shape, its mask and the keys of U tell
   */
  async run(rows: RowBlocks, queries: Float64Array, factors: Float64Array): Promise<Float64Array> {
    this.#begin(queries, factors);
    for await (const block of rows) this.#add(block);
    const { n } = this.#set;
    if (this.#row !== n) throw this.#notTheSame(`has ${this.#row} rows where U was made from ${n}`);
    checkMask(this.#set, joinMasks(this.#masks, n), 'U', `the mask of ${this.#options.name}`);
    return this.#sums;
  }

  #begin(queries: Float64Array, factors: Float64Array): void {
    const { d } = this.#set;
    const columns = this.#columns.take(queries.length);
    this.#portions = [];
    for (let from = 0; from < factors.length; from += QUERIES_AT_ONCE) {
      const count = Math.min(QUERIES_AT_ONCE, factors.length - from);
      const portion = columns.subarray(from * d, (from + count) * d);
      transpose(queries.subarray(from * d, (from + count) * d), count, d, portion);
      this.#portions.push(portion);
    }
    this.#factors = factors;
    this.#sums = new Float64Array(factors.length);
    this.#row = 0;
    this.#next = 0;
    this.#masks = [];
  }

  #add(block: RowBlock): void {
    const { d, n } = this.#set;
    if (block.d !== d) throw this.#notTheSame(`has ${block.d} columns where U has ${d}`);
    if (block.start + block.rows > n) throw this.#notTheSame(`has more than the ${n} rows that U was made from`);
    this.#checkKeys(block);
    const { start, rows, mask } = block;
    if (mask) this.#masks.push({ start, mask: mask.slice(0, rows) });
    for (let from = 0; from < block.rows; from += KEYS_AT_ONCE) {
      const count = Math.min(KEYS_AT_ONCE, block.rows - from);
      this.#addRows(block.values.subarray(from * d, (from + count) * d), count, mask?.subarray(from, from + count));
    }
    this.#options.onRows?.(this.#row);
  }

  #addRows(values: RowBlock['values'], count: number, mask: Uint8Array | undefined): void {
    const { d } = this.#set;
    const { kernels, f, nonFinite, name } = this.#options;
    const keys = this.#keys.take(count * d);
    keys.set(values);
    if (mask) clearMasked(keys, d, mask);
    clearNonFinite(keys, count, d, nonFinite, (i) => `${name}: row ${this.#row + i}`);
    scaleColumns(keys, count, d, this.#scales, keys);
    const products = this.#products.take(KEYS_AT_ONCE * QUERIES_AT_ONCE);
    for (const [p, portion] of this.#portions.entries()) {
      const first = p * QUERIES_AT_ONCE;
      const width = portion.length / d;
      kernels.multiply(keys, count, d, portion, width, false, products);
      addTerms(f, products, count, width, this.#factors.subarray(first), this.#sums.subarray(first));
    }
    this.#row += count;
  }

  /** The keys of U are rows of K: those that come by must be the same. */
  #checkKeys({ start, rows, d, values }: RowBlock): void {
    const { index, keys } = this.#set;
    for (; this.#next < index.length && index[this.#next] < start + rows; this.#next++) {
      const at = (index[this.#next] - start) * d;
      for (let j = 0; j < d; j++) {
        if (values[at + j] === keys[this.#next * d + j]) continue;
        throw this.#notTheSame(`differs from U in row ${index[this.#next]}, column ${j}`);
      }
    }
  }

  #notTheSame(how: string): Error {
    return dataError(`${this.#options.name}: ${how}; give the K that U was made from`);
  }
}

/** sums[c] += f(|products[i, c]| factors[c]), the rows of a block among themselves first. */
function addTerms(
  f: (size: number) => number,
  products: Float64Array,
  rows: number,
  width: number,
  factors: Float64Array,
  sums: Float64Array,
): void {
  const block = new Float64Array(width);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < width; c++, at++) block[c] += f(Math.abs(products[at]) * factors[c]);
  }
  for (let c = 0; c < width; c++) sums[c] += block[c];
}
