/** A pass of K through a sketch, from its beginning or resumed. */

import { dataError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import type { Kernels } from '../kernels/kernels.js';
import { RowSlot } from '../rows/row-slot.js';
import { type RowBlocks, type RowSource, rowSource } from '../rows/row-stream.js';
import { StackedRows } from '../rows/stacked-rows.js';
import { FINGERPRINT_ROWS, fingerprintOf } from './intake.js';
import { LeverageSketch } from './leverage-sketch.js';
import { type PassTimes, runPass, type SketchPassOptions } from './pass.js';
import type { Filter } from './screen/filter.js';
import { ScreenPool } from './screen/screen-pool.js';
import { DEFAULT_EPS, type SketchOptions, shapeFrom } from './sketch-options.js';

/** How a pass is run. */
export interface RunOptions extends Partial<Omit<SketchOptions, 'd'>>, Pick<SketchPassOptions, 'afterBlock'> {
  /** Threads that compute, >= 1; default 1: the caller's own. The result does not depend on it. */
  readonly threads?: number | undefined;
  /** Global index of the first row; default 0. */
  readonly start?: number | undefined;
  /** A pass that is resumed; the options are those it was begun with. */
  readonly resume?: BrokenOff | undefined;
  /** Told after every block, for progress. */
  readonly onProgress?: ((sketch: LeverageSketch) => void) | undefined;
  /** Told at the end of the pass what its seconds went into. */
  readonly onTimes?: ((times: PassTimes) => void) | undefined;
  /** Called when every row has been taken in, and waited for. */
  readonly afterPass?: (() => Promise<void>) | undefined;
  /** Told of the sketch before the first row is read. */
  readonly onBegin?: ((sketch: LeverageSketch) => void) | undefined;
}

/** A pass that was interrupted. */
export interface BrokenOff {
  /** The sketch of its rows, of which {@link LeverageSketch.inputRows} come from this input. */
  readonly sketch: LeverageSketch;
  /** What the next blocks are screened with. */
  readonly filters: readonly (Filter | undefined)[];
}

/**
 * Takes the rows of K into a sketch.
 *
 * @param rows - blocks in order, the first at row 0, which may be reused by their maker; or opened matrices
 * @throws LevattnError where there are no rows, or they are not those that a broken pass began with, and as {@link LeverageSketch.ingest}
 */
export async function runSketch(rows: RowBlocks | StackedRows, options: RunOptions = {}): Promise<LeverageSketch> {
  const {
    eps = DEFAULT_EPS,
    kernels = createKernels(),
    threads = 1,
    start = 0,
    resume,
    onProgress,
    onTimes,
    onBegin,
    afterBlock,
    afterPass,
    ...rest
  } = options;
  if (!(Number.isInteger(threads) && threads >= 1))
    throw new RangeError(`threads must be a whole number, not ${threads}`);
  const source = rowSource(rows);
  const d = await source.columns();
  if (d === undefined) throw noRows(rows);
  const columns = rest.columns ?? (rows instanceof StackedRows ? rows.columnNames : undefined);
  const setup = { ...rest, columns, d, eps, kernels };
  const sketch = resume?.sketch ?? new LeverageSketch(setup, start);
  if (sketch.d !== d) throw dataError(`${nameOf(rows)}K has ${d} columns, and its sketch ${sketch.d}; they must agree`);
  if (sketch.inputRows > 0) await skipKnown(source, sketch, kernels, nameOf(rows));
  sketch.followMask((count) => source.maskOf(count), nameOf(rows));
  onBegin?.(sketch);
  const shape = shapeFrom(setup);
  const screens = sketch.employ(threads);
  let pool: ScreenPool | undefined;
  const startPool = (): ScreenPool => {
    pool = new ScreenPool(threads - 1, kernels, shape);
    return pool;
  };
  try {
    const times = await runPass(sketch, source, {
      kernels,
      shape,
      startPool: threads > 1 && screens ? startPool : undefined,
      onProgress,
      filters: resume?.filters,
      afterBlock,
    });
    onTimes?.(times);
  } catch (error) {
    sketch.release();
    throw error;
  } finally {
    await pool?.close();
  }
  if (sketch.inputRows === 0) throw noRows(rows);
  await afterPass?.();
  return sketch;
}

/** Passes over the rows that the sketch knows, if they are those. */
async function skipKnown(source: RowSource, sketch: LeverageSketch, kernels: Kernels, name: string): Promise<void> {
  const { inputRows: known, fingerprint, d } = sketch;
  const first = new RowSlot(kernels, d, Math.min(known, FINGERPRINT_ROWS));
  for (let more = true; more && first.room > 0; ) more = await source.fill(first);
  if (fingerprintOf(first.values, first.rows, d) !== fingerprint) {
    // Padding counts as zeros: with another mask they are other rows.
    const what = source.maskOf(first.rows) || sketch.masks.length > 0 ? 'K with its mask' : 'K';
    throw dataError(
      `${name}${what} is not the one that the checkpoint is of: its first rows differ; remove the checkpoint to begin again`,
    );
  }
  const rows = first.rows + (await source.skip(known - first.rows));
  if (rows < known) {
    throw dataError(
      `${name}K has ${rows} rows, and its checkpoint is of ${known}; remove the checkpoint to begin again`,
    );
  }
}

const nameOf = (rows: RowBlocks | StackedRows): string =>
  rows instanceof StackedRows ? `${rows.names.join(', ')}: ` : '';

const noRows = (rows: RowBlocks | StackedRows): Error =>
  dataError(`${nameOf(rows)}K has no rows; there is nothing to select from`);
