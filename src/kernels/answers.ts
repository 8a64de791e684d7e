/**
 * What every kernel of a backend answers to the same questions, as bytes, to hold one build to another.
 *
 * Sizes are odd on purpose, so that the edges of tiles are looked at, too; numbers are such that almost every sum is rounded.
 */

import type { Values } from '../rows/row-block.js';
import type { HeadRows } from './head-rows.js';
import type { Kernels } from './kernels.js';
import { NOTHING_SEEN, packStrips, STRIP, stepsOf } from './query-strips.js';
import { STRIP_COLUMNS } from './score-rows.js';
import { SINGLE_BINS } from './single-rows.js';

/** How much is asked: rows of d columns, and `width` columns of the other factor. */
export interface AnswerSize {
  readonly rows: number;
  readonly d: number;
  readonly width: number;
}

/** What has been asked, and the bytes of its answer. */
export type Answers = ReadonlyMap<string, Uint8Array>;

/** Asks every kernel once. */
export function answersOf(kernels: Kernels, size: AnswerSize): Answers {
  const asking = begin(kernels, size);
  askAllOfTiles(asking);
  askRows(asking);
  askHeads(asking);
  return asking.answers;
}

/** Asks those kernels once that are made of tiles: the others are one source in all builds. */
export function tileAnswers(kernels: Kernels, size: AnswerSize): Answers {
  const asking = begin(kernels, size);
  askAllOfTiles(asking);
  return asking.answers;
}

function askAllOfTiles(asking: Asking): void {
  askTiles(asking);
  askTriangles(asking);
  askScoreRows(asking);
  askSingleRows(asking);
  askExponentials(asking);
}

/** Kernels under examination, and what they are given. */
interface Asking {
  readonly kernels: Kernels;
  readonly size: AnswerSize;
  readonly next: () => number;
  readonly answers: Map<string, Uint8Array>;
  /** The same rows in both types, by name. */
  readonly both: readonly (readonly [string, Values])[];
  readonly single: Float32Array;
  /** width x d. */
  readonly other: Float32Array;
}

function begin(kernels: Kernels, size: AnswerSize): Asking {
  const { rows, d, width } = size;
  const next = numbers(rows * 7919 + d);
  const single = fill(kernels.allocate('float32', rows * d), next);
  const both = [['float32', single] as const, ['float64', fill(kernels.allocate('float64', rows * d), next)] as const];
  const other = fill(kernels.allocate('float32', width * d), next);
  return { kernels, size, next, answers: new Map(), both, single, other };
}

function keep({ answers }: Asking, name: string, ...results: readonly (Values | Int32Array)[]): void {
  answers.set(name, joined(results));
}

/** Gram matrices, products, scores and screens. */
function askTiles(asking: Asking): void {
  const { kernels, size, next, both, single, other } = asking;
  const { rows, d, width } = size;
  const roots = fill(kernels.allocate('float64', rows), next);
  const square = triangle(fill(kernels.allocate('float64', d * d), next), d);
  const factor = fill(kernels.allocate('float64', d * width), next);
  const gram = kernels.allocate('float64', d * d);
  const weights = fill(kernels.allocate('float64', d), next);
  const scores = kernels.allocate('float64', rows);
  const product = kernels.allocate('float64', rows * width);
  const image = kernels.allocate('float64', rows * d);
  for (const [dtype, a] of both) {
    gram.fill(0);
    kernels.addGram(a, rows, d, gram);
    keep(asking, `addGram ${dtype}`, triangle(gram, d));
    kernels.addGramAndNorms(a, rows, d, weights, scores, gram);
    keep(asking, `addGramAndNorms ${dtype}`, triangle(gram, d), scores);
    kernels.addWeightedGram(a, rows, d, roots, gram);
    keep(asking, `addWeightedGram ${dtype}`, triangle(gram, d));
    kernels.multiply(a, rows, d, factor, width, false, product);
    keep(asking, `multiply ${dtype}`, product);
    kernels.multiply(a, rows, d, square, d, true, image);
    keep(asking, `multiply by a triangle ${dtype}`, image);
    kernels.rowScores(a, rows, d, factor, width, false, scores);
    keep(asking, `rowScores ${dtype}`, scores);
    kernels.rowScores(a, rows, d, square, d, true, scores);
    keep(asking, `rowScores of a triangle ${dtype}`, scores);
  }
  gram.fill(0);
  kernels.addRoughGram(single, rows, d, roots, gram);
  keep(asking, 'addRoughGram', triangle(gram, d));
  kernels.roughScores(single, rows, d, factor, width, false, scores);
  keep(asking, 'roughScores', scores);
  kernels.roughScores(single, rows, d, square, d, true, scores);
  keep(asking, 'roughScores of a triangle', scores);
  const found: number[] = [];
  const thresholds = new Float32Array(rows + 4).fill(d / 16);
  kernels.screenPairs(single, rows, d, kernels.packRows(other, width, d), width, thresholds, (listed) => {
    for (const index of listed) found.push(index);
  });
  keep(asking, 'screenPairs', Int32Array.from(found));
}

