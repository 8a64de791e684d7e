/** Lines of JSON as programs write them (fixtures/formats/ndjson), with what Python reads of them. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import { openMatrix } from '../../src/formats/open.js';
import { fileOf, pipeOf, readAll } from './reading.js';

interface Expected {
  readonly what: string;
  /** null where the file is refused. */
  readonly rows: readonly (readonly (number | 'nan' | 'inf' | '-inf' | null)[])[] | null;
  /** What is said of the first value that is missing. */
  readonly missing?: string;
  readonly leftOut?: readonly string[];
  readonly error?: string;
}

const FOLDER = new URL('../../fixtures/formats/ndjson/', import.meta.url);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const files = Object.entries(
  JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8')) as Record<string, Expected>,
);
const SPECIAL = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY };
const valuesOf = (rows: Expected['rows']): number[] =>
  rows!.flat().map((value) => (typeof value === 'string' ? SPECIAL[value] : (value ?? Number.NaN)));
const expand = ([name, expected]: [string, Expected]) => [name, expected.what, expected] as const;

/** What reading ends in. */
async function messageOf(bytes: ByteReader): Promise<string> {
  try {
    await readAll(await openMatrix(bytes));
    return 'read whole';
  } catch (error) {
    return (error as Error).message;
  }
}

const readings: [string, (bytes: Uint8Array) => ByteReader][] = [
  ['a file', (bytes) => fileOf(bytes)],
  ['a pipe in small pieces', (bytes) => pipeOf(bytes, 7)],
];

describe.each(readings)('lines of JSON, from %s', (_, open) => {
  it.each(files.filter(([, { rows }]) => rows).map(expand))('%s: %s', async (name, _what, { rows, leftOut }) => {
    const reader = await openMatrix(open(bytesOf(name)), { missing: 'nan' });
    expect(await readAll(reader, 4)).toEqual(valuesOf(rows));
    if (leftOut) expect(reader.leftOut).toEqual(leftOut);
  });

  const incomplete = files.filter(([, { missing }]) => missing !== undefined);
  it.each(incomplete.map(expand))(
    '%s: the first value that is missing, by its line',
    async (name, _what, { missing }) => {
      const message = await messageOf(open(bytesOf(name)));
      expect(message).toContain(missing);
      expect(message).toMatch(/--missing skip$/);
    },
  );

  const refused = files.filter(([, { error }]) => error !== undefined);
  it.each(refused.map(expand))('%s, which is refused: %s', async (name, _what, { error }) => {
    const message = await messageOf(open(bytesOf(name)));
    expect(message).toContain(error);
    expect(message).not.toContain('\n');
  });
});

describe('fields that are chosen', () => {
  const values = async (name: string, options: object): Promise<number[]> =>
    readAll(await openMatrix(fileOf(bytesOf(name)), options));

  it('a list by --column, where there are several', async () => {
    expect(await values('several-lists.ndjson', { column: 'b' })).toEqual(
      valuesOf(files.find(([name]) => name === 'embedding.ndjson')![1].rows),
    );
    expect(await values('two-lists.ndjson', { column: 'q' })).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it('fields by --columns, and all of them', async () => {
    const rows = files.find(([name]) => name === 'number-keys.ndjson')![1].rows as number[][];
    expect(await values('number-keys.ndjson', { columns: ['0', 'b'] })).toEqual(
      rows.flatMap(([b, , zero]) => [zero, b]),
    );
    expect((await values('fields.ndjson', { columns: ['all'] })).length).toBe(6 * 4);
  });

  it('names of the columns of a row', async () => {
    const reader = await openMatrix(fileOf(bytesOf('fields.ndjson')));
    expect(reader.columnNames).toEqual({ names: ['b', 'a', 'hot'], chosen: false });
    expect(reader.description).toBe('NDJSON, 3 Number/Boolean columns b, a, hot (left out: id (Integer))');
  });

  it('in the order of names that are expected', async () => {
    const warnings: string[] = [];
    const like = { names: ['z', 'x', 'y'], chosen: false, of: 'K' };
    const rows = files.find(([name]) => name === 'pandas-lines.ndjson')![1].rows as number[][];
    const options = { like, warn: (message: string) => warnings.push(message) };
    expect(await values('pandas-lines.ndjson', options)).toEqual(rows.flatMap(([x, y, z]) => [z, x, y]));
    expect(warnings).toHaveLength(1);
    await expect(values('pandas-lines.ndjson', { like: { ...like, names: ['x', 'y', 'w'] } })).rejects.toThrow(
      /missing: w; new: z/,
    );
  });

  it('a name that no line has, where missing values are passed over', async () => {
    await expect(values('pandas-lines.ndjson', { columns: ['x', 'w'], missing: 'nan' })).rejects.toThrow(/no column w/);
  });
});

describe('fields that were left out', () => {
  const late = (before: object, last: object): Uint8Array =>
    Buffer.from(`${`${JSON.stringify(before)}\n`.repeat(9000)}${JSON.stringify(last)}\n`);

  it('a field that comes late is an error, where nobody chose the fields', async () => {
    const bytes = late({ x: 1.5 }, { x: 2.5, y: 3.5 });
    expect(await messageOf(fileOf(bytes))).toBe(
      'memory: line 9001 holds "3.5" in field "y", which has no number in the first lines and was left out; name the fields with --columns or --column',
    );
    expect(await readAll(await openMatrix(fileOf(bytes), { columns: ['x'] }), 1000)).toHaveLength(9001);
  });

  it('a fraction that comes late in a field of whole numbers', async () => {
    expect(await messageOf(fileOf(late({ x: 1.5, n: 1 }, { x: 2.5, n: 3.5 })))).toMatch(
      /line 9001 holds "3.5" in field "n", which was taken for an integer id and was left out/,
    );
  });

  it('null in the first lines, then a number', async () => {
    expect(await messageOf(fileOf(late({ x: 1.5, n: null }, { x: 2.5, n: 3 })))).toMatch(
      /line 9001 holds "3" in field "n"/,
    );
  });
});
