/**
 * The float32 micro-kernel for sums of many steps that must be accurate: that of `tile-chunked.ts` for each part of 32 steps. The parts are
 * added up by who asks.
 */

import { sumChunks } from './tile-chunked';

/** Bytes of a strip of Q of one part: four chunks. */
export const PART_BYTES: usize = 1024;

/**
 * tile[r][c] = the tile of the first part, 4 x 8 float32; `shift` bytes behind it, that of the second, and so on.
 *
 * @param p - [step][4] float32
 * @param q - [step][8] float32
 * @param steps - even, >= 2
 */
export function storePartTiles(p: usize, q: usize, steps: i32, tile: usize, shift: usize): void {
  for (const last = q + <usize>steps * 32; q < last; p += PART_BYTES / 2, q += PART_BYTES, tile += shift) {
    sumChunks(p, q, min(q + PART_BYTES, last), tile);
  }
}
