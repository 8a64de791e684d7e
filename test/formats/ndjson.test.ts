import { describe, expect, it } from 'vitest';
import { ndjsonFormat } from '../../src/formats/ndjson.js';
import { expectedOf, expectMatrix, formatBytes } from './format-fixtures.js';
import { failureOf, fileOf, pipeOf, readAll } from './reading.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const files = expectedOf(/\.ndjson$/);

describe('lines that Python wrote', () => {
  it.each(files)('%s', async (name, wanted) => {
    for (const chunk of [1, 9, 100_000]) {
      for (const source of [fileOf(formatBytes(name), chunk), pipeOf(formatBytes(name), chunk)]) {
        await expectMatrix(source, wanted);
        expect(await source.atEnd()).toBe(true);
      }
    }
  });

  it('is recognised by its first bytes', () => {
    for (const text of ['[1,2]\n', ' [-1]', '{"a":1}', '\n[]'])
      expect(ndjsonFormat.recognise(bytesOf(text))).toBe(true);
    for (const text of ['', '1,2', '[a]', '{a', '["x"]', 'a[1]'])
      expect(ndjsonFormat.recognise(bytesOf(text))).toBe(false);
  });
});

describe('a field that stands twice in one object, however late', () => {
  const linesWith = (line: string): Uint8Array =>
    bytesOf(
      `${Array.from({ length: 5000 }, (_, i) => (i === 4500 ? line : `{"t":"06:00","a":${i}.5,"o":{"a":1}}`)).join('\n')}\n`,
    );

  it.each([
    '{"t":"06:00","a":1.5,"o":{},"a":2.5}',
    '{"a":1.5,"a" :2.5,"t":"x"}',
    '{"a"\t:1.5,"a":2.5}',
    '{"a":1.5,"a"\r\t:2.5}',
    '{"a":1.5,"\\u0061":2.5}',
    '{"t":1,"a":2.5,"t":2}',
  ])('%s', async (line) => {
    const name = line.startsWith('{"t":1') ? 't' : 'a';
    const error = await failureOf(ndjsonFormat, fileOf(linesWith(line)), { columns: ['a'] });
    expect(error?.message).toMatch(
      new RegExp(`line 4501 has the field .?${name}.? twice; give each a name of its own`),
    );
  });

  it.each(['{"a":1.5,"o":{"a":2.5,"b":{"a":1}},"t":"a\\":b"}', '{"a" : 1.5, "t":"\\"a\\":2"}'])(
    'is not one in what a field holds: %s',
    async (line) => {
      const values = await readAll(await ndjsonFormat.open(fileOf(linesWith(line)), { columns: ['a'] }));
      expect(values[4500]).toBe(1.5);
    },
  );
});

describe('bad lines', () => {
  it.each<[string, string, string[] | undefined, RegExp]>([
    ['no JSON', '[1,2]\n[1,2\n[3,4]\n', undefined, /line 2 is no JSON \("\[1,2"\)/],
    ['fewer numbers', '[1,2]\n\n[1]\n', undefined, /line 3 has 1 numbers, the first row 2/],
    ['a null', '[1,null]\n', undefined, /line 1 holds "null" in column 2, where a number is expected/],
    ['text', '[1,"2"]\n', undefined, /line 1 holds .* in column 2/],
    ['a list in a list', '[1,[2]]\n', undefined, /line 1 holds "\[2\]" in column 2/],
    ['nothing in it', '[]\n', undefined, /line 1 has 0 numbers/],
    ['an object without numbers', '{"a":"x"}\n', undefined, /no matrix in its columns \(a: Text\)/],
    ['an object behind an array', '[1]\n{"a":1}\n', undefined, /line 2 holds no array of numbers/],
    ['an object without the field', '{"a":1}\n{"b":2}\n', ['a'], /line 2 holds "nothing" in column a/],
    ['a field that every object has', '{"a":1}\n', ['toString'], /no column toString; there are a: Integer/],
    ['an array where fields are named', '[1]\n', ['a'], /line 1 holds an array/],
    ['a number', '[1]\n5\n', undefined, /line 2 holds no array/],
    ['no rows', '\n\n', undefined, /no rows/],
    ['a line without an end', `[${'1,'.repeat(5_000_000)}`, undefined, /line 1 is longer than 8 MiB/],
  ])('%s', async (_, text, columns, message) => {
    const error = await failureOf(ndjsonFormat, fileOf(bytesOf(text)), { columns });
    expect(error?.kind).toBe('data');
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('\n');
  });

  it('cut anywhere: whole rows, or an error where the last line is no JSON', async () => {
    const text = '[1,25]\n[3,4.5]\n[5,6]';
    const rows = [1, 25, 3, 4.5, 5, 6];
    for (let length = 1; length < text.length; length++) {
      const error = await failureOf(ndjsonFormat, pipeOf(bytesOf(text.slice(0, length)), 3));
      if (error)
        expect(error).toMatchObject({
          kind: 'retry',
          message: expect.stringMatching(/line \d is no whole JSON; the pipe/),
        });
      else
        expect(rows.slice(0, 2 * text.slice(0, length).split(']').length - 2)).toEqual(
          await readAll(await ndjsonFormat.open(fileOf(bytesOf(text.slice(0, length))), {})),
        );
    }
  });
});
