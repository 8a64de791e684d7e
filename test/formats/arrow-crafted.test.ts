import { Field, Float32, Float64 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowFormat } from '../../src/formats/arrow.js';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import { type Crafted, craft, fixedField, floats, ints, join, listField, twoFields } from './crafted-arrow.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const readings: [string, (bytes: Uint8Array) => ByteReader][] = [
  ['a file', (bytes) => fileOf(bytes)],
  ['a pipe', (bytes) => pipeOf(bytes, 7)],
];

describe.each(readings)('batches that are whole, from %s', (_, source) => {
  it('fixed-size lists', async () => {
    const crafted = { rows: 2, nodes: '2 0, 4 0', buffers: '0 0, 0 0, 0 16', body: floats([1, 2, 3, 4]) };
    expect(await readAll(await arrowFormat.open(source(craft(fixedField(2), crafted)), {}))).toEqual([1, 2, 3, 4]);
  });

  it('lists that begin past the first value, as a slice may', async () => {
    const crafted = {
      rows: 2,
      nodes: '2 0, 7 0',
      buffers: '0 0, 0 12, 16 0, 16 28',
      body: join(ints([3, 5, 7, 0]), floats([9, 9, 9, 1, 2, 3, 4])),
    };
    expect(await readAll(await arrowFormat.open(source(craft(listField, crafted)), {}))).toEqual([1, 2, 3, 4]);
  });

  it('a null count with a bitmap that has none, and nulls not counted', async () => {
    for (const count of [1, -1]) {
      const crafted = {
        rows: 2,
        nodes: `2 ${count}, 4 ${count}`,
        buffers: '0 1, 8 1, 16 16',
        body: join(new Uint8Array(8).fill(3), new Uint8Array(8).fill(15), floats([1, 2, 3, 4])),
      };
      expect(await readAll(await arrowFormat.open(source(craft(fixedField(2), crafted)), {}))).toEqual([1, 2, 3, 4]);
    }
  });

  it('a null among values that begin past the first ones', async () => {
    for (const [hole, row] of [
      [11, 0],
      [12, 1],
      [20, 5],
    ] as const) {
      const bitmap = Buffer.from([0, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
      bitmap[hole >> 3]! ^= 1 << (hole & 7);
      const crafted = {
        rows: 6,
        nodes: '6 0, 24 1',
        buffers: '0 0, 0 28, 32 3, 40 96',
        body: join(ints([10, 12, 14, 16, 18, 20, 22, 0]), bitmap, floats(new Array<number>(24).fill(1))),
      };
      const error = await failureOf(arrowFormat, source(craft(listField, crafted)));
      expect(error?.message).toContain(`row ${row} has a null in column key`);
    }
  });

  it('values that are not aligned', async () => {
    const crafted = {
      rows: 2,
      nodes: '2 0, 2 0',
      buffers: '0 0, 1 8, 0 0, 10 8',
      body: join(new Uint8Array(1), floats([1, 2]), new Uint8Array(1), floats([3, 4])),
    };
    expect(await readAll(await arrowFormat.open(source(craft(twoFields, crafted)), {}))).toEqual([1, 3, 2, 4]);
  });

  it('columns whose values lie in another order', async () => {
    const crafted = { rows: 2, nodes: '2 0, 2 0', buffers: '0 0, 8 8, 0 0, 0 8', body: floats([3, 4, 1, 2]) };
    expect(await readAll(await arrowFormat.open(source(craft(twoFields, crafted)), {}))).toEqual([1, 3, 2, 4]);
  });

  it('columns far apart', async () => {
    const crafted = {
      rows: 2,
      nodes: '2 0, 2 0',
      buffers: '0 0, 0 8, 0 0, 100000 8',
      body: join(floats([1, 2]), new Uint8Array(100_000 - 8), floats([3, 4])),
    };
    expect(await readAll(await arrowFormat.open(source(craft(twoFields, crafted)), {}))).toEqual([1, 3, 2, 4]);
  });
});

describe('batches that contradict themselves', () => {
  const good: Crafted = { rows: 2, nodes: '2 0, 4 0', buffers: '0 0, 0 0, 0 16', body: floats([1, 2, 3, 4]) };
  const goodList: Crafted = {
    rows: 2,
    nodes: '2 0, 4 0',
    buffers: '0 0, 0 12, 16 0, 16 16',
    body: join(ints([0, 2, 4, 0]), floats([1, 2, 3, 4])),
  };
  const offsets = (...values: number[]): Crafted => ({ ...goodList, body: join(ints(values), floats([1, 2, 3, 4])) });
  const goodTwo: Crafted = { rows: 2, nodes: '2 0, 2 0', buffers: '0 0, 0 8, 0 0, 8 8', body: floats([1, 2, 3, 4]) };
  const cases: [string, readonly Field[], Crafted, RegExp][] = [
    ['negative rows', fixedField(2), { ...good, rows: -2 }, /negative number/],
    ['other rows than its columns', fixedField(2), { ...good, rows: 3 }, /column key does not have the batch's 3 rows/],
    ['a buffer past the body', fixedField(2), { ...good, buffers: '0 0, 0 0, 8 16' }, /outside the body/],
    ['a negative buffer', fixedField(2), { ...good, buffers: '0 0, 0 0, -8 16' }, /outside the body/],
    ['a negative length', fixedField(2), { ...good, buffers: '0 0, 0 0, 0 -16' }, /outside the body/],
    ['a negative body', fixedField(2), { ...good, bodyLength: -16 }, /negative length/],
    ['too few values', fixedField(2), { ...good, buffers: '0 0, 0 0, 0 12' }, /column key lacks values/],
    ['too few entries', fixedField(2), { ...good, nodes: '2 0, 3 0' }, /column key lacks values/],
    ['too few buffers', fixedField(2), { ...good, buffers: '0 0, 0 16' }, /2 buffers where the schema asks for 3/],
    ['too many nodes', fixedField(2), { ...good, nodes: '2 0, 4 0, 2 0' }, /buffers where the schema asks for/],
    ['no nodes', fixedField(2), { ...good, nodes: '' }, /does not have/],
    ['nulls without a bitmap', fixedField(2), { ...good, nodes: '2 1, 4 0' }, /lacks its validity buffer/],
    ['a short bitmap', fixedField(2), { ...good, nodes: '2 0, 4 1' }, /lacks its validity buffer/],
    ['offsets that go back', listField, offsets(0, 2, 1, 0), /offsets that go back/],
    ['a negative offset', listField, offsets(-2, 0, 2, 0), /negative offset/],
    ['offsets past the values', listField, offsets(2, 4, 6, 0), /lacks values/],
    ['huge offsets', listField, offsets(2147483643, 2147483645, 2147483647, 0), /lacks values/],
    ['too few offsets', listField, { ...goodList, buffers: '0 0, 0 8, 16 0, 16 16' }, /lacks offsets/],
    [
      'values before the offsets',
      listField,
      { ...goodList, body: join(floats([1, 2, 3, 4]), ints([0, 2, 4, 0])), buffers: '0 0, 16 12, 0 0, 0 16' },
      /out of order/,
    ],
    ['columns that overlap', twoFields, { ...goodTwo, buffers: '0 0, 0 8, 0 0, 4 8' }, /overlap/],
    ['short columns', twoFields, { ...goodTwo, buffers: '0 0, 0 8, 0 0, 8 4' }, /column b lacks values/],
  ];
  it.each(cases)('%s', async (_, fields, crafted, message) => {
    for (const [, source] of readings) {
      const error = await failureOf(arrowFormat, source(craft(fields, crafted)));
      expect(error?.kind).toBe('data');
      expect(error?.message).toMatch(message);
    }
  });

  it('columns of which a large one reaches past all others', async () => {
    const fields = [new Field('a', new Float64(), true), new Field('b', new Float32(), true)];
    const rows = 400_000;
    const crafted: Crafted = {
      rows,
      nodes: `${rows} 0, ${rows} 0`,
      buffers: `0 0, 0 ${8 * rows}, 0 0, 8 ${4 * rows}`,
      body: new Uint8Array(8 * rows),
    };
    expect((await failureOf(arrowFormat, fileOf(craft(fields, crafted))))?.message).toMatch(/overlap/);
  });
});
