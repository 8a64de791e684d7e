/** What is missing of a job: told by its sketch files alone. */

import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Job, workFolder } from '../../src/cluster/job.js';
import { inspectJob, inspectShard } from '../../src/cluster/sketches.js';
import { writeSketch } from '../../src/sketch-file/content.js';
import type { JsonObject } from '../../src/sketch-file/json.js';
import { temporaryFolder } from '../support/files.js';
import { headerOf, ROWS } from './headers.js';

const folder = temporaryFolder();
const work = workFolder(folder.at('work'));
const output = folder.at('U.arrow');
const SHARDS = 3;

const jobOf = (f: string, rows: boolean): Job => ({
  definition: { pattern: 'K-*.npy', output, f, eps: 0.05, sketch: [] },
  shards: Array.from({ length: SHARDS }, (_, i) => ({
    files: [`/K-${i}.npy`],
    rows: rows ? [i * ROWS, (i + 1) * ROWS] : null,
  })),
  sbatch: [],
});
const job = jobOf('power:2', false);

const put = (shard: number, changes: JsonObject = {}): Promise<void> =>
  writeSketch(work.sketch(shard), {
    header: headerOf(shard, SHARDS, changes),
    state: { sums: new Float64Array(50) },
  });
/** Sets when a file was written, in seconds. */
const date = (path: string, seconds: number): void => utimesSync(path, seconds, seconds);

beforeEach(async () => {
  rmSync(work.path, { recursive: true, force: true });
  rmSync(output, { force: true });
  mkdirSync(work.sketches, { recursive: true });
  for (let shard = 1; shard <= SHARDS; shard++) await put(shard);
});

const problemOf = async (shard: number, of = job): Promise<string | null | undefined> =>
  (await inspectShard(work, of, shard))?.problem;

describe('a sketch', () => {
  test('that is right is not missing', async () => expect(await inspectShard(work, job, 2)).toBeUndefined());

  test('that is not there has no problem, it is missing', async () => {
    rmSync(work.sketch(2));
    expect(await inspectShard(work, job, 2)).toEqual({ shard: 2, problem: null });
  });

  test('that is damaged anywhere is missing', async () => {
    const whole = readFileSync(work.sketch(2));
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 40)) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 4;
      writeFileSync(work.sketch(2), damaged);
      expect(await problemOf(2)).toContain('2.lev');
    }
    for (const length of [0, 1, whole.length >> 1, whole.length - 1]) {
      writeFileSync(work.sketch(2), whole.subarray(0, length));
      expect(await problemOf(2)).toContain('2.lev');
    }
  });

  test.each<[JsonObject, RegExp]>([
    [{ f: 'power:4', family: { a: 4, b: 4 } }, /for f = power:4, not power:2/],
    [{ eps: 0.1 }, /for eps = 0\.1, not 0\.05/],
    [{ kind: 'checkpoint' }, /2\.lev: the checkpoint of an unfinished pass/],
    [{ coverage: { kind: 'shards', of: SHARDS, shards: [[1, ROWS]] } }, /of shard 1 of 3, not of shard 2 of 3/],
    [{ coverage: { kind: 'shards', of: 4, shards: [[2, ROWS]] } }, /of shard 2 of 4, not of shard 2 of 3/],
    [
      {
        coverage: {
          kind: 'shards',
          of: SHARDS,
          shards: [
            [2, 9],
            [3, 9],
          ],
        },
      },
      /of shards 2-3 of 3, not of/,
    ],
    [{ coverage: { kind: 'rows', ranges: [[0, ROWS]] } }, /of rows 0-9, not of shard 2 of 3/],
    [{ coverage: {} }, /coverage/],
  ])('of %j is missing, and said to be', async (changes, message) => {
    await put(2, changes);
    expect(await problemOf(2)).toMatch(message);
  });
});

test('where rows are numbered beforehand, they must be those of the shard', async () => {
  const rowsJob = jobOf('power:4', true);
  const covering = (coverage: JsonObject) => put(2, { f: 'power:4', family: { a: 4, b: 4 }, coverage });
  await covering({ kind: 'rows', ranges: [[ROWS, 2 * ROWS]] });
  expect(await inspectShard(work, rowsJob, 2)).toBeUndefined();
  await covering({ kind: 'rows', ranges: [[0, ROWS]] });
  expect(await problemOf(2, rowsJob)).toMatch(/of rows 0-9, not of rows 10-19/);
  await covering({
    kind: 'rows',
    ranges: [
      [ROWS, 12],
      [13, 2 * ROWS],
    ],
  });
  expect(await problemOf(2, rowsJob)).toMatch(/of rows 10-11, rows 13-19, not of/);
  await covering({ kind: 'shards', of: SHARDS, shards: [[2, ROWS]] });
  expect(await problemOf(2, rowsJob)).toMatch(/of shard 2 of 3, not of rows 10-19/);
});

describe('a job', () => {
  test('is done when its result is as young as its youngest sketch', async () => {
    for (const shard of [1, 2, 3]) date(work.sketch(shard), 1000 + shard);
    expect(await inspectJob(work, job)).toEqual({ missing: [], done: false });
    writeFileSync(output, 'U');
    date(output, 1003);
    expect(await inspectJob(work, job)).toEqual({ missing: [], done: true });
    date(output, 1002);
    expect(await inspectJob(work, job)).toEqual({ missing: [], done: false });
  });

  test('is not done while a shard is missing, whatever its result', async () => {
    writeFileSync(output, 'U');
    rmSync(work.sketch(1));
    await put(3, { eps: 0.2 });
    const { missing, done } = await inspectJob(work, job);
    expect(missing.map(({ shard }) => shard)).toEqual([1, 3]);
    expect(done).toBe(false);
  });
});
