/** What a sketch is told of its blocks of rows, and what it is told of the rows of one. */

/** What every part of a sketch must agree on. */
export interface BlockTraits {
  readonly d: number;
  /** The most rows that are taken in at a time; the error bound of the Gram route depends on it. */
  readonly blockRows: number;
  /** The score below which a row is of no interest. */
  readonly floor: number;
  /** One row in this many is summed, >= 1; 1: all of them. */
  readonly sampleRate: number;
}

/** Rows of a block that may end with a score at or above the floor. */
export interface Survivors {
  /** Positions in the block, ascending. */
  readonly rows: readonly number[];
  /** How many rows it took a quadratic form to tell. */
  readonly scored: number;
}
