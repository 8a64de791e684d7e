/** The tiles of `tile-parts.ts` in the wide build: 4 x 16 over two strips of eight columns of Q, with the same sums. */

import { PART_BYTES } from './tile-parts';
import { sumWideChunks } from './wide-chunked';

/**
 * tile[r][c] = the tile of the first strip and part, 4 x 8 float32; half of `shift` bytes behind it, that of the second strip; `shift` bytes
 * behind these, those of the second part, and so on.
 *
 * @param p - [step][4] float32
 * @param q - [step][8] float32, the first strip; next: the second
 * @param steps - even, >= 2
 */
export function storeWidePartTiles(p: usize, q: usize, next: usize, steps: i32, tile: usize, shift: usize): void {
  for (const last = q + <usize>steps * 32; q < last; tile += shift) {
    sumWideChunks(p, q, next, min(q + PART_BYTES, last), tile, tile + (shift >> 1));
    p += PART_BYTES / 2;
    q += PART_BYTES;
    next += PART_BYTES;
  }
}
