/** From a glob to shards, their rows, and the pilot that they share. */

import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countRows } from '../../src/cli/commands/slurm/count-rows.js';
import { writePilot } from '../../src/cluster/pilot.js';
import { expandShards, groupFiles, planShards } from '../../src/cluster/plan.js';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openMatrix } from '../../src/formats/open.js';
import { StackedRows } from '../../src/index.js';
import { csvFrom, npyFrom, temporaryFolder } from '../support/files.js';
import { loadMatrix, type Matrix } from '../support/fixtures.js';

const folder = temporaryFolder();
const matrix = (rows: number, d = 3): Matrix => ({
  rows,
  d,
  values: Float64Array.from({ length: rows * d }, (_, i) => ((i * 37) % 101) - 50),
});

describe('files of a glob', () => {
  const at = (name: string): string => folder.at(join('shards', name));
  mkdirSync(at('U.arrow.work'), { recursive: true });
  for (const name of [
    'K-10.arrow',
    'K-2.arrow',
    'K-1.arrow',
    'K 3.arrow',
    "K'4.arrow",
    'U.arrow',
    'U.arrow.work/p.arrow',
  ]) {
    folder.write(join('shards', name), '');
  }
  symlinkSync(at('K-2.arrow'), at('K-7.arrow'));

  test('come in natural order, links among them', async () => {
    const files = await expandShards(at('K-*.arrow'), []);
    expect(files).toEqual(['K-1.arrow', 'K-2.arrow', 'K-7.arrow', 'K-10.arrow'].map(at));
  });

  test('may have blanks and quotes in their names', async () => {
    expect(await expandShards(at("K['\\ ]*.arrow"), [])).toEqual(['K 3.arrow', "K'4.arrow"].map(at));
  });

  test('the result and the work folder are no shards', async () => {
    const own = [at('U.arrow'), at('U.arrow.work')];
    const files = await expandShards(at('**/*.arrow'), own);
    expect(files).toHaveLength(6);
    expect(files.some((file) => file.includes('U.arrow'))).toBe(false);
  });

  test('none is an error that names the glob', async () => {
    await expect(expandShards(at('L-*.arrow'), [])).rejects.toThrow(/^--shards .*L-\*\.arrow: no such files/);
  });
});

test('groups are consecutive, of nearly equal size, and hold every file once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 1000 }), (count, most) => {
      const files = Array.from({ length: count }, (_, i) => `K-${i}`);
      const groups = groupFiles(files, Math.min(count, most));
      const sizes = groups.map(({ length }) => length);
      expect(groups.flat()).toEqual(files);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    }),
  );
});

describe('rows of shards', () => {
  const paths = [5, 7, 11, 2].map((rows, i) => folder.write(`rows-${i}.npy`, npyFrom(matrix(rows))));
  const counting = (file: string): Promise<number> => countRows(file, { nan: 'error' }, () => {});

  test('add up from the headers', async () => {
    const shards = await planShards([paths.slice(0, 1), paths.slice(1, 3), paths.slice(3)], counting);
    expect(shards.map(({ rows }) => rows)).toEqual([
      [0, 5],
      [5, 23],
      [23, 25],
    ]);
  });

  test('are not looked at where they do not matter', async () => {
    expect(await planShards([['/nowhere.npy']])).toEqual([{ files: ['/nowhere.npy'], rows: null }]);
  });

  test('that no header tells are counted, which is said', async () => {
    const csv = folder.write('unknown.csv', csvFrom(matrix(4)));
    const told: string[] = [];
    const count = (file: string) => countRows(file, { nan: 'error' }, (message) => told.push(message));
    expect(await planShards([[csv], [csv]], count)).toEqual([
      { files: [csv], rows: [0, 4] },
      { files: [csv], rows: [4, 8] },
    ]);
    expect(told[0]).toMatch(/unknown\.csv: does not begin with the number of its rows, so they are counted/);
  });
});

describe('the pilot', () => {
  const openEach = async function* (paths: readonly string[]) {
    for (const path of paths) yield await openMatrix(await openBytes(path));
  };
  const openAll = (paths: readonly string[]) => new StackedRows(openEach(paths));
  const whole = matrix(1500);
  const part = (from: number, to: number): Matrix => ({
    rows: to - from,
    d: 3,
    values: whole.values.slice(from * 3, to * 3),
  });

  test('is the first 1,024 rows, whatever files and types they are in', async () => {
    const paths = [
      folder.write('p-1.npy', npyFrom(part(0, 400))),
      folder.write('p-2.csv', csvFrom(part(400, 1000))),
      folder.write('p-3.npy', npyFrom(part(1000, 1500), 'float64')),
    ];
    const path = folder.at('pilot.npy');
    await writePilot(path, openAll(paths), 'error');
    const pilot = loadMatrix(path);
    expect([pilot.rows, pilot.d]).toEqual([1024, 3]);
    expect(pilot.values).toEqual(whole.values.slice(0, 1024 * 3));
  });

  test('is all rows where there are fewer', async () => {
    const path = folder.at('short.npy');
    await writePilot(path, openAll([folder.write('few.npy', npyFrom(part(0, 9)))]), 'error');
    expect(loadMatrix(path).values).toEqual(whole.values.slice(0, 27));
  });

  test('rows that are not finite are refused, or read as zeros', async () => {
    const bad = part(0, 5);
    bad.values[7] = Number.NaN;
    const file = folder.write('bad.npy', npyFrom(bad));
    const path = folder.at('skipped.npy');
    await expect(writePilot(path, openAll([file]), 'error')).rejects.toThrow(/bad\.npy: row 2, column 1: NaN/);
    await writePilot(path, openAll([file]), 'skip');
    bad.values.fill(0, 6, 9);
    expect(loadMatrix(path).values).toEqual(bad.values);
  });
});
