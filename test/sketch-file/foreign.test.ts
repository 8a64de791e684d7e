/** A sketch file in the eyes of others: apache-arrow's reader, and one in Python that knows the formats alone. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { encodeSketch, writeSketch } from '../../src/sketch-file/content.js';
import { VERSION } from '../../src/version.js';
import { python } from '../output/python.js';
import { temporaryFolder } from '../support/files.js';
import { everything, joined } from './states.js';

type Numbers = Float64Array | Float32Array | Int32Array;

const folder = temporaryFolder();
const script = fileURLToPath(new URL('read-sketch.py', import.meta.url));

const { accumulator, keys, lewis } = everything.state as {
  accumulator: { gram: Float64Array; exponents: Int32Array };
  keys: Float32Array;
  lewis: { filters: { factor: Float64Array }[] };
};

/** Every array of the state by its path. */
const arrays: readonly (readonly [string, string, Numbers])[] = [
  ['accumulator.gram', 'd', accumulator.gram],
  ['accumulator.exponents', 'i', accumulator.exponents],
  ['keys', 'f', keys],
  ['lewis.filters.0.factor', 'd', lewis.filters[0]!.factor],
  ['lewis.filters.1.factor', 'd', lewis.filters[1]!.factor],
];

const hex = ({ buffer, byteOffset, byteLength }: Numbers): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');
const bits = (value: number): string => hex(Float64Array.of(value));

test('apache-arrow reads its columns', async () => {
  const table = tableFromIPC(joined(await encodeSketch(everything)));
  expect(table.numRows).toBe(1);
  expect(table.schema.fields.map(({ name }) => name)).toEqual(arrays.map(([name]) => name));
  for (const [name, , values] of arrays) {
    const { data } = table.getChild(name)!;
    expect(hex(data[0]!.children[0]!.values.subarray(0, values.length))).toBe(hex(values));
  }
  const metadata = table.schema.metadata;
  expect(metadata.get('levattn.kind')).toBe('sketch');
  expect(metadata.get('levattn.format')).toBe('1');
  expect(metadata.get('levattn.version')).toBe(VERSION);
});

describe.runIf(python)('Python', () => {
  const readFile = (path: string): Record<string, unknown> =>
    JSON.parse(execFileSync('python3', [script, path], { encoding: 'utf8' }));
  const read = async (content = everything): Promise<Record<string, unknown>> => {
    const path = folder.at('s.lev');
    await writeSketch(path, content);
    return readFile(path);
  };

  test('reads its columns by way of the footer, all of them aligned', async () => {
    const { columns, aligned } = await read();
    expect(columns).toEqual(Object.fromEntries(arrays.map(([name, kind, values]) => [name, [kind, hex(values)]])));
    expect(aligned).toBe(true);
  });

  test('comes to the same checksum', async () => {
    const { checksum } = (await read()) as { checksum: [string, string] };
    expect(checksum[0]).toBe(checksum[1]);
  });

  test('reads its JSON to the last bit', async () => {
    const { kind, format, version, header, state } = await read();
    expect([kind, format, version]).toEqual(['sketch', '1', VERSION]);
    expect(header).toEqual({
      f: 'power:4',
      n: bits(12),
      eps: bits(0.1),
      limit: bits(Number.POSITIVE_INFINITY),
      coverage: [[bits(0), bits(12)]],
      note: 'Ω "quoted"\n\0',
    });
    expect(state).toEqual({
      n: bits(12),
      least: bits(-0),
      most: bits(Number.POSITIVE_INFINITY),
      none: null,
      stable: true,
      word: 'null',
      accumulator: { gram: ['float64'], exponents: ['int32'] },
      keys: ['float32'],
      lewis: { p: bits(4), filters: [{ factor: ['float64'] }, { factor: ['float64'], sum: bits(3) }, {}] },
      nothing: [],
      empty: {},
    });
  });

  test('reads one without arrays, and one of many', async () => {
    expect((await read({ header: {}, state: {} })).columns).toEqual({});
    const filters = Array.from({ length: 500 }, (_, i) => ({ factor: Float32Array.of(i, i + 0.5).subarray(i % 3) }));
    const { columns, aligned, checksum } = await read({ header: {}, state: { filters } });
    expect(columns).toEqual(
      Object.fromEntries(filters.map(({ factor }, i) => [`filters.${i}.factor`, ['f', hex(factor)]])),
    );
    expect(aligned).toBe(true);
    expect((checksum as string[])[0]).toBe((checksum as string[])[1]);
  });
});