/** Factors and inverses of triangular matrices. */
function askTriangles(asking: Asking): void {
  const { kernels, size, next, single } = asking;
  const { rows, d } = size;
  const gram = kernels.allocate('float64', d * d);
  kernels.addGram(single, rows, d, gram);
  const r = kernels.allocate('float64', d * d);
  const found = [d, -d].map((shift) => Number(kernels.choleskyUpper(gram, d, shift, shift > 0 ? r : undefined)));
  keep(asking, 'choleskyUpper', r, Int32Array.from(found));
  const inverse = kernels.allocate('float64', d * d);
  kernels.invertUpper(r, d, inverse);
  keep(asking, 'invertUpper', inverse);
  kernels.addUpper(gram, d, inverse);
  keep(asking, 'addUpper', inverse);
  const weights = fill(kernels.allocate('float64', d), next);
  kernels.scaleUpper(inverse, d, weights, weights, inverse);
  keep(asking, 'scaleUpper', inverse);
}

/** Products with packed keys, and rows of scores. */
function askScoreRows(asking: Asking): void {
  const { kernels, size, next, both } = asking;
  const { rows, d, width } = size;
  const keys = fill(new Float64Array(width * d), next);
  const packed = kernels.allocate('float64', kernels.packedKeysLength(width, d));
  kernels.packKeys(keys, width, d, packed);
  const stride = width + 3;
  for (const [dtype, a] of both) {
    const x = kernels.allocate('float64', rows * stride);
    kernels.multiplyKeys(a, rows, d, packed, 0, width, x, stride);
    keep(asking, `multiplyKeys ${dtype}`, x);
    const row = x.subarray(0, width);
    const most = kernels.scaleRow(row, 3, false);
    const total = kernels.exponentiateRow(row, most);
    kernels.divideRow(row, total);
    const second = x.subarray(stride * (rows - 1), stride * (rows - 1) + width);
    const size = kernels.scaleRow(second, 3, true);
    const squares = kernels.squareRow(second, size);
    keep(asking, `rows of scores ${dtype}`, x, Float64Array.of(most, total, size, squares));
    const [sums, columns] = [kernels.allocate('float64', rows), kernels.allocate('float64', width)];
    kernels.sumRows(x, rows, stride, width, sums);
    kernels.addRows(x, rows, stride, width, columns);
    const multiples = kernels.allocate('float64', stride);
    kernels.addMultiples(sums, x, stride, multiples);
    keep(asking, `sums of scores ${dtype}`, sums, columns, multiples, kernels.listAtLeast(row, 1 / width));
    // Two strips that lie apart.
    const length = rows * STRIP_COLUMNS;
    const strips = kernels.allocate('float64', 2 * length + 5);
    fill(strips, next);
    const stripped = kernels.allocate('float64', 2 * STRIP_COLUMNS);
    kernels.addStripMultiples(sums, strips, length + 5, stripped);
    keep(asking, `sums of strips ${dtype}`, stripped);
    // As the factor of two strips of keys.
    const factor = strips.subarray(0, 2 * length);
    keep(asking, `rows of a factor ${dtype}`, factor, addFactorRows(asking, factor, stripped));
  }
}

