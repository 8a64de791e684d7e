/** Rows that an input remembers: later passes are served from memory, and are the same. */

import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Input } from '../../src/input/input.js';
import { SILENT } from '../../src/input/notices.js';
import { RowIds } from '../../src/rows/row-ids.js';
import { temporaryFolder } from '../support/files.js';

const folder = temporaryFolder();
const ROWS = 5000;
const text = (from: number): string =>
  `id,a,b\n${Array.from({ length: ROWS }, (_, i) => `r${from + i},${from + i}.5,${(i * 7) % 11}.25`).join('\n')}\n`;

/** All values and ids of a pass. */
async function passOf(input: Input): Promise<{ values: number[]; ids: unknown[] }> {
  const values: number[] = [];
  const ids: unknown[] = [];
  for await (const block of input.rows()) {
    values.push(...block.values.subarray(0, block.rows * block.d));
    for (let i = 0; i < block.rows; i++) ids.push(block.ids?.at(i));
  }
  return { values, ids };
}

describe('an input', () => {
  it('need not read its files again', async () => {
    const paths = [folder.write('one.csv', text(0)), folder.write('two.csv', text(ROWS))];
    const input = new Input(paths, { role: 'K', nan: 'error', idColumn: 'id' }, SILENT);
    input.remember(2 ** 20);
    const first = await passOf(input);
    expect([first.values.length, first.ids[ROWS + 1]]).toEqual([4 * ROWS, `r${ROWS + 1}`]);
    for (const path of paths) rmSync(path);
    expect(await passOf(input)).toEqual(first);
    expect(await passOf(input)).toEqual(first);
    expect(input.describeRow(ROWS + 3)).toMatch(/two\.csv: row 3$/);
    // Rows in other portions than they were read in.
    const rows = input.rows();
    const ids = new RowIds();
    const into = new Float64Array(14);
    const values: number[] = [];
    for (let count = 1; count > 0; ) {
      count = await rows.read(() => into, 7, ids);
      values.push(...into.subarray(0, 2 * count));
    }
    expect([values, ids.length]).toEqual([first.values, 2 * ROWS]);
  });

  it('reads again what has no room', async () => {
    const path = folder.write('three.csv', text(0));
    const input = new Input(path, { role: 'K', nan: 'error' }, SILENT);
    input.remember(1000);
    const first = await passOf(input);
    expect(await passOf(input)).toEqual(first);
    rmSync(path);
    await expect(passOf(input)).rejects.toThrow(/no such file/);
  });
});
