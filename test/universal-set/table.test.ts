import { parseString } from '@fast-csv/parse';
import { type Table, tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { arrowFileWriter, arrowStreamWriter } from '../../src/output/arrow.js';
import { csvWriter } from '../../src/output/csv.js';
import { ndjsonWriter } from '../../src/output/ndjson.js';
import { npyWriter } from '../../src/output/npy.js';
import type { Cells, TableBatch, TableSchema } from '../../src/output/table.js';
import { textWriter } from '../../src/output/text.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import {
  isUniversalSet,
  universalSetBatch,
  universalSetFromTable,
  universalSetSchema,
} from '../../src/universal-set/table.js';
import { writeTable } from '../output/collecting.js';

/** Numbers that no short decimal spells. */
const SET: UniversalSet = {
  n: 2 ** 53 - 1,
  d: 2,
  rank: 1,
  eps: 0.1 + 0.2,
  f: 'power:2',
  growth: { a: 2, b: 2 },
  floor: 0.1 + 0.2,
  dropped: 1 / 3,
  lewis: undefined,
  sample: undefined,
  route: 'stable',
  delta: 5e-324,
  resolution: 1 / 3,
  rootError: 2 ** -30,
  skipped: 7,
  unresolved: 1,
  sampling: undefined,
  index: Float64Array.of(0, 2 ** 40 + 1, 2 ** 53 - 2),
  score: Float64Array.of(1, 1 / 3, 0),
  keys: Float64Array.of(0.1, -0, 1e300, 5e-324, -7, 1 / 7),
  dtype: 'float64',
  exponents: Int32Array.of(-1074, 1023),
  root: Float64Array.of(1 / 3, -0, 1.7976931348623157e308, 5e-324),
};
/** Made from a sample. */
const SAMPLED: UniversalSet = {
  ...SET,
  sampling: {
    rate: 16,
    rows: 2 ** 49 + 1,
    gram: Float64Array.of(1 / 7, -1e-300, 0, 3e300),
    squares: Float64Array.of(2 / 3, 5e-324),
  },
};
/** Made for another function. */
const LEWIS: UniversalSet = {
  ...SET,
  f: 'power:2.5',
  growth: { a: 2.5, b: 2.5 },
  best: { top: 7, exact: false },
  lewis: { p: 2.5, root: Float64Array.of(1 / 9, 0, -1e-300, 3e300), sum: 1 / 3, resolution: 2 ** -40 },
  sample: {
    seed: 2 ** 53 - 1,
    size: 4096,
    threshold: 1 / 7,
    index: Float64Array.of(1, 2 ** 45),
    weight: Float64Array.of(2 ** -30, 2),
    keys: Float64Array.of(0.1, 1 / 3, -5e-324, 1e300),
  },
};
const NARROW: UniversalSet = {
  ...SET,
  dtype: 'float32',
  keys: SET.keys.map((key) => Math.fround(Math.min(key, 1e30))),
};
/** Whose keys have names. */
const NAMED = {
  text: { ...SET, ids: { type: 'utf8', values: ['', 'größer', 'a,"b"\n😀'] } },
  signed: { ...SET, ids: { type: 'int64', values: [-(2n ** 63n), 2n ** 63n - 1n, 0n] } },
  unsigned: { ...SET, ids: { type: 'uint64', values: [0n, 2n ** 64n - 1n, 2n ** 53n + 1n] } },
} satisfies Record<string, UniversalSet>;
const EMPTY: UniversalSet = {
  ...SET,
  unresolved: 0,
  index: new Float64Array(0),
  score: new Float64Array(0),
  keys: new Float64Array(0),
};

/** What two parts of K were masked by. */
const MASKS = [
  { start: 0, rows: 7, masked: 7, sha256: '0f'.repeat(32) },
  { start: 9, rows: 2 ** 40, masked: 0, sha256: 'a1'.repeat(32) },
];

async function tableOf(schema: TableSchema, batches: readonly TableBatch<Cells>[]): Promise<Table> {
  return tableFromIPC((await writeTable(arrowStreamWriter, schema, batches)).bytes());
}

