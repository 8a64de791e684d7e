/** From the rows of K to the universal set, in one pass: what `levattn select-keys` does, as a function. */

import { dataError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import { StackedRows } from '../matrix/blocks.js';
import { LeverageSketch } from './leverage-sketch.js';
import {
  type PassTimes,
  type RowBlocks,
  type RowSource,
  runPass,
  runSecondPass,
  sourceFromBlocks,
  sourceFromMatrices,
} from './pass.js';
import { ScreenPool } from './screen-pool.js';
import { type SketchOptions, traitsFrom } from './sketch-options.js';
import type { UniversalSet } from './universal-set.js';

/** How keys are selected: as a {@link LeverageSketch} is set up, d being read off the first block. */
export interface SelectOptions extends Partial<Omit<SketchOptions, 'd'>> {
  /** Threads that compute, >= 1; default 1: the caller's own. The result does not depend on it. */
  readonly threads?: number | undefined;
  /**
   * Gives the rows of K once more: a second pass then makes bounds tighter, and U smaller; the best keys are certain then. For
   * x^2 with room for all keys there is nothing to gain, and it is not called.
   */
  readonly readAgain?: (() => RowBlocks | StackedRows) | undefined;
  /** Told after every block, for progress. */
  readonly onProgress?: ((sketch: LeverageSketch) => void) | undefined;
  /** Told at the end of the pass what its seconds went into. */
  readonly onTimes?: ((times: PassTimes) => void) | undefined;
}

/** Threshold where none is given. */
export const DEFAULT_EPS = 0.05;

/**
 * The universal set of K: for f(x) = x^2 every row whose leverage score reaches eps, with exact scores; for other functions
 * every row that a certified bound of its sensitivity does not rule out, with that bound.
 *
 * One pass, deterministic, memory d^2 + d^2 / eps numbers for x^2 (LevAttention, arXiv:2410.05462; docs/guarantees.md).
 *
 * @param rows - the rows of K: blocks in order, the first at row 0, which may be reused by their maker; or opened matrices
 * @returns U and what {@link heavyEntries} needs; every key with sensitivity >= eps is in it, whatever the rounding
 * @throws LevattnError where there are no rows, a row is not finite, the Gram route cannot resolve K, more keys than there
 *   is memory for cannot be ruled out, f has no small universal set, or a worker died
 */
export async function selectKeys(rows: RowBlocks | StackedRows, options: SelectOptions = {}): Promise<UniversalSet> {
  const {
    eps = DEFAULT_EPS,
    kernels = createKernels(),
    threads = 1,
    readAgain,
    onProgress,
    onTimes,
    ...rest
  } = options;
  if (!(Number.isInteger(threads) && threads >= 1))
    throw new RangeError(`threads must be a whole number, not ${threads}`);
  const source = sourceFrom(rows);
  const d = await source.columns();
  if (d === undefined) throw noRows(rows);
  const setup = { ...rest, d, eps, kernels };
  const sketch = new LeverageSketch(setup);
  const traits = traitsFrom(setup);
  let pool: ScreenPool | undefined;
  const startPool = (): ScreenPool => {
    pool = new ScreenPool(threads - 1, kernels, traits);
    return pool;
  };
  try {
    const times = await runPass(sketch, source, {
      kernels,
      traits,
      startPool: threads > 1 ? startPool : undefined,
      onProgress,
    });
    onTimes?.(times);
  } finally {
    await pool?.close();
  }
  if (sketch.rows === 0) throw noRows(rows);
  if (readAgain && sketch.gainsByReadingAgain) await runSecondPass(sketch, await sameColumns(readAgain(), d));
  return sketch.finish();
}

const sourceFrom = (rows: RowBlocks | StackedRows): RowSource =>
  rows instanceof StackedRows ? sourceFromMatrices(rows) : sourceFromBlocks(rows);

/** The rows of the second pass, if they are of the same kind. */
async function sameColumns(rows: RowBlocks | StackedRows, d: number): Promise<RowSource> {
  const source = sourceFrom(rows);
  const columns = await source.columns();
  if (columns !== undefined && columns !== d) {
    throw dataError(`K had ${d} columns in the first pass and ${columns} in the second; leave it as it is`);
  }
  return source;
}

function noRows(rows: RowBlocks | StackedRows): Error {
  const where = rows instanceof StackedRows ? `${rows.names.join(', ')}: ` : '';
  return dataError(`${where}K has no rows; there is nothing to select from`);
}
