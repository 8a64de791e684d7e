import {
  Binary,
  Bool,
  DateMillisecond,
  Dictionary,
  Field,
  Float32,
  Int16,
  Int32,
  Int64,
  Null,
  Struct,
  type Table,
  Uint64,
  Utf8,
  Utf8View,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowFormat, matrixFromArrow, openArrow, readArrowTable } from '../../src/formats/arrow.js';
import { encodeNpyHeader, npyFormat } from '../../src/formats/npy.js';
import { bytesOf, type FloatName, listType, listVector, rowsOf, tableOf } from './arrow-tables.js';
import { failureOf, fileOf, numbers, pipeOf, readAll } from './reading.js';

const FORMS = ['stream', 'file'] as const;
const KINDS = ['FixedSizeList', 'List', 'LargeList'] as const;
const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const number32 = (values: readonly (number | null)[]): Vector => vectorFromArray(values, new Float32());

/** Ids, then lists in batches of 5, 0 and 4 rows, then text. */
function idTable(kind: (typeof KINDS)[number], name: FloatName, values: number[], d: number): Table {
  const type = listType(kind, d, name);
  const rows = rowsOf(values, d);
  const batch = (part: number[][], first: number) => ({
    id: vectorFromArray(
      part.map((_, i) => `row ${first + i}`),
      new Utf8(),
    ),
    key: listVector(type, part),
    weight: vectorFromArray(
      part.map((_, i) => BigInt(i)),
      new Int64(),
    ),
  });
  return tableOf([batch(rows.slice(0, 5), 0), batch([], 5), batch(rows.slice(5), 5)]);
}

