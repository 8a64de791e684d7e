import { describe, expect, it } from 'vitest';
import type { TableSchema } from '../../src/output/table.js';
import { type TextOptions, textWriter } from '../../src/output/text.js';
import { batchOf, INDEX_AND_SCORE, writeTable } from './collecting.js';

const plain =
  (options: TextOptions = {}) =>
  (...[schema, sink]: Parameters<typeof textWriter>) =>
    textWriter(schema, sink, { bold: false, ...options });

describe('textWriter', () => {
  it('aligns columns and rounds to 6 digits', async () => {
    const sink = await writeTable(plain(), INDEX_AND_SCORE, [batchOf([3, 1234567], [2 / 3, 1.23456789e-9])]);
    expect(sink.text()).toBe('  index       score\n      3    0.666667\n1234567  1.23457e-9\n');
  });

  it('shows the first rows and counts the rest, over batches', async () => {
    const sink = await writeTable(plain({ rows: 3 }), INDEX_AND_SCORE, [
      batchOf([0, 1], [1, 1]),
      batchOf([2, 3], [1, 1]),
      batchOf(Array(2000).fill(9), Array(2000).fill(1)),
    ]);
    expect(sink.text().split('\n')).toEqual([
      'index    score',
      '    0  1.00000',
      '    1  1.00000',
      '    2  1.00000',
      '… and 2,001 more',
      '',
    ]);
  });

  it('shows 20 rows unless told otherwise, and no more line where that is all', async () => {
    const index = Array.from({ length: 20 }, (_, i) => i);
    const sink = await writeTable(plain(), INDEX_AND_SCORE, [batchOf(index, index)]);
    expect(sink.text().trimEnd().split('\n')).toHaveLength(21);
    expect(sink.text()).not.toContain('more');
  });

  it('says that there are no rows', async () => {
    expect((await writeTable(plain(), INDEX_AND_SCORE, [])).text()).toBe('index  score\nno rows\n');
  });

  it('has a bold header where asked for, and none of it by default off a terminal', async () => {
    const bold = await writeTable(plain({ bold: true }), INDEX_AND_SCORE, [batchOf([1], [1])]);
    expect(bold.text()).toBe('\x1b[1mindex    score\x1b[22m\n    1  1.00000\n');
    const byDefault = await writeTable(textWriter, INDEX_AND_SCORE, [batchOf([1], [1])]);
    if (!process.stdout.isTTY) expect(byDefault.text()).not.toContain('\x1b');
  });

  it('leaves lists out and shows what is not finite', async () => {
    const schema: TableSchema = {
      columns: [...INDEX_AND_SCORE.columns, { name: 'key', type: 'list', of: 'float32', size: 1 }],
    };
    const batch = { rows: 2, columns: [Float64Array.of(1, 2), Float64Array.of(NaN, Infinity), Float32Array.of(5, 6)] };
    expect((await writeTable(plain(), schema, [batch])).text()).toBe(
      'index     score\n    1       NaN\n    2  Infinity\n',
    );
  });
});
