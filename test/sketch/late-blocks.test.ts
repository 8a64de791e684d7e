/**
 * Blocks of files that the thread which sums them reads: the same bytes as of blocks that were in memory, whatever is looked at afterwards.
 * Runs the built modules, as threads do.
 */

import { truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectSame } from '../support/comparisons.js';
import { npyHeader, temporaryFolder } from '../support/files.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

const { selectKeys } = await import('../../dist/sketch/select-keys.js');
const { StackedRows } = await import('../../dist/rows/stacked-rows.js');
const { openMatrix } = await import('../../dist/formats/open.js');
const { openBytes } = await import('../../dist/formats/bytes/sources.js');
const { parseFunction } = await import('../../dist/functions.js');

type SelectOptions = NonNullable<Parameters<typeof selectKeys>[1]>;

const folder = temporaryFolder();

/** A block is longer than what a reader looks ahead, 64 KiB. Rows are read late from the 1,040th on, when there is a factor to screen them with. */
const D = 260;
const BLOCK_ROWS = 64;
const N = 30 * BLOCK_ROWS + 11;

/** Gaussian rows, of which some late ones are large in a column: they are looked at again, as candidates. */
function keys(): Float32Array {
  const values = Float32Array.from({ length: N * D }, gaussianFrom(randomFrom(3)));
  for (const row of [70, 1500, 1501, 1655, N - 1]) values[row * D + (row % D)] = 400;
  return values;
}

const bytesOf = (values: Float32Array | Float64Array): Buffer =>
  Buffer.concat([
    npyHeader(values instanceof Float32Array ? '<f4' : '<f8', [values.length / D, D]),
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ]);

async function* opened(...paths: string[]) {
  for (const path of paths) yield await openMatrix(await openBytes(path));
}

const fileRows = (...paths: string[]) => new StackedRows(opened(...paths));

const options: SelectOptions = { eps: 0.05, blockRows: BLOCK_ROWS };

const ways: Readonly<Record<string, SelectOptions>> = {
  'x^2': {},
  'x^2 with a coreset': { sample: { size: 20, seed: 1 }, coresetSize: 40 },
  'a share of the rows': { sampleRate: 5 },
  'x^4': { f: parseFunction('power:4'), eps: 0.2 },
  Huber: { f: parseFunction('huber:1'), eps: 0.2 },
  'the best': { top: 7 },
};

describe.each(Object.entries(ways))('%s', (_, way) => {
  test.each(['float32', 'float64'])('%s', async (dtype) => {
    const values = dtype === 'float32' ? keys() : Float64Array.from(keys());
    const path = folder.write(`${dtype}.npy`, bytesOf(values));
    const inMemory = [{ start: 0, rows: N, d: D, values }];
    const expected = await selectKeys(inMemory, { ...options, ...way });
    expect(expected.index).toContain(1501);
    for (const threads of [1, 2]) {
      expectSame(await selectKeys(fileRows(path), { ...options, ...way, threads }), expected, `${threads} threads`);
    }
  });
});

test('several files, of both types, that end within blocks', async () => {
  const values = keys();
  const parts = [
    values.subarray(0, 1301 * D),
    Float64Array.from(values.subarray(1301 * D, 1400 * D)),
    values.subarray(1400 * D),
  ];
  const paths = parts.map((part, i) => folder.write(`part-${i}.npy`, bytesOf(part)));
  const one = await selectKeys(fileRows(...paths), options);
  expect(one.index).toContain(1501);
  expectSame(await selectKeys(fileRows(...paths), { ...options, threads: 2 }), one);
});

test('rows that are not finite are skipped, or told', async () => {
  const values = keys();
  values[1400 * D + 5] = Number.NaN;
  const path = folder.write('nan.npy', bytesOf(values));
  const skipping = { ...options, nonFinite: 'skip' } as const;
  const one = await selectKeys([{ start: 0, rows: N, d: D, values: values.slice() }], skipping);
  expect(one.skipped).toBe(1);
  expectSame(await selectKeys(fileRows(path), { ...skipping, threads: 2 }), one);
  await expect(selectKeys(fileRows(path), { ...options, threads: 2 })).rejects.toThrow(/row 1400/);
});

test('a file that becomes shorter meanwhile is told', async () => {
  const path = folder.write('shorter.npy', bytesOf(keys()));
  let blocks = 0;
  const onProgress = (): void => {
    if (++blocks === 8) truncateSync(path, 128 + 4 * D * BLOCK_ROWS * 27 + 10);
  };
  await expect(selectKeys(fileRows(path), { ...options, threads: 2, onProgress })).rejects.toThrow(
    /shorter\.npy: the file has become shorter while it was read/,
  );
});
