/** A matrix held in memory as float64, whole or a sample of its rows: what is checked is checked against every row. */

import { dataError } from '../errors.js';
import { clearNonFinite, type NonFinitePolicy } from '../matrix/non-finite.js';
import type { RowBlock } from '../matrix/row-block.js';
import type { RowBlocks } from '../sketch/pass.js';
import { uniformFrom } from './random.js';

/** A matrix in memory. */
export interface HeldMatrix {
  readonly n: number;
  readonly d: number;
  /** Row-major, n x d. */
  readonly values: Float64Array;
  /** Global indices of its rows, ascending; undefined where they are all there are. */
  readonly index?: readonly number[];
  /** Rows that it was taken from. */
  readonly of: number;
}

/** How a matrix is taken into memory. */
export interface MatrixMemory {
  /** Names it in messages. */
  readonly name: string;
  /** Bytes that may be taken. */
  readonly memory: number;
  /** How many times the matrix is held at once, for the limit. */
  readonly copies: number;
  readonly nonFinite?: NonFinitePolicy | undefined;
  readonly describeRow?: ((row: number) => string) | undefined;
}

/** Rows that there is room for at first. */
const FIRST_ROWS = 1024;

/**
 * Takes in all rows.
 * @throws LevattnError where there are none, or more than the memory allows
 */
export async function holdMatrix(rows: RowBlocks, options: MatrixMemory): Promise<HeldMatrix> {
  const { name, memory, copies } = options;
  let values = new Float64Array(0);
  let n = 0;
  let d = 0;
  for await (const block of rows) {
    d = block.d;
    const needed = (n + block.rows) * d;
    if (8 * copies * needed > memory) throw tooLarge(name, n + block.rows, d, options);
    if (needed > values.length) {
      const most = Math.floor(memory / (8 * copies));
      const grown = new Float64Array(Math.max(needed, Math.min(most, 2 * values.length, 2 ** 32), FIRST_ROWS * d));
      grown.set(values.subarray(0, n * d));
      values = grown;
    }
    put(block, values, n, options);
    n += block.rows;
  }
  if (n === 0) throw dataError(`${name}: has no rows; there is nothing to verify`);
  return { n, d, values: values.subarray(0, n * d), of: n };
}

/**
 * Takes in a sample of the rows, each of them with the same probability (Vitter, Algorithm R).
 *
 * @param count - of rows, or fewer where there are no more
 * @throws LevattnError as {@link holdMatrix}
 */
export async function holdSample(
  rows: RowBlocks,
  count: number,
  seed: number,
  options: MatrixMemory,
): Promise<HeldMatrix> {
  const { name, memory, copies } = options;
  const uniform = uniformFrom(seed);
  const held: { readonly index: number; readonly row: Float64Array }[] = [];
  let n = 0;
  let d = 0;
  for await (const block of rows) {
    d = block.d;
    for (let i = 0; i < block.rows; i++, n++) {
      const at = n < count ? n : Math.floor(uniform() * (n + 1));
      if (at >= count) continue;
      if (8 * copies * (held.length + 1) * d > memory) throw tooLarge(name, held.length + 1, d, options);
      const row = new Float64Array(d);
      put({ ...block, start: n, rows: 1, values: block.values.slice(i * d, (i + 1) * d) }, row, 0, options);
      held[at] = { index: n, row };
    }
  }
  if (n === 0) throw dataError(`${name}: has no rows; there is nothing to verify`);
  held.sort((a, b) => a.index - b.index);
  const values = new Float64Array(held.length * d);
  for (const [i, { row }] of held.entries()) values.set(row, i * d);
  return { n: held.length, d, values, index: held.map(({ index }) => index), of: n };
}

/** Copies rows, zeros for those that are not finite. */
function put({ start, rows, d, values }: RowBlock, into: Float64Array, n: number, options: MatrixMemory): void {
  const { nonFinite = 'error', describeRow = (row: number) => `row ${row}` } = options;
  const part = into.subarray(n * d, (n + rows) * d);
  part.set(values.subarray(0, rows * d));
  if (!part.every(Number.isFinite)) clearNonFinite(part, rows, d, nonFinite, (i) => describeRow(start + i));
}

/** A held matrix as row blocks. */
export function* blocksOf({ n, d, values }: HeldMatrix): Generator<RowBlock, void, undefined> {
  const most = Math.max(1, Math.floor(2 ** 17 / d));
  for (let start = 0; start < n; start += most) {
    const rows = Math.min(most, n - start);
    yield { start, rows, d, values: values.subarray(start * d, (start + rows) * d) };
  }
}

const tooLarge = (name: string, rows: number, d: number, { copies, memory }: MatrixMemory): Error =>
  dataError(
    `${name}: ${rows} rows and more of ${d} columns do not fit ${Number((memory / 2 ** 20).toPrecision(4))} MiB, as every one is held ` +
      `${copies === 1 ? '' : 'twice '}in float64; raise --memory, or verify a part of them`,
  );
