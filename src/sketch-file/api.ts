/** From rows to a sketch file, and from sketch files to the universal set: what `sketch`, `merge` and `select-keys` do, as functions. */

import { SQUARE } from '../functions.js';
import { createKernels } from '../kernels/backends.js';
import type { HeadChoice } from '../rows/heads/head-index.js';
import type { RowBlocks } from '../rows/row-stream.js';
import type { StackedRows } from '../rows/stacked-rows.js';
import { planSketch } from '../sketch/plan.js';
import { type RunOptions, runSketch } from '../sketch/run-sketch.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { readSketch } from './content.js';
import { mergeSketches } from './merge.js';
import { checkPart, type RowsOfPart, refuseLimits, refuseUnplaced, seedOfPart } from './part.js';
import { type SelectFromOptions, universalSetFrom } from './set-from-sketch.js';
import { setupOf } from './setup.js';
import { onlySketch, splitSketches } from './several.js';
import { storeSketches } from './store-several.js';
import { storeSketch } from './stored-sketch.js';

/**
 * Takes rows of K into a sketch, and writes it.
 *
 * @param path - of the file, which appears whole or not at all
 * @param rows - blocks in order, or opened matrices; the first block is at row 0 of this part
 * @param part - the global index of its first row (default 0), or that it is shard i of m, 1 <= i <= m; where rows are sampled,
 *   which is for every f but x^2, by `start` and with one `sample.pilot` they draw the sample that one pass draws, by shards another one of the
 *   same kind; without a pilot, each part makes its own
 * @param options - as those of {@link selectKeys}
 * @throws LevattnError as {@link selectKeys}, where a part is not told enough to become one with others, and where the file cannot be
 *   written
 */
export async function sketchKeys(
  path: string,
  rows: RowBlocks | StackedRows,
  part: RowsOfPart = { start: 0 },
  options: RunOptions = {},
): Promise<void> {
  checkPart(part);
  const { sample } = options;
  const plan = { ...options, sampleSize: sample && (sample.size ?? 0) };
  refuseUnplaced(part, plan);
  refuseLimits(options);
  const start = 'start' in part ? part.start : 0;
  const own = planSketch(plan).keepsSample ? { ...sample, seed: seedOfPart(part, sample?.seed) } : undefined;
  const sketch = await runSketch(rows, { ...options, sample: own, start });
  sketch.prune();
  const { f = SQUARE } = options;
  const coverage =
    'start' in part
      ? ({ kind: 'rows', ranges: [[start, sketch.nextIndex]] } as const)
      : ({ kind: 'shards', of: part.of, shards: [[part.shard, sketch.rows]] } as const);
  await storeSketch(path, 'sketch', {
    setup: setupOf({ ...options, columns: sketch.columns, d: sketch.d }),
    f,
    sketch,
    coverage,
  });
}

/**
 * Merges sketch files of different rows, made with the same options, into one.
 *
 * @param path - of the merged file, which appears whole or not at all
 * @param parts - files in any order, at least one
 * @throws LevattnError naming the files that cover the same rows or were made for different things, or the one that is damaged
 */
export async function mergeSketchFiles(path: string, parts: readonly string[]): Promise<void> {
  await storeSketches(path, await mergeSketches(parts, { kernels: createKernels() }));
}

/**
 * The universal set of the rows of a sketch file.
 * @param options - `layer`, `batch`, `head` choose one, where the file holds sketches of several places
 * @throws LevattnError where rows are missing, unless `allowPartial`, or `eps` is less than what the sketch was made for
 */
export async function selectFromSketch(
  path: string,
  options: SelectFromOptions & HeadChoice = {},
): Promise<UniversalSet> {
  const content = onlySketch(splitSketches(await readSketch(path), path), options, path);
  return universalSetFrom(content, path, { kernels: createKernels() }, options);
}
