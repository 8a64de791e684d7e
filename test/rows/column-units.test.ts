/** Tables below one another whose dates and times are read as numbers: days, seconds and plain numbers are no one column. */

import { expect, test } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openMatrix } from '../../src/formats/open.js';
import { StackedRows } from '../../src/rows/stacked-rows.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';

const folder = temporaryFolder();
const csvFrom = (value: string): string => `day,x\n${value},1\n${value},2\n`;
const ndjsonFrom = (value: string | number): string => `${JSON.stringify({ day: value, x: 1 })}\n`.repeat(2);

/** The column `day` of files: what pyarrow wrote, and text. 2024-02-02 is day 19,755. */
const FILES = {
  'date.parquet': fixturePath('tables/parts-typed.parquet'),
  'date.arrow': fixturePath('tables/parts-typed.arrow'),
  'integer.parquet': fixturePath('tables/parts-whole.parquet'),
  'date.csv': folder.write('date.csv', csvFrom('2024-02-02')),
  'time.csv': folder.write('time.csv', csvFrom('2024-02-02T06:00:00Z')),
  'number.csv': folder.write('number.csv', csvFrom('19755')),
  'missing.csv': folder.write('missing.csv', csvFrom('')),
  'date.ndjson': folder.write('date.ndjson', ndjsonFrom('2024-02-02')),
  'time.ndjson': folder.write('time.ndjson', ndjsonFrom('2024-02-02T06:00:00Z')),
  'number.ndjson': folder.write('number.ndjson', ndjsonFrom(19755)),
};
type File = keyof typeof FILES;
const kindOf = (file: File): string => file.split('.')[0]!.replace('integer', 'number');

async function daysOf(files: readonly File[]): Promise<number[]> {
  async function* opened() {
    for (const file of files)
      yield await openMatrix(await openBytes(FILES[file]), { columns: ['day', 'x'], missing: 'nan' });
  }
  const found: number[] = [];
  for await (const { rows, d, values } of new StackedRows(opened())) {
    for (let i = 0; i < rows; i++) found.push(values[i * d]!);
  }
  return found;
}

const names = Object.keys(FILES) as File[];
const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

test.each(pairs)('%s, %s', async (first, second) => {
  const [one, two] = [kindOf(first), kindOf(second)];
  if (one === two || one === 'missing' || two === 'missing') {
    expect(await daysOf([first, second])).toEqual([...(await daysOf([first])), ...(await daysOf([second]))]);
    return;
  }
  const holds = {
    date: 'days since 1970-01-01',
    time: 'seconds since 1970-01-01',
    number: 'plain numbers',
  } as Record<string, string>;
  await expect(daysOf([first, second])).rejects.toThrow(
    `${FILES[second]}: column day holds ${holds[two]} where ${FILES[first]} has ${holds[one]}; write both with the same type`,
  );
});

test('what is read is days and seconds', async () => {
  expect(await daysOf(['date.csv'])).toEqual([19755, 19755]);
  expect(await daysOf(['time.ndjson'])).toEqual([19755 * 86400 + 6 * 3600, 19755 * 86400 + 6 * 3600]);
});
