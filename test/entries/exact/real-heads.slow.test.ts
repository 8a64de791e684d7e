/** Softmax entries of real attention heads against brute force, as the built program finds them on all cores. */

import { describe, expect, test } from 'vitest';
import { parseFunction } from '../../../src/functions.js';
import { loadMatrix, sharedData } from '../../support/fixtures.js';
import { run } from '../../support/program.js';
import { expectEntries } from './brute-force.js';

const HEADS = ['ocr-b0h6-line', 'ocr-b1h3-line', 'use-l0h1-passages', 'use-l1h2-passages', 'ocr-b1h4-corpus'];
const present = sharedData('real-attention/use-l0h1-passages_k.npy') !== undefined;

describe.skipIf(!present)(`real heads of the shared data${present ? '' : ' (absent: skipped)'}`, () => {
  test.each(HEADS)('%s', async (name) => {
    const [K, Q] = ['k', 'q'].map((part) => sharedData(`real-attention/${name}_${part}.npy`)!);
    const args = ['heavy', '--f', 'softmax', '--eps', '0.003', '--keys', K, Q, '--format', 'csv'];
    const { code, stdout } = await run(args);
    expect(code).toBe(0);
    const lines = stdout.toString().trim().split('\n').slice(1);
    const found = lines.map((line) => line.split(',').map(Number) as [number, number, number]);
    expect(found.length).toBeGreaterThan(50);
    // The first queries are enough for brute force.
    const queries = loadMatrix(Q);
    const rows = Math.min(queries.rows, 400);
    const question = { K: loadMatrix(K), Q: { ...queries, rows }, f: parseFunction('softmax'), eps: 0.003 };
    expectEntries(
      found.filter(([query]) => query < rows),
      question,
      1e-5,
    );
  });
});
