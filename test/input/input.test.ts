/** An input: what it says of files, and when; what it holds. */

import { expect, test } from 'vitest';
import { Input } from '../../src/input/input.js';
import type { Notices } from '../../src/input/notices.js';
import { npyFrom, temporaryFolder } from '../support/files.js';

const folder = temporaryFolder();

function collecting(): Notices & { readonly said: string[] } {
  const said: string[] = [];
  return { said, warn: (message) => said.push(message), info: (_, message) => said.push(message) };
}

const numbers = (rows: number): Float64Array => Float64Array.from({ length: 2 * rows }, (_, i) => i + 1);

test('what is found is told once, even where the first pass ends before the rows do', async () => {
  const files = [10, 20].map((rows) =>
    folder.write(`K-${rows}.npy`, npyFrom({ rows, d: 2, values: numbers(rows) }, 'float64')),
  );
  const notices = collecting();
  const input = new Input(files, { role: 'K', nan: 'error' }, notices);
  for await (const { start } of input.rows()) {
    expect(start).toBe(0);
    break;
  }
  expect(notices.said).toHaveLength(1);
  let rows = 0;
  for await (const block of input.rows()) rows += block.rows;
  expect(rows).toBe(30);
  expect(notices.said).toHaveLength(1);
});

test('rows that are not finite are counted, by what they are', async () => {
  for (const [role, nouns] of [
    ['K', ['1 key', '2 keys']],
    ['Q', ['1 query', '2 queries']],
  ] as const) {
    for (const bad of [1, 2]) {
      const values = numbers(5);
      for (let i = 0; i < bad; i++) values[4 * i] = Number.NaN;
      const path = folder.write('bad.npy', npyFrom({ rows: 5, d: 2, values }, 'float64'));
      const notices = collecting();
      const held = await new Input(path, { role, nan: 'skip' }, notices).hold({});
      expect([held.n, held.index.length]).toEqual([5, 5 - bad]);
      expect(notices.said.at(-1)).toBe(`${nouns[bad - 1]} with NaN, infinities or missing values left out`);
    }
  }
});