describe('a universal set as an Arrow table', () => {
  it.each<[string, UniversalSet]>([
    ['float64', SET],
    ['float32', NARROW],
    ['from a sample', SAMPLED],
    ['for another function', LEWIS],
    ['with ids that are text', NAMED.text],
    ['with signed ids', NAMED.signed],
    ['with unsigned ids', NAMED.unsigned],
    ['of masked rows', { ...SET, masks: MASKS }],
    ['empty', EMPTY],
    ['empty, with ids', { ...EMPTY, ids: { type: 'utf8', values: [] } }],
  ])('%s: reads back to the same bits from a stream and a file', async (_, set) => {
    for (const open of [arrowStreamWriter, arrowFileWriter]) {
      const bytes = (await writeTable(open, universalSetSchema(set), [universalSetBatch(set)])).bytes();
      const table = tableFromIPC(bytes);
      expect(isUniversalSet(table.schema.metadata)).toBe(true);
      // toEqual tells -0 from 0.
      expect(universalSetFromTable(table, 'U.arrow')).toEqual(set);
    }
  });

  it('any matrix reads back to the same bits', async () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(
        fc.float64Array({ minLength: 9, maxLength: 9, noNaN: true, noDefaultInfinity: true }),
        finite,
        async (root, delta) => {
          const set = { ...EMPTY, d: 3, rank: 0, root, exponents: Int32Array.of(1, 2, 3), delta: Math.abs(delta) };
          expect(universalSetFromTable(await tableOf(universalSetSchema(set), []), 'U')).toEqual(set);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('joins batches', async () => {
    const part = (from: number, to: number): TableBatch => ({
      rows: to - from,
      columns: [SET.index.slice(from, to), SET.score.slice(from, to), SET.keys.slice(2 * from, 2 * to)],
    });
    const table = await tableOf(universalSetSchema(SET), [part(0, 1), part(1, 3)]);
    expect(table.batches).toHaveLength(2);
    expect(universalSetFromTable(table, 'U')).toEqual(SET);
  });

  it('as CSV has index and score alone', async () => {
    const sink = await writeTable(csvWriter, universalSetSchema(NARROW), [universalSetBatch(NARROW)]);
    expect(sink.text().split('\n').slice(0, 2)).toEqual(['index,score', '0,1.0000000000000000']);
  });

  it.each([
    ['text', NAMED.text, 'Utf8'],
    ['signed', NAMED.signed, 'Int64'],
    ['unsigned', NAMED.unsigned, 'Uint64'],
  ])('ids are a column behind the index: %s', async (_, set, type) => {
    const table = await tableOf(universalSetSchema(set), [universalSetBatch(set)]);
    expect(table.schema.names).toEqual(['index', 'id', 'score', 'key']);
    const column = table.getChild('id')!;
    expect(String(column.type)).toBe(type);
    expect([...column]).toEqual(set.ids.values);
  });

  it('ids as CSV and NDJSON, as other parsers read them', async () => {
    const csv = await writeTable(csvWriter, universalSetSchema(NAMED.text), [universalSetBatch(NAMED.text)]);
    const rows = await new Promise<string[][]>((resolve, reject) => {
      const found: string[][] = [];
      parseString<string[], string[]>(csv.text(), { headers: false })
        .on('error', reject)
        .on('data', (row: string[]) => found.push(row))
        .on('end', () => resolve(found));
    });
    expect(rows.map((row) => row[1])).toEqual(['id', ...NAMED.text.ids.values]);
    const whole = await writeTable(csvWriter, universalSetSchema(NAMED.unsigned), [universalSetBatch(NAMED.unsigned)]);
    expect(
      whole
        .text()
        .split('\n')
        .slice(0, 3)
        .map((line) => line.split(',')[1]),
    ).toEqual(['id', '0', `${2n ** 64n - 1n}`]);
    const json = await writeTable(ndjsonWriter, universalSetSchema(NAMED.text), [universalSetBatch(NAMED.text)]);
    const lines = json.text().split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(NAMED.text.ids.values);
    const signed = await writeTable(ndjsonWriter, universalSetSchema(NAMED.signed), [universalSetBatch(NAMED.signed)]);
    expect(signed.text()).toContain('{"index":0,"id":-9223372036854775808,"score":1}');
  });

  it('ids are left out of npy, and steer no terminal', async () => {
    const without = await writeTable(npyWriter, universalSetSchema(SET), [universalSetBatch(SET)]);
    const npy = await writeTable(npyWriter, universalSetSchema(NAMED.text), [universalSetBatch(NAMED.text)]);
    expect(npy.bytes()).toEqual(without.bytes());
    const evil = { ...SET, ids: { type: 'utf8', values: ['a\u001b[2J', 'b\n', 'c'] } } as const;
    const text = await writeTable(textWriter, universalSetSchema(evil), [universalSetBatch(evil)]);
    expect(text.text()).not.toContain('\u001b[2J');
    expect(text.text().split('\n')).toHaveLength(5);
  });

  it('too many columns for the metadata: said as such, and no trouble for other formats', async () => {
    // Root and sampled sums: 33.6 and 67.1 million numbers, 1.07 GB of base64, and a string has 0.54 GB.
    const wide = { ...EMPTY, d: 8192, sampling: SAMPLED.sampling };
    await expect(writeTable(arrowFileWriter, universalSetSchema(wide), [])).rejects.toMatchObject({ kind: 'usage' });
    expect((await writeTable(csvWriter, universalSetSchema(wide), [])).text()).toBe('index,score\n');
  });
});

describe('what is no universal set', () => {
  const DOCUMENT = JSON.parse(universalSetSchema(SET).metadata!.get('levattn')!) as Record<string, unknown>;

  /** The error of a table with something changed. */
  async function refusal(change: {
    document?: Record<string, unknown> | string;
    schema?: TableSchema;
    set?: Partial<UniversalSet>;
  }): Promise<LevattnError> {
    const set = { ...SET, ...change.set };
    const { columns } = change.schema ?? universalSetSchema(set);
    const { document = {} } = change;
    const text = typeof document === 'string' ? document : JSON.stringify({ ...DOCUMENT, ...document });
    const batch = universalSetBatch(set);
    const table = await tableOf({ columns, metadata: new Map([['levattn', text]]) }, [
      { rows: batch.rows, columns: batch.columns.slice(0, columns.length) },
    ]);
    try {
      universalSetFromTable(table, 'some/U.arrow');
    } catch (error) {
      expect(error).toBeInstanceOf(LevattnError);
      const refused = error as LevattnError;
      expect(refused.kind).toBe('data');
      expect(refused.message).toMatch(/^some\/U\.arrow: [^\n]+$/);
      return refused;
    }
    throw new Error('nothing was refused');
  }

  it('nothing is refused where nothing is changed', async () => {
    await expect(refusal({})).rejects.toThrow('nothing was refused');
  });

  const rootOf = (...values: number[]): string => Buffer.from(Float64Array.from(values).buffer).toString('base64');
  it.each<[string, unknown]>([
    ['n', -1],
    ['n', 1.5],
    ['n', '7'],
    ['n', 2 ** 53],
    ['d', 0],
    ['d', 65_537],
    ['d', 3],
    ['rank', 3],
    ['rank', -1],
    ['eps', 0],
    ['eps', 1.5],
    ['eps', null],
    ['route', 'other'],
    ['delta', -1],
    ['delta', null],
    ['resolution', 'x'],
    ['skipped', -1],
    ['unresolved', 4],
    ['dtype', 'float16'],
    ['dtype', 'float32'],
    ['exponents', [1]],
    ['exponents', [1, 0.5]],
    ['exponents', [1, 2 ** 31]],
    ['exponents', { length: 2 }],
    ['root', ''],
    ['root', 5],
    ['root', rootOf(1, 2, 3)],
    ['root', rootOf(1, 2, 3, 4, 5)],
    ['root', rootOf(1, 2, 3, NaN)],
    ['root', rootOf(1, 2, 3, Infinity)],
    ['root', rootOf(1, 2, 3, 4).replace('=', '*')],
    ['root', undefined],
    ['n', undefined],
    ['masks', 5],
    ['masks', [null]],
    ['masks', [{ ...MASKS[0], masked: 8 }]],
    ['masks', [{ ...MASKS[0], sha256: '0F'.repeat(32) }]],
    ['masks', [{ ...MASKS[0], start: 2 ** 53 - 1 }]],
    ['masks', [...MASKS].reverse()],
    ['masks', [MASKS[0], MASKS[0]]],
  ])('%s %j', async (key, value) => {
    expect((await refusal({ document: { [key]: value } })).message).toMatch(/damaged universal set.*make it again/);
  });

  it.each(['', '{', 'null', '5', '"levattn.universal-set"', '[]'])('metadata %j', async (document) => {
    await refusal({ document });
  });

  it('another kind, version or function is called by its name', async () => {
    expect((await refusal({ document: { format: 'levattn.sketch' } })).message).toContain('"levattn.sketch"');
    expect((await refusal({ document: { version: 3 } })).message).toContain(
      'made by format version 3, this program reads 1 and 2: make U again or update levattn',
    );
    expect((await refusal({ document: { f: 'power:4' } })).message).toContain('power:4');
  });

  it('a long value is not repeated in full', async () => {
    expect((await refusal({ document: { route: 'x'.repeat(10_000) } })).message.length).toBeLessThan(300);
  });

  it.each([
    [{ index: Float64Array.of(0, 0, 1) }, 'index 0 in row 1'],
    [{ index: Float64Array.of(5, 4, 6) }, 'index 4 in row 1'],
    [{ score: Float64Array.of(0, 1.0000000000000002, 0) }, 'in row 1'],
    [{ score: Float64Array.of(0, 0, -1e-9) }, 'in row 2'],
    [{ score: Float64Array.of(NaN, 0, 0) }, 'in row 0'],
    [{ keys: Float64Array.of(1, 2, 3, NaN, 5, 6) }, 'in row 1'],
    [{ keys: Float64Array.of(1, 2, 3, 4, Infinity, 6) }, 'in row 2'],
  ])('rows: %j', async (set, says) => {
    expect((await refusal({ set })).message).toContain(says);
  });

  it('an index past the last row', async () => {
    expect((await refusal({ document: { n: 2 ** 53 - 2, skipped: 0 } })).message).toContain('in row 2');
  });

  const [index, score, key] = universalSetSchema(SET).columns;
  it.each<[string, TableSchema['columns']]>([
    ['no keys', [index, score]],
    ['another name', [index, { name: 'scores', type: 'float64' }, key]],
    ['another type of index', [{ name: 'index', type: 'float64' }, score, key]],
    ['another type of score', [index, { name: 'score', type: 'uint64' }, key]],
    ['no list', [index, score, { name: 'key', type: 'float64' }]],
    ['narrower keys', [index, score, { name: 'key', type: 'list', of: 'float32', size: 2 }]],
    ['ids of another type', [index, { name: 'id', type: 'float64' }, score]],
    ['shorter keys', [index, score, { name: 'key', type: 'list', of: 'float64', size: 1 }]],
  ])('columns: %s', async (_, columns) => {
    expect((await refusal({ schema: { columns } })).message).toMatch(/column (key|score|index|id)/);
  });

  it('a table without the metadata', async () => {
    const { columns } = universalSetSchema(SET);
    const table = await tableOf({ columns }, [universalSetBatch(SET)]);
    expect(isUniversalSet(table.schema.metadata)).toBe(false);
    expect(() => universalSetFromTable(table, 'K.arrow')).toThrow(/^K\.arrow: .*without a universal set/);
  });
});

it('isUniversalSet goes by the format, whatever else is damaged', () => {
  const says = (document: string): boolean => isUniversalSet(new Map([['levattn', document]]));
  const whole = universalSetSchema(SET).metadata!.get('levattn')!;
  expect(says(whole)).toBe(true);
  expect(says(whole.slice(0, 80))).toBe(true);
  expect(says(JSON.stringify({ version: 9, format: 'levattn.universal-set' }, null, 2))).toBe(true);
  expect(says('{"format":"levattn.sketch"}')).toBe(false);
  expect(isUniversalSet(new Map([['pandas', whole]]))).toBe(false);
  expect(isUniversalSet(new Map())).toBe(false);
});
