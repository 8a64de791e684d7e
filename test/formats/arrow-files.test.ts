/** Files of pyarrow and Polars (fixtures/formats/arrow), with what those programs read of them. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { arrowFormat, matrixFromArrow, openArrow } from '../../src/formats/arrow.js';
import type { ByteReader } from '../../src/formats/bytes/reader.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

interface Expected {
  readonly what: string;
  /** null where the file is refused. */
  readonly rows: readonly (readonly (number | null)[])[] | null;
  /** Row and column of the first value that is missing. */
  readonly null?: readonly [row: number, column: string];
  readonly leftOut?: readonly string[];
  readonly error?: string;
  /** The column whose dictionary lies behind the batches that refer to it. */
  readonly late?: string;
  /** The footer says other than the order in which the batches lie. */
  readonly orderOnly?: boolean;
}

const FOLDER = new URL('../../fixtures/formats/arrow/', import.meta.url);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const files = Object.entries(
  JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8')) as Record<string, Expected>,
);
const valuesOf = (rows: Expected['rows']): number[] => rows!.flat().map((value) => value ?? Number.NaN);
const expand = ([name, expected]: [string, Expected]) => [name, expected.what, expected] as const;

const readings: [string, (bytes: Uint8Array) => ByteReader][] = [
  ['a file', (bytes) => fileOf(bytes)],
  ['a file in small pieces', (bytes) => fileOf(bytes, 5)],
  ['a pipe', (bytes) => pipeOf(bytes)],
  ['a pipe in small pieces', (bytes) => pipeOf(bytes, 5)],
];

describe.each(readings)('what pyarrow and Polars wrote, from %s', (from, open) => {
  const whole = files.filter(
    ([, { rows, orderOnly, late }]) => rows && !((orderOnly || late) && from.includes('pipe')),
  );

  it.each(whole.map(expand))('%s: %s', async (name, _, { rows, leftOut }) => {
    const bytes = bytesOf(name);
    for (const maxRows of [1, 4, 100]) {
      const source = open(bytes);
      const reader = await arrowFormat.open(source, { missing: 'nan' });
      expect(await readAll(reader, maxRows)).toEqual(valuesOf(rows));
      expect(await source.atEnd()).toBe(true);
      expect(reader.progress().bytes).toBe(bytes.length);
      if (leftOut) expect(reader.leftOut).toEqual(leftOut);
    }
  });

  it.each(whole.map(expand))(
    '%s, its batches not held where they can be read at their places',
    async (name, _, { rows }) => {
      const source = open(bytesOf(name));
      expect(await readAll(await matrixFromArrow(await openArrow(source), { missing: 'nan' }, 0), 3)).toEqual(
        valuesOf(rows),
      );
      expect(await source.atEnd()).toBe(true);
    },
  );

  it('one after another on the same input', async () => {
    const names = [
      'polars.arrow',
      'three.arrow',
      'polars.arrows',
      'dictionary.arrow',
      'dictionary.arrows',
      'polars.arrow',
    ];
    const source = open(new Uint8Array(Buffer.concat(names.map(bytesOf))));
    for (const name of names) {
      const { rows } = files.find(([file]) => file === name)![1];
      expect(await readAll(await arrowFormat.open(source, {}))).toEqual(valuesOf(rows));
    }
    expect(await source.atEnd()).toBe(true);
  });

  const holed = files.filter(([, expected]) => expected.null);
  it.each(holed.map(expand))('%s: the first null by its row and column', async (name, _, { null: hole }) => {
    const error = await failureOf(arrowFormat, open(bytesOf(name)));
    expect(error?.kind).toBe('data');
    const message = new RegExp(`row ${hole![0]} has a null in column ${hole![1]};.*--missing skip$`);
    expect(error?.message).toMatch(message);
    const reader = openArrow(open(bytesOf(name))).then((input) => matrixFromArrow(input, {}, 0));
    await expect(reader.then((opened) => readAll(opened, 2))).rejects.toThrow(message);
  });

  const refused = files.filter(([, { error }]) => error !== undefined);
  it.each(refused.map(expand))('%s, which is refused: %s', async (name, _, { error }) => {
    const failure = await failureOf(arrowFormat, open(bytesOf(name)));
    expect(failure?.kind).toBe('data');
    expect(failure?.message).toContain(error);
    expect(failure?.message).not.toMatch(/damaged|\n/);
  });
});

describe('a footer that says other than the order of the batches, from a pipe', () => {
  const disordered = files.filter(([, { orderOnly }]) => orderOnly);
  it.each(disordered.map(expand))('%s is an error at the end: %s', async (name) => {
    const source = pipeOf(bytesOf(name), 50);
    const failure = await failureOf(arrowFormat, source);
    expect(failure?.kind).toBe('data');
    expect(failure?.message).toBe(
      'pipe: the footer of this Arrow file lists other batches than it holds, or in another order; what was read is in the order of the data; name the file itself instead of a pipe',
    );
  });
});

describe('a dictionary behind the batches that refer to it, from a pipe', () => {
  it.each(files.filter(([, { late }]) => late).map(expand))(
    '%s is refused with its own reason: %s',
    async (name, _, { late }) => {
      expect((await failureOf(arrowFormat, pipeOf(bytesOf(name))))?.message).toBe(
        `pipe: column ${late} refers to a dictionary that comes later in this Arrow file; name the file itself instead of a pipe`,
      );
    },
  );
});