/** Adds the last two rows of a factor of keys in two strips; returns what is left of the keys. */
function addFactorRows(
  { kernels, size: { rows }, next }: Asking,
  factor: Float64Array,
  square: Float64Array,
): Float64Array {
  const size =
    (one: number): (() => number) =>
    () =>
      (1 + Math.abs(next())) / one;
  const numbers = (length: number, of: () => number): Float64Array => fill(kernels.allocate('float64', length), of);
  const residual = kernels.allocate('float64', 2 * STRIP_COLUMNS).fill(1);
  fill(square, size(rows));
  const columns = numbers(2 * STRIP_COLUMNS * rows, size(rows));
  kernels.addPivotRows(
    { d: rows, columns, square, residual, factor, rows, flat: 1 / 8 },
    {
      rows: numbers(rows * rows, size(rows)),
      squares: numbers(rows, size(rows)),
      roots: numbers(rows, size(1)),
      columns: numbers(rows * rows, size(1)),
      stride: rows,
    },
    Math.max(0, rows - 2),
    rows,
  );
  return residual;
}

/** Products with packed keys in float32, and what is made of them. */
function askSingleRows(asking: Asking): void {
  const { kernels, size, next } = asking;
  const { single } = kernels;
  const { rows, d, width } = size;
  const keys = fill(new Float64Array(width * d), next);
  const stride = width + 3;
  const queries = Float32Array.from(asking.single);
  for (const [dtype, k] of [
    ['float64', keys],
    ['float32', Float32Array.from(keys)],
  ] as const) {
    const packed = kernels.allocate('float32', single.singleKeysLength(width, d));
    single.packSingleKeys(k, width, d, packed);
    const x = kernels.allocate('float32', rows * stride);
    single.multiplySingleKeys(queries, rows, d, packed, 0, width, x, stride);
    keep(asking, `multiplySingleKeys ${dtype}`, x);
    const factors = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      const row = x.subarray(i * stride, i * stride + width);
      const { most } = single.rangeOfSingles(row);
      factors[i] = 1 / single.exponentiateSingle(row, most);
    }
    keep(asking, `exponentials ${dtype}`, x, factors);
    const [sums, columns] = [kernels.allocate('float64', SINGLE_BINS), kernels.allocate('float64', width)];
    const counts = kernels.allocateIntegers(SINGLE_BINS);
    single.addScaledRows(x, rows, stride, width, factors, columns);
    const row = x.subarray(0, width);
    const found = single.addSingleBins(row, 0.25, counts, sums);
    keep(asking, `sums of exponentials ${dtype}`, columns, sums, counts, Float64Array.of(found));
    keep(asking, `listed exponentials ${dtype}`, single.listSingleAtLeast(row, 0.5), single.listSingleBin(row, 0x3f00));
  }
}

/** Norms, sums of squares, peaks and dot products. */
function askRows(asking: Asking): void {
  const { kernels, size, next, both, other } = asking;
  const { rows, d, width } = size;
  const weights = fill(kernels.allocate('float64', d), next);
  const out = kernels.allocate('float64', rows);
  const pairs = Int32Array.from({ length: 2 * rows }, (_, at) => (at % 2 ? (at * 7) % width : at >> 1));
  for (const [dtype, a] of both) {
    kernels.rowNorms(a, rows, d, weights, out);
    keep(asking, `rowNorms ${dtype}`, out);
    const sums = kernels.allocate('float64', d);
    kernels.normsAndSquares(a, rows, d, weights, out, sums);
    keep(asking, `normsAndSquares ${dtype}`, out, sums);
    kernels.scan(a, rows, d, sums);
    keep(asking, `scan ${dtype}`, sums);
    kernels.pairDots(a, other, d, pairs, out);
    keep(asking, `pairDots ${dtype}`, out);
  }
}

/** The first question whose answers differ; undefined where none do. */
export function firstDifference(a: Answers, b: Answers): string | undefined {
  for (const [name, answer] of a) {
    const other = b.get(name);
    if (!other || Buffer.compare(answer, other) !== 0) return name;
  }
  return undefined;
}

