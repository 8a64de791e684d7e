/** Inputs that do not belong together, or not where they are given: what may be swapped or transposed. And outputs under another's name. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { int64Array, npyOf } from '../support/containers.js';
import { npyFrom, temporaryFolder } from '../support/files.js';
import type { Matrix } from '../support/fixtures.js';
import { loadCase } from '../support/fixtures.js';
import { ANSWERS, headFile, keysAt } from '../support/heads.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, shell } from '../support/program.js';
import { fromCsv } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const { K, Q } = loadCase('gaussian');
const transposed = ({ rows, d, values }: Matrix): Matrix => ({
  rows: d,
  d: rows,
  values: Float64Array.from(values, (_, at) => values[(at % rows) * d + Math.floor(at / rows)]!),
});
const V: Matrix = { rows: K.rows, d: 3, values: Float64Array.from({ length: 3 * K.rows }, (_, i) => Math.cos(i)) };
folder.write('K.npy', npyFrom(K));
folder.write('Q.npy', npyFrom(Q));
folder.write('V.npy', npyFrom(V));
folder.write('KT.npy', npyFrom(transposed(K)));
folder.write('QT.npy', npyFrom(transposed(Q)));
folder.write('rows.npy', npyOf(int64Array([0, 1, 2])));

beforeAll(async () => {
  const made = await shell('levattn select-keys K.npy -o U.arrow && levattn sketch K.npy -o K.lev', {
    cwd: folder.path,
  });
  expect(made.code).toBe(0);
});

const qT = new RegExp(`is Q \\(${Q.d}, ${Q.rows}\\) transposed\\?$`);
const kT = new RegExp(`is K \\(${K.d}, ${K.rows}\\) transposed\\?$`);
const SWAPPED = /where K, Q or V itself is expected; are two inputs swapped\?/;

describe.concurrent('65, and what to look for', () => {
  test.each([
    ['Q transposed', 'heavy --keys K.npy QT.npy', qT],
    ['Q transposed, of a U', 'heavy --keys U.arrow QT.npy', qT],
    ['Q transposed, exact', 'heavy --f softmax --keys K.npy QT.npy', qT],
    ['Q transposed, causal', 'heavy --causal --keys K.npy QT.npy', qT],
    ['Q transposed, coverage', 'coverage QT.npy --keys K.npy', qT],
    ['Q transposed, verify', 'verify QT.npy --keys K.npy', qT],
    ['Q transposed, report', 'report QT.npy --keys K.npy -o never.html', qT],
    ['K transposed', 'coverage Q.npy --keys KT.npy', kT],
    [
      'K and V swapped',
      'attend Q.npy --keys V.npy --rows rows.npy --values K.npy',
      /are --keys and --values swapped\?$/,
    ],
    ['a universal set as Q', 'heavy --keys Q.npy U.arrow', SWAPPED],
    ['a universal set as Q of coverage', 'coverage U.arrow --keys K.npy', SWAPPED],
    ['a universal set as K of verify', 'verify Q.npy --keys U.arrow', SWAPPED],
    ['a universal set as K of select-keys', 'select-keys U.arrow', SWAPPED],
    ['a universal set as K of sketch', 'sketch U.arrow -o never.lev', SWAPPED],
    ['a universal set as V', 'attend Q.npy --keys U.arrow --values U.arrow', SWAPPED],
    ['a sketch as Q', 'heavy --keys Q.npy K.lev', SWAPPED],
    ['a sketch as K of verify', 'verify Q.npy --keys K.lev', SWAPPED],
  ])('%s: levattn %s', async (_, command, message) => {
    const outcome = await run(command.split(' '), { cwd: folder.path });
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(message)]);
  });

  test('keys of two heads in a row, with queries of one', async () => {
    const outcome = await run(['coverage', headFile('Q-hnd.npy'), '--keys', headFile('K-columns.npy'), '--head', '0']);
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/4 columns where the keys have 8; .*; if a row of K holds 2 heads, say --heads K=2$/),
    ]);
  });

  test('query heads that are fewer than key heads, which are a multiple of them', async () => {
    const outcome = await run(['coverage', headFile('K-hnd.npy'), '--keys', headFile('Q-hnd.npy')]);
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(/; are K and Q swapped\?$/)]);
  });

  test('the keys of a universal set are read by the name of their column, and by convert', async () => {
    for (const args of [
      ['select-keys', '--column', 'key', 'U.arrow', '--format', 'csv'],
      ['convert', 'U.arrow', '--format', 'csv'],
    ]) {
      expect((await run(args, { cwd: folder.path })).code).toBe(0);
    }
  });
});

describe.concurrent('a name that ends as another format does is reported', () => {
  test.each([
    ['sketch K.npy -o s.arrow', /s\.arrow: holds a sketch, though its name ends as Arrow does/],
    ['merge K.lev -o m.npy', /m\.npy: holds a sketch, though its name ends as npy does/],
    ['report --keys K.npy -o r.csv', /r\.csv: holds a page, though its name ends as CSV does/],
    ['select-keys K.npy --format csv -o U.parquet', /U\.parquet: holds CSV, though its name ends as Parquet does/],
  ])('levattn %s', async (command, message) => {
    const { code, stderr } = await run(command.split(' '), { cwd: folder.path });
    expect([code, stderr]).toEqual([0, expect.stringMatching(message)]);
    expect(stderr.match(/warning/g)).toHaveLength(1);
  });

  test.each([
    'sketch K.npy -o s.lev',
    'select-keys K.npy --format arrow -o U.feather',
    'select-keys K.npy --format csv -o U.dat',
  ])('and no other: levattn %s', async (command) => {
    const { code, stderr } = await run(command.split(' '), { cwd: folder.path });
    expect([code, stderr]).toEqual([0, '']);
  });
});

test.each(['coreset U.arrow -o w.npy', 'heavy --keys K.npy Q.npy -o e.npy', 'coverage Q.npy --keys K.npy -o c.npy'])(
  'npy, which cannot hold it: 64, and every format that can: levattn %s',
  async (command) => {
    const outcome = await run(command.split(' '), { cwd: folder.path });
    expect([outcome.code, errorLine(outcome)]).toEqual([
      64,
      expect.stringMatching(/write Arrow, CSV, NDJSON or Parquet$/),
    ]);
  },
);

describe('attend --rows takes the rows of each head', () => {
  const { heads, queryHeads, n, d, width } = ANSWERS.shape;
  /** Rows of head 0 and of head 1, by no rule. */
  const chosen = [
    [3, 0, 7],
    [1, 5],
  ];
  const list = chosen.flatMap((rows, head) => rows.flatMap((row) => [head, row]));
  const numbers = (name: string, count: number): Float64Array => {
    const bytes = Uint8Array.from(readFileSync(headFile(name)).subarray(-4 * count));
    return Float64Array.from(new Float32Array(bytes.buffer));
  };

  test('an array (rows, 2) of head and row gives softmax attention over these rows alone', async () => {
    const rows = folder.write('heads.npy', npyOf(int64Array(list, [list.length / 2, 2])));
    const args = ['--keys', headFile('K-bhnd.npy'), '--values', headFile('V-bhnd.npy'), '--batch', '0'];
    expect([heads, chosen.length]).toEqual([2, 2]);
    // K has a batch, which the list does not name.
    const refused = await run(['attend', headFile('Q-bhnd.npy'), ...args, '--rows', rows, '--format', 'csv']);
    expect([refused.code, errorLine(refused)]).toEqual([65, expect.stringMatching(/columns batch, head, row/)]);
    const withBatch = list.flatMap((value, at) => (at % 2 === 0 ? [0, value] : [value]));
    const both = folder.write('batch.npy', npyOf(int64Array(withBatch, [list.length / 2, 3])));
    const { code, stdout, stderr } = await run([
      'attend',
      headFile('Q-bhnd.npy'),
      ...args,
      '--rows',
      both,
      '--format',
      'csv',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const { queries } = ANSWERS.shape;
    const q = numbers('Q-bhnd.npy', 2 * queryHeads * queries * d);
    const v = numbers('V-bhnd.npy', 2 * heads * n * width);
    const table = fromCsv(stdout);
    expect(table.columns.slice(0, 2)).toEqual(['batch', 'head']);
    expect(table.rows.length).toBe(queryHeads * queries);
    for (const [at, [, head, ...found]] of table.rows.entries()) {
      const keyHead = Math.floor((head! * heads) / queryHeads);
      const k = keysAt(0, keyHead);
      const query = q.subarray(at * d, (at + 1) * d);
      const weights = chosen[keyHead]!.map((row) =>
        Math.exp(query.reduce((sum, x, j) => sum + x * k[row * d + j]!, 0) / Math.sqrt(d)),
      );
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let j = 0; j < width; j++) {
        const mean = chosen[keyHead]!.reduce(
          (sum, row, i) => sum + (weights[i]! / total) * v[(keyHead * n + row) * width + j]!,
          0,
        );
        expect(Math.abs(found[j]! - mean)).toBeLessThan(1e-5);
      }
    }
  });
});
