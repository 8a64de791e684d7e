/** How many rows a command holds in memory. */

import { DEFAULT_MEMORY } from '../rows/limits.js';

/** Numbers that are held for each number of a row: the row as it came, and as it is worked with. */
const COPIES = 2;

/** The most rows of d columns that fit the memory. */
export const heldAtMost =
  (memory = DEFAULT_MEMORY) =>
  (d: number): number =>
    Math.floor(memory / (8 * COPIES * d));
