/** Decimals, durations and old timestamps of every width and unit, as pyarrow wrote them (fixtures/tables/make-types.py). */

import { readFileSync, writeFileSync } from 'node:fs';
import { type Decimal, type Table, tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import type { ReadOptions } from '../../src/formats/format.js';
import { openMatrix } from '../../src/formats/open.js';
import { readAll } from '../formats/reading.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const { decimals, seconds, at } = JSON.parse(readFileSync(fixturePath('tables/types-expected.json'), 'utf8')) as {
  readonly decimals: Readonly<Record<string, readonly (string | null)[]>>;
  readonly seconds: Readonly<Record<string, readonly (number | null)[]>>;
  readonly at: readonly number[];
};
const FILES = ['types.parquet', 'types-integers.parquet', 'types.arrow'];

const read = async (name: string, options: ReadOptions): Promise<number[]> => {
  const reader = await openMatrix(await openBytes(fixturePath(`tables/${name}`)), { missing: 'nan', ...options });
  const values = await readAll(reader);
  await reader.close();
  return values;
};

describe.each(FILES)('%s', (name) => {
  it('decimals are the nearest float64', async () => {
    for (const [column, texts] of Object.entries(decimals)) {
      const values = await read(name, { columns: [column] });
      expect(values.map((value) => value + 0)).toEqual(
        texts.map((text) => (text === null ? Number.NaN : Number(text) + 0)),
      );
    }
  });

  it('durations are seconds, whatever their unit, and are read where somebody names them', async () => {
    for (const [column, values] of Object.entries(seconds)) {
      expect(await read(name, { columns: [column] })).toEqual(values.map((value) => value ?? Number.NaN));
    }
    const reader = await openMatrix(await openBytes(fixturePath(`tables/${name}`)), { missing: 'nan' });
    expect(reader.columnNames?.names).toEqual(['x', 'y', ...Object.keys(decimals)]);
    expect(reader.leftOut.filter((label) => /^for_/.test(label))).toEqual(Object.keys(seconds));
    await reader.close();
  });

  it('decimals come out of a coreset as they were, in text, Arrow and Parquet, and from its Parquet again', async () => {
    const words = ['coreset', fixturePath(`tables/${name}`), '--columns', 'x,y', '--size', '20'];
    const csv = await run([...words, '--format', 'csv']);
    expect(csv.code, csv.stderr).toBe(0);
    expect(csv.stderr).not.toMatch(/rounded|left out of the rows/);
    const [header, ...lines] = csv.stdout.toString().trim().split('\n');
    const rows = lines.map((line) => line.split(','));
    for (const [column, texts] of Object.entries(decimals)) {
      const place = header!.split(',').indexOf(column);
      expect(rows.map((row) => row[place])).toEqual(texts.map((text) => text ?? 'nan'));
    }
    const arrow = await run([...words, '--format', 'arrow']);
    expectDecimals(tableFromIPC(arrow.stdout));
    writeFileSync(folder.at('core.parquet'), (await run([...words, '--format', 'parquet'])).stdout);
    const again = await run([...words.with(1, folder.at('core.parquet')), '--format', 'arrow']);
    expect(again.code, again.stderr).toBe(0);
    expectDecimals(tableFromIPC(again.stdout));
  });
});

/** Decimals of a table without their points, and where the points are. */
function expectDecimals(table: Table): void {
  for (const [column, texts] of Object.entries(decimals)) {
    const vector = table.getChild(column)!;
    const { scale, bitWidth } = vector.type as Decimal;
    const found = Array.from({ length: table.numRows }, (_, i) => {
      if (!vector.isValid(i)) return null;
      const words = vector.get(i) as Uint32Array;
      const whole = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
      return { unscaled: BigInt.asIntN(bitWidth, whole), scale };
    });
    expect(found).toEqual(
      texts.map((text) => text && { unscaled: BigInt(text.replace('.', '')), scale: text.split('.')[1]!.length }),
    );
  }
}

it('timestamps of 96 bits are seconds', async () => {
  expect(await read('types.parquet', { columns: ['at'] })).toEqual(at);
});

it('decimals with all their digits are ids', async () => {
  for (const name of FILES) {
    const words = ['--columns', 'x,y', '--id-column', 'd18', '--format', 'csv'];
    const { code, stdout, stderr } = await run(['scores', fixturePath(`tables/${name}`), ...words]);
    expect(code, stderr).toBe(0);
    const ids = stdout
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[1]);
    expect(ids).toEqual(decimals.d18);
  }
});

it('text that is not UTF-8 is told of where it is written, with its column', async () => {
  const rows = Array.from(
    { length: 500 },
    (_, i) => `${i === 400 ? 'Z\xfcrich' : `w${i}`},${Math.sin(i)},${Math.cos(i * i)}`,
  );
  const latin1 = folder.write('latin1.csv', Buffer.from(`city,x,y\n${rows.join('\n')}\n`, 'latin1'));
  const words = ['--columns', 'x,y', '--id-column', 'city', '--format', 'csv'];
  const scores = await run(['scores', latin1, ...words]);
  expect(scores.code).toBe(0);
  expect(scores.stderr).toMatch(
    /warning: text in column id, "Z.rich", has U\+FFFD, the sign for bytes that are not UTF-8; .*iconv -f latin1 -t utf-8/,
  );
  const utf8 = folder.write('utf8.csv', `city,x,y\n${rows.join('\n')}\n`);
  expect((await run(['scores', utf8, ...words])).stderr).not.toMatch(/U\+FFFD/);
});
