/** What a sketch is told of its blocks of rows, and what it is told of the rows of one. */

/** What every part of a sketch must agree on. */
export interface SketchShape {
  readonly d: number;
  /** The most rows that are taken in at a time; the error bound of the Gram route depends on it. */
  readonly blockRows: number;
  /** The leverage score below which a row of K is of no interest, times n^decay: see {@link floorAt}. */
  readonly floor: number;
  /** How the floor falls with the rows of K, >= 0; 0 for x^2. */
  readonly decay: number;
  /** One row in this many is summed, >= 1; 1: all of them. */
  readonly sampleRate: number;
  /** Where Lewis weights are summed, too. */
  readonly lewis: LewisShape | undefined;
}

/** For |x|^p with p other than 2. */
export interface LewisShape {
  readonly p: number;
  /** The |x|^p sensitivity below which a row is of no interest. */
  readonly floor: number;
}

/** The leverage score, against any n rows of K, below which a row is of no interest. */
export const floorAt = ({ floor, decay }: Pick<SketchShape, 'floor' | 'decay'>, n: number): number =>
  decay === 0 ? floor : floor * n ** -decay;

/** Rows of a block that may end with a score at or above the floor. */
export interface Survivors {
  /** Positions in the block, ascending. */
  readonly rows: Int32Array;
  /** How many rows it took a quadratic form to tell. */
  readonly scored: number;
  /** No other row of the block has a leverage score above this, in [0, 1]. */
  readonly dropped: number;
}
