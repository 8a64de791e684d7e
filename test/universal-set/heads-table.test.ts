/** Universal sets of several heads in one table, and what is made of one that is damaged. */

import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openMatrix } from '../../src/formats/open.js';
import { arrowFileWriter } from '../../src/output/arrow.js';
import type { TableSchema } from '../../src/output/table.js';
import { rowBlocks } from '../../src/rows/stacked-rows.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import { type HeadSets, onlySet, setFor, setOfOne } from '../../src/universal-set/head-sets.js';
import {
  headSetsBatches,
  headSetsFromTable,
  headSetsSchema,
  holdsUniversalSets,
} from '../../src/universal-set/heads-table.js';
import { writeTable } from '../output/collecting.js';
import { ANSWERS, headFile } from '../support/heads.js';

const OF = { batch: 2, heads: 2 };
const PLACES = [0, 1].flatMap((batch) => [0, 1].map((head) => ({ batch, head })));

const sets: HeadSets = {
  shape: { axes: ['batch', 'head'], ...OF },
  sets: await Promise.all(
    PLACES.map(async (place) => {
      const reader = await openMatrix(await openBytes(headFile('K-bhnd.npy')), { target: { ...place, of: OF } });
      return { place, set: await selectKeys(rowBlocks(reader), { eps: ANSWERS.eps }) };
    }),
  ),
};

const tableOf = async (schema: TableSchema, batches = headSetsBatches(sets)) =>
  tableFromIPC((await writeTable(arrowFileWriter, schema, batches)).bytes());

it('come back as they were', async () => {
  const table = await tableOf(headSetsSchema(sets));
  expect(holdsUniversalSets(table.schema.metadata)).toBe(true);
  expect(headSetsFromTable(table, 'U')).toEqual(sets);
});

it('a single set is a table of its own kind', async () => {
  const one = setOfOne(sets.sets[0]!.set);
  const schema = headSetsSchema(one);
  expect(schema.columns.map(({ name }) => name)).toEqual(['index', 'score', 'key']);
  expect(headSetsFromTable(await tableOf(schema, headSetsBatches(one)), 'U')).toEqual(one);
});

it('queries find theirs', () => {
  for (const [i, place] of PLACES.entries()) expect(setFor(sets, { ...place, of: OF }, 'U')).toBe(sets.sets[i]!.set);
  const grouped = { batch: 1, head: 5, of: { batch: 2, heads: 8 } };
  expect(setFor(sets, grouped, 'U')).toBe(sets.sets[3]!.set);
  expect(() => onlySet(sets, {}, 'U')).toThrow(/4 heads, where one is expected/);
  const range = [{ from: 1, to: 2 }];
  expect(onlySet(sets, { head: range, batch: range }, 'U')).toBe(sets.sets[3]!.set);
});

describe('damage', () => {
  const document = JSON.parse(headSetsSchema(sets).metadata!.get('levattn')!);

  it.each([
    ['another version', { version: 3 }, /made by format version 3/],
    ['the version of sets of layers, without layers', { version: 2 }, /its axes are none/],
    ['no axes', { axes: ['rows'] }, /damaged universal set: its axes are none/],
    ['no sets', { sets: [] }, /it names no sets/],
    ['a count that is none', { heads: 0 }, /its axes are none/],
    ['a set too few', { sets: document.sets.slice(0, 3) }, /rows belong to no set/],
    [
      'sets that changed places',
      { sets: document.sets.map((set: object) => ({ ...set, at: [0, 1] })) },
      /rows 0 to \d+ are not those of \[0,1\]/,
    ],
    [
      'a place that is none',
      { sets: document.sets.map((set: object) => ({ ...set, at: [0, 2] })) },
      /a set is at \[0,2\]/,
    ],
    [
      'more rows than there are',
      { sets: document.sets.map((set: object) => ({ ...set, size: 1e6 })) },
      /a set has 1000000 rows/,
    ],
    ['a set without a document', { sets: document.sets.map((set: object) => ({ ...set, set: 1 })) }, /a set is 1/],
  ])('%s', async (_, change, message) => {
    const metadata = new Map([['levattn', JSON.stringify({ ...document, ...change })]]);
    const table = await tableOf({ columns: headSetsSchema(sets).columns, metadata });
    expect(() => headSetsFromTable(table, 'U.arrow')).toThrow(message);
    expect(() => headSetsFromTable(table, 'U.arrow')).toThrow(/^U\.arrow: /);
  });
});
