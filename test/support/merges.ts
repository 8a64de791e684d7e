/** Matrices cut into parts, sketches of these in files, and merges of the files in random order and grouping. */

import { SQUARE } from '../../src/functions.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { DEFAULT_RIDGE, defaultSampleSize } from '../../src/sketch/sample/priority-sampler.js';
import type { SketchOptions } from '../../src/sketch/sketch-options.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { readSketch } from '../../src/sketch-file/content.js';
import type { SketchSetup } from '../../src/sketch-file/header.js';
import { mergeSketches } from '../../src/sketch-file/merge.js';
import type { RowCoverage } from '../../src/sketch-file/row-coverage.js';
import { universalSetFrom } from '../../src/sketch-file/set-from-sketch.js';
import { storeSketches } from '../../src/sketch-file/store-several.js';
import { storeSketch } from '../../src/sketch-file/stored-sketch.js';
import type { Folder } from './files.js';

/** Rows, n x d, row-major. */
export interface Rows {
  readonly n: number;
  readonly d: number;
  readonly values: Float64Array;
}

/** Where a part of n rows begins and ends. */
export type Cut = readonly [start: number, end: number];

/** Cuts n rows into at most `parts` parts, some of them tiny. */
export function cutsOf(n: number, parts: number, random: () => number): Cut[] {
  const inner = Array.from({ length: parts - 1 }, () => 1 + Math.floor(n * random() ** (random() < 0.5 ? 4 : 1)));
  const ends = [...new Set([0, ...inner.filter((at) => at < n), n])].sort((x, y) => x - y);
  return ends.slice(1).map((end, i) => [ends[i], end]);
}

/** What a sketch file says of a sketch with these options. */
export const setupOf = ({
  d,
  eps,
  f,
  certificate,
  factor,
  sampleRate,
  sample,
  blockRows,
}: SketchOptions): SketchSetup => ({
  f: (f ?? SQUARE).name,
  d,
  eps,
  certificate: certificate ?? 'auto',
  factor: factor ?? 'auto',
  sampleRate: sampleRate ?? 1,
  sample: sample && { size: sample.size ?? defaultSampleSize(d), seed: sample.seed ?? 0, ridge: DEFAULT_RIDGE },
  blockRows: blockRows!,
  nonFinite: 'error',
});

/** Writes the sketch of a part. */
export async function storePart(
  path: string,
  { d, values }: Rows,
  [start, end]: Cut,
  options: SketchOptions,
  { wide = true, coverage = { kind: 'rows', ranges: [[start, end]] } }: { wide?: boolean; coverage?: RowCoverage } = {},
): Promise<string> {
  const sketch = new LeverageSketch(options, coverage.kind === 'rows' ? start : 0);
  const part = values.subarray(start * d, end * d);
  sketch.add({ start: 0, rows: end - start, d, values: wide ? part : Float32Array.from(part) });
  sketch.prune();
  await storeSketch(path, 'sketch', { setup: setupOf(options), f: options.f ?? SQUARE, sketch, coverage });
  return path;
}

/** Merges files by twos to fours, in random order, until one is left. */
export async function mergeAtRandom(
  folder: Folder,
  paths: readonly string[],
  options: SketchOptions,
  random: () => number,
): Promise<string> {
  const left = [...paths];
  for (let round = 0; left.length > 1; round++) {
    const count = Math.min(left.length, 2 + Math.floor(3 * random()));
    const some = Array.from({ length: count }, () => left.splice(Math.floor(left.length * random()), 1)[0]);
    const path = folder.at(`merged-${round}.lev`);
    await storeSketches(path, await mergeSketches(some, { kernels: options.kernels }));
    left.push(path);
  }
  return left[0];
}

/** The universal set of a sketch in a file. */
export const setOf = async (path: string, { kernels }: SketchOptions, eps?: number): Promise<UniversalSet> =>
  universalSetFrom(await readSketch(path), path, { kernels }, { eps });

/** U of a matrix that was cut into parts, each in a file, which were merged. */
export async function setOfParts(
  folder: Folder,
  rows: Rows,
  cuts: readonly Cut[],
  options: SketchOptions,
  random: () => number,
  byShards = false,
): Promise<UniversalSet> {
  const paths: string[] = [];
  for (const [i, cut] of cuts.entries()) {
    const coverage: RowCoverage = byShards
      ? { kind: 'shards', of: cuts.length, shards: [[i + 1, cut[1] - cut[0]]] }
      : { kind: 'rows', ranges: [cut] };
    const part = rows.values.subarray(cut[0] * rows.d, cut[1] * rows.d);
    const wide = random() < 0.3 || part.some((value) => Math.fround(value) !== value);
    paths.push(await storePart(folder.at(`part-${i}.lev`), rows, cut, options, { wide, coverage }));
  }
  return setOf(await mergeAtRandom(folder, paths, options, random), options);
}