/** Sums of exponentials and what keys receive, in float32, in float64 and in both, where some queries do not see all keys. */
function askExponentials(asking: Asking): void {
  const { kernels, size, next, both } = asking;
  const { rows, d, width } = size;
  const strips = Math.ceil(width / STRIP);
  const count = strips * STRIP;
  const queries = Float64Array.from({ length: count * d }, () => Math.fround(4 * next()));
  const single = kernels.allocate('float32', count * stepsOf(d));
  const double = kernels.allocate('float64', count * stepsOf(d));
  packStrips(queries, count, d, STRIP, single);
  packStrips(queries, count, d, STRIP / 2, double);
  const squares = kernels.allocate('float64', strips);
  for (let strip = 0; strip < strips; strip++) squares[strip] = strip % 3;
  const first = kernels.allocateIntegers(count);
  const last = kernels.allocateIntegers(count);
  for (let i = 0; i < count; i++) last[i] = i < 2 * STRIP ? rows : Math.ceil((i * rows) / count);
  const seen = kernels.allocateIntegers(rows).fill(1);
  seen[rows >> 1] = 0;
  for (const [dtype, values] of both) {
    const keySquares = kernels.allocate('float64', rows).fill(dtype === 'float32' ? 1 : Number.POSITIVE_INFINITY);
    const keys = { rows, values, seen, squares: keySquares };
    // With the first bound float32 keys are taken in float32 by all strips, with the second by two of three.
    for (const mostProduct of [2, 1]) {
      const reference = kernels.allocate('float64', count).fill(NOTHING_SEEN);
      const sum = kernels.allocate('float64', count);
      const floor = kernels.allocate('float64', count).fill(2);
      const strip = { d, single, double, squares, mostProduct, reference, sum, floor, first, last };
      const listed: number[] = [];
      kernels.addExponentials(keys, strip, 0, strips, -3, (pairs, x) => {
        for (const number of [pairs, x]) listed.push(...number);
      });
      keep(asking, `addExponentials ${dtype} ${mostProduct}`, reference, sum, Float64Array.from(listed));
      const total = kernels.allocate('float64', rows);
      const largest = kernels.allocate('float64', rows);
      kernels.addScores(keys, strip, 0, strips, total, largest);
      keep(asking, `addScores ${dtype} ${mostProduct}`, total, largest);
    }
  }
}

/** Attention of heads, its gradients, and leverage scores of their keys. */
function askHeads(asking: Asking): void {
  const { kernels, size, next } = asking;
  const { rows, d, width } = size;
  const heads = (n: number, columns: number): HeadRows => ({
    values: Float32Array.from({ length: n * columns }, next),
    ...{ batch: 1, heads: 1, rows: n, d: columns, offset: 0 },
    strides: [n * columns, n * columns, columns],
  });
  const keys = heads(rows, d);
  const scores = new Float64Array(rows);
  kernels.headScores(keys, scores);
  keep(asking, 'headScores', scores);
  const index = Int32Array.from({ length: Math.ceil(rows / 2) }, (_, i) => 2 * i);
  const stats = new Float32Array(2 * width);
  const attention = {
    ...{ queries: heads(width, d), keys, values: heads(rows, d + 3), stats, scale: 0.5 },
    chosen: { most: index.length, count: Int32Array.of(index.length), index },
  };
  const output = heads(width, d + 3);
  kernels.attendHeads(attention, output);
  keep(asking, 'attendHeads', output.values, stats);
  const gradients = { queries: heads(width, d), keys: heads(rows, d), values: heads(rows, d + 3) };
  kernels.attendHeadsBackward(attention, heads(width, d + 3), gradients);
  keep(asking, 'attendHeadsBackward', gradients.queries.values, gradients.keys.values, gradients.values.values);
}

/** Numbers in [-1, 1), the same ones for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

function fill<T extends Values>(array: T, next: () => number): T {
  for (let i = 0; i < array.length; i++) array[i] = next();
  return array;
}

/** Zeros below the diagonal, in place. */
function triangle(matrix: Float64Array, d: number): Float64Array {
  for (let i = 1; i < d; i++) matrix.fill(0, i * d, i * d + i);
  return matrix;
}

function joined(results: readonly (Values | Int32Array)[]): Uint8Array {
  return Buffer.concat(
    results.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}
