/** Ids held for rows, and on their way with blocks. */

import { expect, test } from 'vitest';
import { csvFormat } from '../../src/formats/csv.js';
import { createKernels } from '../../src/kernels/backends.js';
import type { MatrixReader } from '../../src/rows/row-block.js';
import { RowIds } from '../../src/rows/row-ids.js';
import { RowSlot } from '../../src/rows/row-slot.js';
import { rowSource } from '../../src/rows/row-stream.js';
import { rowBlocks, StackedRows } from '../../src/rows/stacked-rows.js';
import { fileOf } from '../formats/reading.js';

const TEXT = ['a', '', 'größer', '😀 x', 'z'.repeat(5000), '\ud800'];

test('text comes back as it was, but for what is no text', () => {
  const ids = new RowIds();
  for (let round = 0; round < 3; round++) for (const id of TEXT) ids.add('utf8', id);
  expect(ids.length).toBe(18);
  expect(ids.type).toBe('utf8');
  // A lone surrogate has no UTF-8.
  const expected = TEXT.with(-1, '\ufffd');
  expect(ids.toArray()).toEqual([...expected, ...expected, ...expected]);
  ids.clear();
  expect(ids.length).toBe(0);
  expect(ids.type).toBeUndefined();
  ids.addText(new TextEncoder().encode('abécd'), Uint32Array.of(1, 1, 4, 6));
  expect(ids.toArray()).toEqual(['a', '', 'bé', 'cd']);
});

test('whole numbers of 64 bits, signed and not', () => {
  const most = 2n ** 63n - 1n;
  const signed = new RowIds();
  signed.addWords('int64', BigInt64Array.of(-1n, most));
  signed.add('int64', -(2n ** 63n));
  expect(signed.toArray()).toEqual([-1n, most, -(2n ** 63n)]);
  const unsigned = new RowIds();
  unsigned.add('uint64', 2n ** 64n - 1n);
  unsigned.addWords('uint64', BigInt64Array.of(-2n, 7n));
  expect(unsigned.toArray()).toEqual([2n ** 64n - 1n, 2n ** 64n - 2n, 7n]);
  expect(() => unsigned.add('utf8', 'a')).toThrow(/type utf8 after some of uint64/);
});

test('blocks with ids fill slots in parts', async () => {
  const block = (start: number, ids: string[]) => ({
    start,
    rows: ids.length,
    d: 1,
    values: Float64Array.from(ids, (_, i) => start + i),
    ids,
  });
  const source = rowSource([block(0, ['a', 'b', 'c']), block(3, ['d']), block(4, ['e', 'f', 'g'])]);
  const slot = new RowSlot(createKernels(), 1, 2);
  const seen: unknown[] = [];
  for (let more = true; more; ) {
    slot.clear();
    for (more = true; more && slot.room > 0; ) more = await source.fill(slot);
    seen.push(...slot.ids.toArray());
    expect(slot.ids.length).toBe(slot.rows);
  }
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
});

test('a slot refuses some rows with ids and some without', () => {
  const slot = new RowSlot(createKernels(), 1, 4);
  slot.next('float64');
  slot.ids.add('int64', 1n);
  slot.filled(1);
  slot.next('float64');
  expect(() => slot.filled(1)).toThrow(/1 ids for 2 rows/);
});

const csv = (text: string, idColumn?: string): Promise<MatrixReader> =>
  csvFormat.open(fileOf(new TextEncoder().encode(text)), { idColumn });

async function* each(...readers: Promise<MatrixReader>[]): AsyncGenerator<MatrixReader> {
  for (const reader of readers) yield await reader;
}

test('ids follow through matrices below one another', async () => {
  const rows = new StackedRows(each(csv('id,x\na,1.5\nb,2\n', 'id'), csv('x,id\n3.5,c\n', 'id')));
  const ids = new RowIds();
  const values: number[] = [];
  const into = new Float64Array(2);
  for (let count = -1; count !== 0; ) {
    count = await rows.read(() => into, 2, ids);
    values.push(...into.subarray(0, count));
  }
  expect(values).toEqual([1.5, 2, 3.5]);
  expect(ids.toArray()).toEqual(['a', 'b', 'c']);
});

test('matrices whose ids are of different types are refused by name', async () => {
  const [text, none] = await Promise.all([csv('id,x\na,1.5\n', 'id'), csv('id,x\na,1.5\n')]);
  const rows = new StackedRows(each(Promise.resolve(text), Promise.resolve({ ...none, name: 'other' })));
  const read = () => rows.read(() => new Float64Array(1), 1);
  expect(await read()).toBe(1);
  await expect(read()).rejects.toThrow('other: its ids are none where memory has text; files that are one matrix must');
});

test('row blocks of a reader carry its ids', async () => {
  const seen: unknown[] = [];
  for await (const { rows, ids } of rowBlocks(await csv('id,x\na,1.5\nb,2\n', 'id'))) {
    for (let i = 0; i < rows; i++) seen.push(ids!.at(i));
  }
  expect(seen).toEqual(['a', 'b']);
  for await (const block of rowBlocks(await csv('id,x\na,1.5\n'))) expect(block.ids).toBeUndefined();
});
