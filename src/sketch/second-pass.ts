/** A second pass over K: it makes bounds tighter where f is not x^2, and the best keys certain where it is. */

import type { Values } from '../rows/row-block.js';
import { CertifiedPass } from './bounds/certified-pass.js';
import { LAST_ROUNDS } from './candidates/pruner.js';
import { TopPass } from './candidates/top-pass.js';
import { newLimits, type SketchBase } from './new-sketch.js';
import type { BlockSlot } from './screen/block-slot.js';

/** Takes the rows of K once more, in the same order. */
export interface SecondPass {
  /**
   * Takes in the next rows.
   *
   * @param slot - the rows as they were read
   * @param a - the same, rows x d, finite, scaled columns
   * @param start - global index of the first
   */
  ingest(slot: BlockSlot, a: Values, start: number): void;

  /** Puts what was found in the place of what the first pass found. */
  finish(): void;
}

/** Begins it, after the first pass has ended. */
export function beginSecondPass({ options, shape, certificate, parts, pruner }: SketchBase): SecondPass {
  const { kernels } = options;
  const { certification, candidates, accumulator } = parts;
  if (certification) {
    pruner.prune(parts, LAST_ROUNDS);
    return new CertifiedPass(accumulator.whitening(), certification, candidates, shape, kernels);
  }
  const whitening = accumulator.whitening();
  candidates.retain(() => false);
  Object.assign(parts, newLimits(options, certificate, kernels));
  return new TopPass(whitening, parts, pruner, options);
}
