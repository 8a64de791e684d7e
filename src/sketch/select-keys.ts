/** From row blocks to the universal set, in one pass: what `levattn select-keys` does, as a function. */

import { dataError } from '../errors.js';
import { plainKernels } from '../kernels/plain.js';
import type { RowBlock } from '../matrix/row-block.js';
import { LeverageSketch, type SketchOptions } from './leverage-sketch.js';
import type { UniversalSet } from './universal-set.js';

/** Row blocks in order, from memory or as they arrive. */
export type RowBlocks = Iterable<RowBlock> | AsyncIterable<RowBlock>;

/** How keys are selected: as a {@link LeverageSketch} is set up, d being read off the first block. */
export interface SelectOptions extends Partial<Omit<SketchOptions, 'd'>> {
  /** Told after every block, for progress. */
  readonly onProgress?: ((sketch: LeverageSketch) => void) | undefined;
}

/** Threshold where none is given. */
export const DEFAULT_EPS = 0.05;

/**
 * The universal set of K for f(x) = x^2: every row whose leverage score reaches eps, with exact scores.
 *
 * One pass, deterministic, memory d^2 + d^2 / eps numbers (LevAttention, arXiv:2410.05462; docs/guarantees.md).
 *
 * @param blocks - the rows of K, in order, the first block starting at row 0; blocks may be reused by their maker
 * @returns U and what {@link heavyEntries} needs; every key with score >= eps is in it, whatever the rounding
 * @throws LevattnError where there are no rows, a row is not finite, or the Gram route cannot resolve K
 */
export async function selectKeys(blocks: RowBlocks, options: SelectOptions = {}): Promise<UniversalSet> {
  const { eps = DEFAULT_EPS, kernels = plainKernels, onProgress, ...rest } = options;
  let sketch: LeverageSketch | undefined;
  for await (const block of blocks) {
    sketch ??= new LeverageSketch({ ...rest, d: block.d, eps, kernels });
    sketch.add(block);
    onProgress?.(sketch);
  }
  if (!sketch) throw dataError('K has no rows; there is nothing to select from');
  return sketch.finish();
}
