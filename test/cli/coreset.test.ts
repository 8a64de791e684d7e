/** `levattn coreset` on the built program. */

import { existsSync, readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { npyFrom, temporaryFolder } from '../support/files.js';
import { errorLine, run } from '../support/program.js';
import { makeMatrix } from '../support/random-matrices.js';
import { fromArrow, fromCsv, fromNdjson } from './answers.js';

const folder = temporaryFolder();
/** Three rows 100,000 times as long as the others, which are in U. */
const matrix = makeMatrix('outliers last', 3000, 6, 3);
const K = folder.write('K.npy', npyFrom({ rows: matrix.n, ...matrix }, 'float64'));
const U = folder.at('U.arrow');

beforeAll(async () => {
  const made = await run(['select-keys', '--f', 'power:1', '--eps', '0.1', '--sample-size', '300', K, '-o', U]);
  expect(made.code).toBe(0);
});

describe.concurrent('coreset', () => {
  test('the same rows and weights in every format', async () => {
    const csv = await run(['coreset', U, '--format', 'csv']);
    expect({ code: csv.code, stderr: csv.stderr }).toEqual({ code: 0, stderr: '' });
    const found = fromCsv(csv.stdout);
    expect(found.columns).toEqual(['index', 'weight']);
    expect(found.rows.length).toBe(303);
    const path = folder.at('rows.ndjson');
    expect((await run(['coreset', U, '-o', path])).code).toBe(0);
    expect(fromNdjson(readFileSync(path))).toEqual(found);
    const piped = await run(['coreset'], { stdin: readFileSync(U) });
    expect(fromArrow(piped.stdout)).toEqual(found);
  });

  test('with the rows as they are in K, U among them with weight 1', async () => {
    const path = folder.at('rows.arrow');
    expect((await run(['coreset', U, '-o', path])).code).toBe(0);
    const table = tableFromIPC(readFileSync(path));
    const about = JSON.parse(table.schema.metadata.get('levattn')!);
    expect(about).toMatchObject({ format: 'levattn.coreset', n: 3000, d: 6, f: 'power:1', eps: 0.1, seed: 0 });
    const { d, values } = matrix;
    const index = Array.from(table.getChild('index')!, Number);
    const weight = Array.from(table.getChild('weight')!, Number);
    for (const [i, key] of [...table.getChild('key')!].entries()) {
      expect(Array.from(key.toArray())).toEqual(Array.from(values.subarray(index[i] * d, (index[i] + 1) * d)));
    }
    expect(about.certain).toBe(3);
    for (const row of [2997, 2998, 2999]) expect(weight[index.indexOf(row)]).toBe(1);
    expect(Math.min(...weight)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...weight)).toBeGreaterThan(1);
  });

  test('of what has no sample: 65, and what to do', async () => {
    const exact = folder.at('exact.arrow');
    expect((await run(['select-keys', K, '-o', exact])).code).toBe(0);
    const path = folder.at('never.arrow');
    const without = await run(['coreset', exact, '-o', path]);
    expect([without.code, errorLine(without)]).toEqual([
      65,
      expect.stringMatching(/exact\.arrow: .*--sample-size 4096/),
    ]);
    expect(existsSync(path)).toBe(false);
  });

  test('npy, which holds no weights: 64', async () => {
    const path = folder.at('rows.npy');
    const outcome = await run(['coreset', U, '-o', path]);
    expect([outcome.code, errorLine(outcome)]).toEqual([64, expect.stringMatching(/weights/)]);
    expect(existsSync(path)).toBe(false);
  });
});