describe('a column of lists', () => {
  for (const form of FORMS) {
    for (const kind of KINDS) {
      for (const name of ['float16', 'float32', 'float64'] as const) {
        it(`${kind} of ${name} in a ${form}`, async () => {
          const values = numbers(9 * 3);
          const bytes = bytesOf(idTable(kind, name, values, 3), form);
          expect(arrowFormat.recognise(bytes.subarray(0, 4096))).toBe(true);
          for (const source of [fileOf(bytes), fileOf(bytes, 1), pipeOf(bytes, 7), pipeOf(bytes)]) {
            const reader = await arrowFormat.open(source, {});
            const type = `${kind}${kind === 'FixedSizeList' ? '[3]' : ''}<F${name.slice(1)}>`;
            expect(reader.description).toBe(`Arrow ${form}, column key: ${type}`);
            expect([reader.d, reader.dtype]).toEqual([3, name === 'float64' ? 'float64' : 'float32']);
            expect(await readAll(reader, 2)).toEqual(values);
            expect(await reader.read(new Float64Array(3) as never, 1)).toBe(0);
            expect(await source.atEnd()).toBe(true);
            expect(reader.progress().bytes).toBe(bytes.length);
          }
        });
      }
    }
  }

  it('slices that the writer has cut out of longer columns', async () => {
    for (const kind of KINDS) {
      const values = numbers(40 * 4);
      const table = tableOf([{ key: listVector(listType(kind, 4), rowsOf(values, 4)) }]).slice(13, 29);
      expect(await readAll(await arrowFormat.open(fileOf(bytesOf(table, 'stream')), {}))).toEqual(
        values.slice(13 * 4, 29 * 4),
      );
    }
  });

  it('integers where nothing floating is there, or where they are named', async () => {
    const ints = vectorFromArray(
      [
        [1, 2],
        [3, -4],
      ],
      listTypeOf(new Int16()),
    );
    const alone = bytesOf(tableOf([{ key: ints }]), 'stream');
    expect(await readAll(await arrowFormat.open(fileOf(alone), {}))).toEqual([1, 2, 3, -4]);
    const both = bytesOf(tableOf([{ key: ints, x: number32([5, 6]) }]), 'stream');
    expect(await readAll(await arrowFormat.open(fileOf(both), {}))).toEqual([5, 6]);
    expect(await readAll(await arrowFormat.open(fileOf(both), { column: 'key' }))).toEqual([1, 2, 3, -4]);
  });

  it('gives the rows of a batch without waiting for the next one', async () => {
    const bytes = bytesOf(idTable('FixedSizeList', 'float32', numbers(27), 3), 'stream');
    const source = pipeOf(bytes);
    const reader = await arrowFormat.open(source, {});
    expect(await reader.read(new Float32Array(300), 100)).toBe(5);
    expect(await reader.read(new Float32Array(300), 100)).toBe(4);
    expect(await reader.read(new Float32Array(300), 100)).toBe(0);
  });

  it('holds no rows: fixed-size lists give a matrix of none, lists of any length no columns', async () => {
    for (const form of FORMS) {
      const empty = (kind: (typeof KINDS)[number]) =>
        bytesOf(tableOf([{ key: listVector(listType(kind, 3), []) }]), form);
      const reader = await arrowFormat.open(fileOf(empty('FixedSizeList')), {});
      expect([reader.d, await readAll(reader)]).toEqual([3, []]);
      expect((await failureOf(arrowFormat, fileOf(empty('List'))))?.message).toMatch(/no rows/);
    }
  });

  it('names the row of another length', async () => {
    for (const kind of ['List', 'LargeList'] as const) {
      const type = listType(kind, 2);
      const first = {
        key: listVector(type, [
          [1, 2],
          [3, 4],
        ]),
      };
      const second = { key: listVector(type, [[5, 6], [7], [8, 9]]) };
      expect((await failureOf(arrowFormat, fileOf(bytesOf(tableOf([first, second]), 'stream'))))?.message).toBe(
        'memory: row 3 of column key has 1 entries, row 0 has 2; all rows must have as many',
      );
      const none = bytesOf(tableOf([{ key: listVector(type, [[], []]) }]), 'stream');
      expect((await failureOf(arrowFormat, fileOf(none)))?.message).toMatch(/row 0 of column key has 0 entries/);
    }
  });

  it('names the row of a null, missing lists and missing entries', async () => {
    for (const kind of KINDS) {
      const type = listType(kind, 2);
      const whole = rowsOf(numbers(200), 2);
      for (const hole of [null, [1, null]]) {
        for (const at of [0, 1, 9, 63, 99]) {
          const rows = whole.map((row, i) => (i === at ? hole : row));
          const table = tableOf([{ key: listVector(type, whole) }, { key: listVector(type, rows) }]);
          expect((await failureOf(arrowFormat, fileOf(bytesOf(table, 'stream'))))?.message).toBe(
            `memory: row ${100 + at} has a null in column key; fill or drop such rows first, or skip them with --missing skip`,
          );
        }
      }
    }
  });
});

