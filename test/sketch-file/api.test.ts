/** Sketches by the library: parts in files, merged, and their universal set. */

import { Matrix, QrDecomposition } from 'ml-matrix';
import { expect, test } from 'vitest';
import { mergeSketchFiles, selectFromSketch, sketchKeys } from '../../src/index.js';
import { temporaryFolder } from '../support/files.js';
import { makeMatrix } from '../support/random-matrices.js';

const folder = temporaryFolder();
const CUTS = [0, 90, 91, 300];
const { values, n, d } = makeMatrix('heavy-tailed', 300, 5, 7);
const EPS = 0.05;

const part = (i: number) => [
  { start: 0, rows: CUTS[i] - CUTS[i - 1], d, values: values.subarray(CUTS[i - 1] * d, CUTS[i] * d) },
];

/** Leverage scores are the squared norms of the rows of Q in K = Q R. */
const scoresByQr = (): number[] =>
  new QrDecomposition(Matrix.from1DArray(n, d, values)).orthogonalMatrix
    .to2DArray()
    .map((row) => row.slice(0, d).reduce((sum, x) => sum + x * x, 0));

test.each(['shards', 'rows'])('parts by their %s give the U of all rows', async (by) => {
  const paths = [1, 2, 3].map((i) => folder.at(`${by}-${i}.lev`));
  for (const [at, path] of paths.entries()) {
    const i = at + 1;
    await sketchKeys(path, part(i), by === 'rows' ? { start: CUTS[at] } : { shard: i, of: 3 }, { eps: EPS });
  }
  const all = folder.at(`${by}.lev`);
  await mergeSketchFiles(all, [paths[2], paths[0], paths[1]]);
  const set = await selectFromSketch(all);
  const scores = scoresByQr();
  const heavy = [...scores.keys()].filter((j) => scores[j] >= EPS);
  expect([...set.index]).toEqual(heavy);
  for (const [k, j] of heavy.entries()) expect(Math.abs(set.score[k] - scores[j])).toBeLessThan(1e-9);
});

test('a sketch that lacks rows is used only where that is asked for', async () => {
  const path = folder.at('part.lev');
  await sketchKeys(path, part(3), { start: CUTS[2] }, { eps: EPS });
  await expect(selectFromSketch(path)).rejects.toThrow(/lacks rows 0-90/);
  const set = await selectFromSketch(path, { allowPartial: true });
  expect(set.missing).toBe('rows 0-90');
  expect(set.index.every((j) => j >= CUTS[2])).toBe(true);
});
