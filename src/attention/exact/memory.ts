/** How many queries a tile holds: as many as fit the memory that is given, beside the blocks of keys. */

import { usageError } from '../../errors.js';
import { STRIP } from '../../kernels/query-strips.js';
import { SLOTS, slotBytes } from './key-slot.js';
import { tileBytes } from './search.js';

/** Memory where none is given, bytes. */
export const DEFAULT_MEMORY = 2 ** 30;

/** The most that WebAssembly's memory is asked to hold of a tile. */
const MOST_TILE_BYTES = 3 * 2 ** 30;

/** Bytes of a candidate, with the room that lists grow by and what is not yet pruned. */
const CANDIDATE_BYTES = 80;

/** Candidates that a query is expected to have at most, however small eps is. */
const MOST_CANDIDATES = 2 ** 12;

/** Bytes of the blocks, and of each query, which is held once more as it came. */
const bytesOf = (d: number, eps: number): { readonly blocks: number; readonly each: number } => ({
  blocks: SLOTS * slotBytes(d),
  each: tileBytes(d) + 16 * d + CANDIDATE_BYTES * Math.min(1 / eps, MOST_CANDIDATES),
});

/** The memory that so many queries take, in units of MiB. */
export function mebibytesFor(rows: number, d: number, eps: number): number {
  const { blocks, each } = bytesOf(d, eps);
  return Math.ceil((blocks + Math.ceil(rows / STRIP) * STRIP * each) / 2 ** 20);
}

/**
 * Queries of a tile, a multiple of {@link STRIP}.
 *
 * @param memory - bytes
 * @throws LevattnError where not even one strip fits
 */
export function tileRows(d: number, eps: number, memory: number): number {
  const { blocks, each } = bytesOf(d, eps);
  const rows = Math.floor(Math.min(memory - blocks, MOST_TILE_BYTES) / (each * STRIP)) * STRIP;
  if (rows > 0) return rows;
  throw usageError(
    `${Math.floor(memory / 2 ** 20)} MiB are too little for ${d} columns; give at least --memory ${mebibytesFor(1, d, eps)}MiB`,
  );
}