describe('columns of numbers', () => {
  const columns = {
    id: vectorFromArray([10n, 11n, 12n], new Int64()),
    a: number32([1, 2, 3]),
    name: vectorFromArray(['x', 'y', 'z'], new Utf8()),
    b: vectorFromArray([4, 5, 6], listTypeOf(new Float32()).children[0]!.type),
    c: vectorFromArray([1e300, 8, 9]),
  };

  it('the floating ones, so that ids stay out', async () => {
    for (const form of FORMS) {
      const bytes = bytesOf(tableOf([columns, columns]), form);
      for (const source of [fileOf(bytes), fileOf(bytes, 1), pipeOf(bytes, 7)]) {
        const reader = await arrowFormat.open(source, {});
        expect(reader.description).toBe(`Arrow ${form}, 3 Float32/Float64 columns a, b, c (left out: id (Int64))`);
        expect(reader.leftOut).toEqual(['id']);
        expect(reader.dtype).toBe('float64');
        const rows = [1, 4, 1e300, 2, 5, 8, 3, 6, 9];
        expect(await readAll(reader, 2)).toEqual([...rows, ...rows]);
        expect(await source.atEnd()).toBe(true);
        expect(reader.progress()).toEqual({ bytes: bytes.length, totalBytes: source.size });
      }
    }
  });

  it('the named ones in the order of their names', async () => {
    const reader = await arrowFormat.open(fileOf(bytesOf(tableOf([columns]), 'stream')), { columns: ['b', 'id'] });
    expect(reader.description).toBe('Arrow stream, 2 Float32/Int64 columns b, id');
    expect(await readAll(reader)).toEqual([4, 10, 5, 11, 6, 12]);
  });

  it('integers where there is nothing else', async () => {
    const { id, name } = columns;
    const big = vectorFromArray([0n, 2n ** 64n - 1n, 2n ** 53n], new Uint64());
    const reader = await arrowFormat.open(fileOf(bytesOf(tableOf([{ id, name, big }]), 'stream')), {});
    expect(await readAll(reader)).toEqual([10, 0, 11, 2 ** 64, 12, 2 ** 53]);
  });

  it('names the row and the column of a null', async () => {
    const hole = { ...columns, b: vectorFromArray([4, null, 6], new Float32()) };
    expect((await failureOf(arrowFormat, fileOf(bytesOf(tableOf([columns, hole]), 'file'))))?.message).toBe(
      'memory: row 4 has a null in column b; fill or drop such rows first, or skip them with --missing skip',
    );
    const other = { ...columns, name: vectorFromArray(['x', null, null], new Utf8()) };
    expect(await failureOf(arrowFormat, fileOf(bytesOf(tableOf([columns, other]), 'file')))).toBeUndefined();
  });

  it('says which columns there are', async () => {
    const bytes = bytesOf(tableOf([columns]), 'stream');
    const failure = async (options: object) => (await failureOf(arrowFormat, fileOf(bytes), options))?.message;
    const all = 'id: Int64, a: Float32, name: Utf8, b: Float32, c: Float64';
    expect(await failure({ column: 'keys' })).toBe(`memory: no column keys; there are ${all}`);
    expect(await failure({ columns: ['a', 'd'] })).toBe(`memory: no column d; there are ${all}`);
    expect(await failure({ column: 'a' })).toMatch(/column a is Float32, not a list of numbers/);
    expect(await failure({ columns: ['name'] })).toMatch(/column name is Utf8, not a number/);
    expect(await failure({ columns: ['a', 'a'] })).toMatch(/names a twice/);
    expect(await failure({ column: 'a', columns: ['a'] })).toMatch(/--column names .* --columns .*one of the two/);
    const { name } = columns;
    expect((await failureOf(arrowFormat, fileOf(bytesOf(tableOf([{ name }]), 'stream'))))?.message).toMatch(
      /no matrix in its columns \(name: Utf8\)/,
    );
  });
});

function listTypeOf(element: Int16 | Float32) {
  return new (listType('List', 0).constructor as new (field: Field) => ReturnType<typeof listType>)(
    new Field('item', element as never, true),
  );
}

