import { Bool, Field, FixedSizeList, Float32, Float64, Int32, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowFormat, matrixFromArrow, openArrow, readArrowTable } from '../../src/formats/arrow.js';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import { allocate, type MatrixReader } from '../../src/rows/row-block.js';
import { type Crafted, craft, fixedField, floats, ints, join, listField, twoFields } from './crafted-arrow.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const readings: [string, (bytes: Uint8Array) => ByteReader][] = [
  ['a file', (bytes) => fileOf(bytes)],
  ['a pipe', (bytes) => pipeOf(bytes, 7)],
];

describe('what metadata promise', () => {
  const rows = 2 ** 45;

  it('costs nothing: 2^45 rows', async () => {
    const promised: [readonly Field[], Crafted][] = [
      [
        fixedField(2),
        {
          rows,
          nodes: `${rows} 0, ${2 * rows} 0`,
          buffers: `0 0, 0 0, 0 ${8 * rows}`,
          body: floats([1, 2, 3]),
          bodyLength: 8 * rows,
        },
      ],
      [
        twoFields,
        {
          rows,
          nodes: `${rows} 0, ${rows} 0`,
          buffers: `0 0, 0 ${4 * rows}, 0 0, ${4 * rows} ${4 * rows}`,
          body: floats([1, 2, 3]),
          bodyLength: 8 * rows,
        },
      ],
    ];
    for (const [fields, crafted] of promised) {
      for (const [, source] of readings) {
        expect((await failureOf(arrowFormat, source(craft(fields, crafted))))?.message).toMatch(
          /data ends in row [012]/,
        );
      }
    }
    const table = openArrow(fileOf(craft(...promised[0]!))).then(readArrowTable);
    await expect(table).rejects.toThrow(/data ends in row 0/);
  });

  it('has limits: lists of a billion, none, or less', async () => {
    for (const size of [1e9, 8193, 0, -1]) {
      const fields = fixedField(size);
      const crafted: Crafted = { rows: 0, nodes: '0 0, 0 0', buffers: '0 0, 0 0, 0 0', body: floats([]) };
      expect((await failureOf(arrowFormat, fileOf(craft(fields, crafted))))?.message).toBe(
        `memory: column key has ${size} entries; from 1 to 8192 are read`,
      );
    }
    const crafted: Crafted = {
      rows: 1,
      nodes: `1 0, ${1e9} 0`,
      buffers: `0 0, 0 8, 8 0, 8 ${4e9}`,
      body: ints([0, 1e9]),
      bodyLength: 4e9 + 8,
    };
    expect((await failureOf(arrowFormat, pipeOf(craft(listField, crafted))))?.message).toMatch(
      /row 0 of column key has 1000000000/,
    );
  });

  it('is looked for in the footer of a file without a schema in front, but not through a long pipe', async () => {
    const nodes = `${rows} 0, ${2 * rows} 0`;
    const batch = { rows, nodes, buffers: `0 0, 0 0, 0 ${8 * rows}`, body: floats([]), bodyLength: 8 * rows };
    const whole = craft(fixedField(2), batch);
    const schemaBytes = 8 + Buffer.from(whole).readInt32LE(4);
    const bytes = join(Buffer.from('ARROW1\0\0'), whole.subarray(schemaBytes));
    expect((await failureOf(arrowFormat, pipeOf(bytes)))?.message).toMatch(/schema is only at its end; name the file/);
    expect((await failureOf(arrowFormat, fileOf(bytes)))?.message).toMatch(/data ends before the Arrow schema/);
  });

  it('one line, whatever the names are', async () => {
    const fields = [new Field(`a\nb\u0007${'c'.repeat(1000)}`, new Utf8(), true), new Field('n', new Utf8(), true)];
    const crafted: Crafted = { rows: 0, nodes: '0 0, 0 0', buffers: '0 0, 0 0, 0 0, 0 0, 0 0, 0 0', body: floats([]) };
    const message = (await failureOf(arrowFormat, fileOf(craft(fields, crafted))))?.message ?? '';
    expect(message).toMatch(/no matrix in its columns \(a\\nb/);
    expect(message).not.toContain('\n');
    expect(message).not.toContain('\u0007');
    expect(message.length).toBeLessThan(300);
  });
});

describe('a large batch of number columns', () => {
  // 68 MiB: read at their places in a file, held from a pipe.
  const n = 6_000_000;
  const fields = [
    new Field('a', new Float32(), true),
    new Field('id', new Int32(), true),
    new Field('b', new Float64(), true),
  ];
  const value = (i: number, j: number): number => ((2 * i + j) % 4099) / 8;
  const a = Float32Array.from({ length: n }, (_, i) => value(i, 0));
  const b = Float64Array.from({ length: n }, (_, i) => value(i, 1));
  const bytes = craft(fields, {
    rows: n,
    nodes: `${n} 0, ${n} 0, ${n} 0`,
    buffers: `0 0, 0 ${4 * n}, ${4 * n} 0, ${4 * n} ${4 * n}, ${8 * n} 0, ${8 * n} ${8 * n}`,
    body: join(new Uint8Array(a.buffer), new Uint8Array(4 * n), new Uint8Array(b.buffer)),
  });

  async function countRight(reader: MatrixReader): Promise<number> {
    const into = allocate(reader.dtype, 2 * 70_000);
    let row = 0;
    let bytesBefore = 0;
    for (;;) {
      const rows = await reader.read(into, 70_000);
      if (rows === 0) return row;
      for (let i = 0; i < rows; i++, row++) {
        if (into[2 * i] !== value(row, 0) || into[2 * i + 1] !== value(row, 1)) return -row;
      }
      expect(reader.progress().bytes).toBeGreaterThan(bytesBefore);
      bytesBefore = reader.progress().bytes;
    }
  }

  it.each([
    ['a file', () => fileOf(bytes)],
    ['a pipe', () => pipeOf(bytes, 1 << 20)],
  ])('from %s', async (_, source) => {
    const reader = await arrowFormat.open(source(), {});
    expect(await countRight(reader)).toBe(n);
    expect(reader.progress().bytes).toBe(bytes.length);
  });

  it('that breaks off', async () => {
    const cut = bytes.subarray(0, bytes.length - 1000);
    expect((await failureOf(arrowFormat, fileOf(cut)))?.message).toMatch(
      /memory: data ends in row 5\d{6}; the file is truncated/,
    );
    expect((await failureOf(arrowFormat, pipeOf(cut, 1 << 20)))?.message).toMatch(
      /pipe: data ends in row 0; the pipe ended early/,
    );
  });
});

describe('batches that are read at their places in several blocks, with missing values', () => {
  const bitmapOf = (length: number, isSet: (i: number) => boolean): Uint8Array => {
    const bits = new Uint8Array(Math.ceil(length / 64) * 8);
    for (let i = 0; i < length; i++) if (isSet(i)) bits[i >> 3]! |= 1 << (i & 7);
    return bits;
  };
  const read = async (bytes: Uint8Array, holdBytes: number): Promise<number[]> => {
    const reader = await matrixFromArrow(await openArrow(fileOf(bytes)), { missing: 'nan' }, holdBytes);
    return readAll(reader, 10_001);
  };

  const firstDifference = (values: readonly number[], expected: readonly number[]): number =>
    values.length === expected.length ? values.findIndex((value, i) => !Object.is(value, expected[i])) : values.length;

  it('numbers and truth values', async () => {
    const n = 600_003;
    const values = Float64Array.from({ length: n }, (_, i) => (i % 4099) / 8);
    const [validity, flags] = [bitmapOf(n, (i) => i % 400_001 !== 5), bitmapOf(n, (i) => i % 3 === 0)];
    const fields = [new Field('x', new Float64(), true), new Field('f', new Bool(), true)];
    const bytes = craft(fields, {
      rows: n,
      nodes: `${n} 2, ${n} 0`,
      buffers: `0 ${validity.length}, ${validity.length} ${8 * n}, 0 0, ${validity.length + 8 * n} ${flags.length}`,
      body: join(validity, new Uint8Array(values.buffer), flags),
    });
    const expected = Array.from(values).flatMap((value, i) => [
      i % 400_001 === 5 ? Number.NaN : value,
      i % 3 === 0 ? 1 : 0,
    ]);
    for (const holdBytes of [0, 2 ** 30]) expect(firstDifference(await read(bytes, holdBytes), expected)).toBe(-1);
  });

  it('lists', async () => {
    const [n, d] = [500_003, 3];
    const values = Float32Array.from({ length: n * d }, (_, i) => (i % 4099) / 8);
    const [rows, entries] = [bitmapOf(n, (i) => i % 300_001 !== 7), bitmapOf(n * d, (i) => i % 900_001 !== 11)];
    const body = join(rows, entries, new Uint8Array(values.buffer));
    const bytes = craft([new Field('key', new FixedSizeList(d, new Field('item', new Float32(), true)), true)], {
      rows: n,
      nodes: `${n} 2, ${n * d} -1`,
      buffers: `0 ${rows.length}, ${rows.length} ${entries.length}, ${rows.length + entries.length} ${values.byteLength}`,
      body: join(body, new Uint8Array(-body.length & 7)),
    });
    const expected = Array.from(values).map((value, i) =>
      Math.floor(i / d) % 300_001 === 7 || i % 900_001 === 11 ? Number.NaN : value,
    );
    for (const holdBytes of [0, 2 ** 30]) expect(firstDifference(await read(bytes, holdBytes), expected)).toBe(-1);
  });
});
