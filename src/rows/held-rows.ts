/** Rows of a matrix held in memory, for what needs all of them at once. */

import { dataError } from '../errors.js';
import type { NonFinitePolicy } from './non-finite.js';
import type { Values } from './row-block.js';
import type { RowBlocks } from './row-stream.js';

/** Rows in memory, as float64 where nothing else is said. */
export interface HeldRows<T extends Values = Float64Array> {
  /** Rows of the matrix, those that are not held included. */
  readonly n: number;
  /** Columns; 0 where there are no rows. */
  readonly d: number;
  /** Global indices of the rows that are held, ascending. */
  readonly index: Float64Array;
  /** index.length x d, row-major. */
  readonly values: T;
  /** Rows that are not held because they are padding; 0 where it is left out. */
  readonly padding?: number | undefined;
  /** Whether all came as float32; undefined where that is not known. */
  readonly single?: boolean | undefined;
}

/** Which rows are held. */
export interface HoldOptions {
  /** Global indices, ascending; default: all rows. */
  readonly wanted?: Float64Array | undefined;
  /** One byte a row: 0 for padding, which is not held, whatever is in it; blocks may have masks of their own. */
  readonly mask?: Uint8Array | undefined;
  /** How many rows there are said to be: room for them is taken at once, if it is not much. */
  readonly rows?: number | undefined;
  /** Gives room for this number of numbers, whatever is in it, where it is known how many there will be; default: new memory. */
  readonly room?: ((length: number) => Float64Array) | undefined;
  /** The most rows there may be, from the number of columns; default: any number. */
  readonly most?: ((d: number) => number) | undefined;
  /** What happens to a row with NaN or an infinity: an error, or it is not held; default `error`. */
  readonly nonFinite?: NonFinitePolicy | undefined;
  /** What to do about such a row, for the message. */
  readonly advice?: string | undefined;
  /** Names rows in messages. */
  readonly describeRow?: ((row: number) => string) | undefined;
}

/** Numbers that room is taken for because a header promises them. */
const MOST_SAID = 2 ** 24;

/**
 * Reads a matrix to its end and holds its rows.
 * @throws LevattnError where a row is not finite and not to be skipped, columns change, or there are more rows than may be held
 */
export async function holdRows(blocks: RowBlocks, options: HoldOptions = {}): Promise<HeldRows> {
  return (await hold(blocks, options, false)) as HeldRows;
}

/** The same, as float32 where all come so. */
export const holdRowsAsStored = (blocks: RowBlocks, options: HoldOptions = {}): Promise<HeldRows<Values>> =>
  hold(blocks, options, true);

async function hold(blocks: RowBlocks, options: HoldOptions, asStored: boolean): Promise<HeldRows<Values>> {
  const { wanted, mask, most = () => Number.POSITIVE_INFINITY, nonFinite = 'error', advice = 'fix the data' } = options;
  const { describeRow = (row: number) => `row ${row}` } = options;
  let held: Values = asStored ? new Float32Array(0) : new Float64Array(0);
  const index: number[] = [];
  let n = 0;
  let d = 0;
  let next = 0;
  let padding = 0;
  let single = true;
  for await (const block of blocks) {
    if (n > 0 && block.d !== d) throw dataError(`${describeRow(n)}: ${block.d} columns where there were ${d}`);
    d = block.d;
    single &&= block.values instanceof Float32Array;
    // With some rows wanted there may be far fewer of them than rows.
    const room = Math.min(index.length + block.rows, wanted?.length ?? Number.POSITIVE_INFINITY) * d;
    const widen = held instanceof Float32Array && !single;
    if (held.length < room || widen) {
      const said = (options.rows ?? 0) * d;
      const known = said >= room && said <= MOST_SAID && !wanted;
      const larger = roomFor(
        known ? said : 2 * room,
        held instanceof Float32Array && single,
        known ? options.room : undefined,
      );
      larger.set(held.subarray(0, index.length * d));
      held = larger;
    }
    const whole = !wanted && !mask && !block.mask && index.length + block.rows <= most(d);
    if (whole && copyFinite(block.values, block.rows * d, held, index.length * d)) {
      for (let i = 0; i < block.rows; i++) index.push(n + i);
      n += block.rows;
      continue;
    }
    for (let i = 0; i < block.rows; i++) {
      const row = n + i;
      if (wanted && wanted[next] !== row) continue;
      next++;
      if (mask?.[row] === 0 || block.mask?.[i] === 0) {
        padding++;
        continue;
      }
      const values = block.values.subarray(i * d, (i + 1) * d);
      if (!copyFinite(values, d, held, index.length * d)) {
        if (nonFinite === 'skip') continue;
        const column = values.findIndex((value) => !Number.isFinite(value));
        throw dataError(`${describeRow(row)}, column ${column}: ${values[column]}; ${advice}`);
      }
      index.push(row);
      if (index.length > most(d)) throw tooMany(d, most(d), describeRow(row));
    }
    n += block.rows;
  }
  if (mask && mask.length !== n) {
    throw dataError(
      `${describeRow(n)}: the rows end here, where the mask has ${mask.length} entries; one for each row is expected`,
    );
  }
  return { n, d, index: Float64Array.from(index), values: held.subarray(0, index.length * d), padding, single };
}

/** Room for a number of numbers, whatever is in it. */
function roomFor(length: number, single: boolean, room: HoldOptions['room']): Values {
  if (!single) return room?.(length) ?? new Float64Array(length);
  const doubles = room?.(Math.ceil(length / 2));
  return doubles ? new Float32Array(doubles.buffer, doubles.byteOffset, length) : new Float32Array(length);
}

/** Copies numbers; returns whether all are finite. */
function copyFinite(values: Values, count: number, to: Values, at: number): boolean {
  return to instanceof Float32Array
    ? copyFiniteSingles(values as Float32Array, count, to, at)
    : copyFiniteDoubles(values, count, to, at);
}

function copyFiniteSingles(values: Float32Array, count: number, to: Float32Array, at: number): boolean {
  to.set(values.subarray(0, count), at);
  let a = 0;
  let b = 0;
  const even = count & ~1;
  for (let j = 0; j < even; j += 2) {
    a += values[j] * 0;
    b += values[j + 1] * 0;
  }
  if (even < count) a += values[even] * 0;
  return a + b === 0;
}

function copyFiniteDoubles(values: Values, count: number, to: Float64Array, at: number): boolean {
  // Anything times 0 is 0, but for NaN and infinities.
  let a = 0;
  let b = 0;
  const even = count & ~1;
  for (let j = 0; j < even; j += 2) {
    const first = values[j];
    const second = values[j + 1];
    to[at + j] = first;
    to[at + j + 1] = second;
    a += first * 0;
    b += second * 0;
  }
  if (even < count) {
    to[at + even] = values[even];
    a += values[even] * 0;
  }
  return a + b === 0;
}

const tooMany = (d: number, most: number, where: string): Error =>
  dataError(
    `${where}: rows of ${d} columns are held in memory, and it holds ${most}; raise --memory, or give fewer rows`,
  );

/**
 * Some of the rows that are held.
 * @param index - global indices, ascending, all of them held
 */
export function pickRows({ d, index: held, values }: HeldRows, index: Float64Array): Float64Array {
  const picked = new Float64Array(index.length * d);
  let at = 0;
  for (const [i, row] of index.entries()) {
    while (held[at] < row) at++;
    if (held[at] !== row) throw new RangeError(`row ${row} is not held`);
    picked.set(values.subarray(at * d, (at + 1) * d), i * d);
  }
  return picked;
}