describe('what stands beside the matrix', () => {
  const n = 6;
  const values = numbers(n * 2);
  const keyOf = () => listVector(listType('FixedSizeList', 2), rowsOf(values, 2));
  const key = keyOf();
  const beside: Record<string, Vector> = {
    text: vectorFromArray(['a', 'bb', null, 'dddd', 'e', 'f'], new Utf8()),
    view: vectorFromArray(['a', 'a string that is longer than twelve bytes', null, 'd', 'e', 'f'], new Utf8View()),
    bytes: vectorFromArray([new Uint8Array(3), null, new Uint8Array(0), new Uint8Array(1), null, null], new Binary()),
    flag: vectorFromArray([true, false, null, true, true, false], new Bool()),
    day: vectorFromArray(
      [new Date(0), null, new Date(1), new Date(2), new Date(3), new Date(4)],
      new DateMillisecond(),
    ),
    word: vectorFromArray(['u', 'v', 'u', 'u', 'w', 'v'], new Dictionary(new Utf8(), new Int32())),
    nothing: vectorFromArray([null, null, null, null, null, null], new Null()),
    pair: vectorFromArray(
      Array.from({ length: n }, (_, i) => ({ x: i, y: `${i}` })),
      new Struct([new Field('x', new Int32(), true), new Field('y', new Utf8(), true)]),
    ),
    nested: vectorFromArray(
      Array.from({ length: n }, (_, i) => [[i], [i, i]]),
      new (listType('List', 0).constructor as new (field: Field) => ReturnType<typeof listType>)(
        new Field('item', listTypeOf(new Int16()), true),
      ),
    ),
  };

  it.each(Object.keys(beside))('%s, before and behind', async (name) => {
    for (const form of FORMS) {
      const batch = { first: beside[name]!, key, last: beside[name]! };
      const bytes = bytesOf(tableOf([batch, batch]), form);
      const source = pipeOf(bytes, 13);
      expect(await readAll(await arrowFormat.open(source, { column: 'key' }), 4)).toEqual([...values, ...values]);
      expect(await source.atEnd()).toBe(true);
    }
  });

  it('all of them at once', async () => {
    const bytes = bytesOf(tableOf([{ ...beside, key, more: beside.view! }]), 'file');
    expect(await readAll(await arrowFormat.open(fileOf(bytes), {}))).toEqual(values);
  });

  it('several list columns are not guessed among', async () => {
    const bytes = bytesOf(tableOf([{ key, query: keyOf() }]), 'stream');
    expect((await failureOf(arrowFormat, fileOf(bytes)))?.message).toBe(
      'memory: several list columns: key: FixedSizeList[2]<Float32>, query: FixedSizeList[2]<Float32>; name one with --column',
    );
    expect(await readAll(await arrowFormat.open(fileOf(bytes), { column: 'query' }))).toEqual(values);
  });

  it('metadata', async () => {
    const metadata = new Map([
      ['levattn', '{"d":2}'],
      ['ключ', 'значение'],
    ]);
    const bytes = bytesOf(tableOf([{ key }], metadata), 'stream');
    expect((await arrowFormat.open(fileOf(bytes), {})).metadata).toEqual(metadata);
  });
});

describe('several on one reader', () => {
  const metadata = new Map([['kind', 'universal set']]);
  const set = tableOf(
    [
      {
        index: vectorFromArray([3n, 5n], new Uint64()),
        score: vectorFromArray([0.5, 0.25]),
        key: listVector(listType('FixedSizeList', 2), [
          [1, 2],
          [3, 4],
        ]),
        word: vectorFromArray(['a', 'b'], new Dictionary(new Utf8(), new Int32())),
      },
    ],
    metadata,
  );
  const matrix = numbers(20);
  const table = tableOf([{ key: listVector(listType('FixedSizeList', 2), rowsOf(matrix, 2)) }]);
  const npy = concat(encodeNpyHeader('<f4', [10, 2]), new Uint8Array(Float32Array.from(matrix).buffer));

  it.each(FORMS)('a universal set (%s), then every format, then more', async (form) => {
    const bytes = concat(bytesOf(set, form), bytesOf(table, 'file'), npy, bytesOf(table, 'stream'), bytesOf(set, form));
    for (const source of [fileOf(bytes), fileOf(bytes, 1), pipeOf(bytes, 7)]) {
      const input = await openArrow(source);
      expect(input.schema.metadata).toEqual(metadata);
      const read = await readArrowTable(input);
      expect(
        read.toArray().map((row) => JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? Number(v) : v))),
      ).toEqual(['{"index":3,"score":0.5,"key":[1,2],"word":"a"}', '{"index":5,"score":0.25,"key":[3,4],"word":"b"}']);
      expect(await readAll(await arrowFormat.open(source, {}))).toEqual(matrix);
      expect(await readAll(await npyFormat.open(source, {}))).toEqual(matrix);
      expect(await readAll(await arrowFormat.open(source, {}))).toEqual(matrix);
      expect(await readAll(await matrixFromArrow(await openArrow(source), { column: 'key' }))).toEqual([1, 2, 3, 4]);
      expect(await source.atEnd()).toBe(true);
    }
  });

  it('a stream may end without its end marker', async () => {
    const bytes = bytesOf(table, 'stream');
    expect(await readAll(await arrowFormat.open(pipeOf(bytes.subarray(0, -8)), {}))).toEqual(matrix);
  });
});
