/** From the rows of K to the universal set, in one pass: what `levattn select-keys` does, as a function. */

import { dataError } from '../errors.js';
import { type RowBlocks, type RowSource, rowSource } from '../rows/row-stream.js';
import type { StackedRows } from '../rows/stacked-rows.js';
import { runSecondPass } from './pass.js';
import { type RunOptions, runSketch } from './run-sketch.js';
import { changedSet } from './stored-keys.js';
import type { UniversalSet } from './universal-set.js';

/** How keys are selected: the options of a {@link LeverageSketch}, with d from the first block. */
export interface SelectOptions extends RunOptions {
  /**
   * Gives the rows of K again, for a second pass. Then bounds are tighter, U is smaller, and the best keys are certain. It is not
   * called if a second pass would change nothing: for x^2 with memory for all keys.
   */
  readonly readAgain?: (() => RowBlocks | StackedRows) | undefined;
  /** Called after every block of the second pass, with the number of rows so far. */
  readonly onReadAgain?: ((rows: number) => void) | undefined;
}

/**
 * The universal set of K: for f(x) = x^2 every row whose leverage score reaches eps, with exact scores; for other functions
 * every row that a certified bound of its sensitivity does not rule out, with that bound.
 *
 * One pass, deterministic, memory d^2 + d^2 / eps numbers for x^2 (LevAttention, arXiv:2410.05462; docs/guarantees.md).
 *
 * @param rows - the rows of K: blocks in order, the first at row 0, whose arrays may be reused by their producer; or opened matrices
 * @returns U and what {@link heavyEntries} needs; every key with sensitivity >= eps is in it, in spite of rounding
 * @throws LevattnError if there are no rows, a row is not finite, the Gram route cannot resolve K, more keys than fit in
 *   memory cannot be ruled out, f has no small universal set, or a worker died
 */
export async function selectKeys(rows: RowBlocks | StackedRows, options: SelectOptions = {}): Promise<UniversalSet> {
  const { readAgain, onReadAgain, ...rest } = options;
  const sketch = await runSketch(rows, rest);
  let set: UniversalSet;
  try {
    if (readAgain && sketch.gainsBySecondPass)
      await runSecondPass(sketch, await sameColumns(readAgain(), sketch.d), onReadAgain);
    set = sketch.finish();
  } finally {
    sketch.release();
  }
  const { start = 0, resume } = options;
  // A part of K, whose rows before it nobody has seen.
  return start === 0 || resume ? set : changedSet(set, { n: start + set.n, missing: rowsBefore(start) });
}

const rowsBefore = (start: number): string => (start === 1 ? 'row 0' : `rows 0-${start - 1}`);

/** The rows of the second pass, if they are of the same kind. */
async function sameColumns(rows: RowBlocks | StackedRows, d: number): Promise<RowSource> {
  const source = rowSource(rows);
  const columns = await source.columns();
  if (columns !== undefined && columns !== d) {
    throw dataError(
      `K had ${d} columns in the first pass and ${columns} in the second; K must not change during the run`,
    );
  }
  return source;
}
