import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { npyWriter } from '../../src/output/npy.js';
import type { TableBatch } from '../../src/output/table.js';
import { batchOf, INDEX_AND_SCORE, writeTable } from './collecting.js';
import { numpy } from './python.js';

/** The parts of a version 1 file. */
function parse(bytes: Uint8Array): { header: string; values: bigint[] } {
  expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = 10 + view.getUint16(8, true);
  expect(start % 64).toBe(0);
  const values = [];
  for (let at = start; at < bytes.length; at += 8) values.push(view.getBigInt64(at, true));
  return { header: new TextDecoder().decode(bytes.subarray(10, start)).trimEnd(), values };
}

const WHOLE = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52 + 1, 2 ** 53 - 1, 2 ** 53];
const zeros = (index: readonly number[]): TableBatch =>
  batchOf(
    index,
    index.map(() => 0),
  );

describe('npyWriter', () => {
  it('writes the first column as int64', async () => {
    const { header, values } = parse((await writeTable(npyWriter, INDEX_AND_SCORE, [zeros(WHOLE)])).bytes());
    expect(header).toBe(`{'descr': '<i8', 'fortran_order': False, 'shape': (${WHOLE.length},), }`);
    expect(values).toEqual(WHOLE.map(BigInt));
  });

  it('gathers batches, of which some are empty', async () => {
    const sink = await writeTable(npyWriter, INDEX_AND_SCORE, [zeros([]), zeros([5]), zeros([6, 7]), zeros([])]);
    expect(parse(sink.bytes()).values).toEqual([5n, 6n, 7n]);
  });

  it('writes an empty array where there are no rows', async () => {
    const { header, values } = parse((await writeTable(npyWriter, INDEX_AND_SCORE, [])).bytes());
    expect(header).toContain("'shape': (0,)");
    expect(values).toEqual([]);
  });

  it.each([65_535, 65_536, 65_537, 200_000])('%i rows', async (rows) => {
    const index = Array.from({ length: rows }, (_, i) => 2 * i);
    const { values } = parse(
      (await writeTable(npyWriter, INDEX_AND_SCORE, [zeros(index.slice(0, 3)), zeros(index.slice(3))])).bytes(),
    );
    expect(values).toHaveLength(rows);
    expect(values.every((value, i) => value === BigInt(2 * i))).toBe(true);
  });

  it('is not for tables that begin with real numbers', () => {
    expect(() => npyWriter({ columns: [{ name: 'score', type: 'float64' }] }, { write: async () => {} })).toThrow(
      RangeError,
    );
  });

  it.skipIf(!numpy)('np.load reads it (skipped without NumPy)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'levattn-npy-'));
    try {
      for (const rows of [WHOLE, []]) {
        writeFileSync(join(folder, 'U.npy'), (await writeTable(npyWriter, INDEX_AND_SCORE, [zeros(rows)])).bytes());
        const script = 'import numpy as np; a = np.load("U.npy"); print(a.dtype, a.shape, a.tolist())';
        const shown = execFileSync('python3', ['-c', script], { cwd: folder, encoding: 'utf8' });
        expect(shown).toBe(`int64 (${rows.length},) [${rows.join(', ')}]\n`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
