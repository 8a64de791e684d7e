import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndjsonWriter } from '../../src/output/ndjson.js';
import { batchOf, INDEX_AND_SCORE, writeTable } from './collecting.js';

describe('ndjsonWriter', () => {
  it('writes an object a line', async () => {
    const sink = await writeTable(ndjsonWriter, INDEX_AND_SCORE, [batchOf([0, 2 ** 53], [0.1, 1e-7])]);
    expect(sink.text()).toBe('{"index":0,"score":0.1}\n{"index":9007199254740992,"score":1e-7}\n');
  });

  it('writes nothing where there are no rows', async () => {
    expect((await writeTable(ndjsonWriter, INDEX_AND_SCORE, [])).bytes()).toHaveLength(0);
  });

  it('leaves list columns out and makes null of what JSON has no word for', async () => {
    const schema = {
      columns: [...INDEX_AND_SCORE.columns, { name: 'key', type: 'list', of: 'float64', size: 1 }],
    } as const;
    const score = Float64Array.of(NaN, Infinity, -Infinity);
    const batch = { rows: 3, columns: [Float64Array.of(1, 2, 3), score, Float64Array.of(7, 8, 9)] };
    expect((await writeTable(ndjsonWriter, schema, [batch])).text()).toBe(
      '{"index":1,"score":null}\n{"index":2,"score":null}\n{"index":3,"score":null}\n',
    );
  });

  it('names need not be plain', async () => {
    const schema = { columns: [{ name: 'a "b"\n', type: 'uint64' }] } as const;
    const sink = await writeTable(ndjsonWriter, schema, [{ rows: 1, columns: [Float64Array.of(5)] }]);
    expect(JSON.parse(sink.text())).toEqual({ 'a "b"\n': 5 });
  });

  it('real numbers read back to the same bits', async () => {
    const doubles = fc.array(fc.double({ noDefaultInfinity: true, noNaN: true }), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(doubles, async (score) => {
        const sink = await writeTable(ndjsonWriter, INDEX_AND_SCORE, [batchOf([...score.keys()], score)]);
        const rows = sink
          .text()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as { index: number; score: number });
        expect(rows).toEqual(score.map((value, index) => ({ index, score: value })));
      }),
    );
  });
});
