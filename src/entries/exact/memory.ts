/** How many queries a tile holds: as many as fit the memory that is given, beside the blocks of keys. */

import { usageError } from '../../errors.js';
import { STRIP } from '../../kernels/query-strips.js';
import { slotBytes } from './key-slot.js';
import { tileBytes } from './search.js';

/** The most that WebAssembly's memory is asked to hold of a tile. */
const MOST_TILE_BYTES = 3 * 2 ** 30;

/** Bytes of a candidate, with the room that lists grow by and what is not yet pruned. */
const CANDIDATE_BYTES = 80;

/** Candidates that a query is expected to have at most, however small eps is. */
const MOST_CANDIDATES = 2 ** 12;

/** Blocks of keys in memory: one that comes in, and one that is worked on, or one for each thread where all have their own. */
export const slotsFor = (threads: number, stats: boolean): number => (stats ? threads + 1 : 2);

/** What decides the memory that a tile takes. */
export interface TileShape {
  readonly d: number;
  readonly eps: number;
  /** Blocks of keys. */
  readonly slots: number;
}

/** Bytes of the blocks, and of each query, which is held once more as it came. */
const bytesOf = ({ d, eps, slots }: TileShape): { readonly blocks: number; readonly each: number } => ({
  blocks: slots * slotBytes(d),
  each: tileBytes(d) + 16 * d + CANDIDATE_BYTES * Math.min(1 / eps, MOST_CANDIDATES),
});

/** The memory that queries take, in units of MiB. */
export function mebibytesFor(rows: number, shape: TileShape): number {
  const { blocks, each } = bytesOf(shape);
  return Math.ceil((blocks + Math.ceil(rows / STRIP) * STRIP * each) / 2 ** 20);
}

/**
 * Queries of a tile, a multiple of {@link STRIP}.
 *
 * @param memory - bytes
 * @throws LevattnError where not even one strip fits
 */
export function tileRows(shape: TileShape, memory: number): number {
  const { blocks, each } = bytesOf(shape);
  const rows = Math.floor(Math.min(memory - blocks, MOST_TILE_BYTES) / (each * STRIP)) * STRIP;
  if (rows > 0) return rows;
  throw usageError(
    `${Math.floor(memory / 2 ** 20)} MiB are too little for ${shape.d} columns; give at least --memory ${mebibytesFor(1, shape)}MiB`,
  );
}
