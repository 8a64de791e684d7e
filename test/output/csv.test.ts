import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvWriter } from '../../src/output/csv.js';
import { AWKWARD, batchOf, INDEX_AND_SCORE, writeTable } from './collecting.js';
import { python } from './python.js';

const fieldsOf = (text: string): string[][] => text.split('\n').map((line) => line.split(','));

describe('csvWriter', () => {
  it('writes a header, whole numbers as such, and lines that end with a newline', async () => {
    const sink = await writeTable(csvWriter, INDEX_AND_SCORE, [batchOf([0, 7], [0.5, 1]), batchOf([2 ** 53], [0.25])]);
    expect(sink.text()).toBe(
      'index,score\n0,0.50000000000000000\n7,1.0000000000000000\n9007199254740992,0.25000000000000000\n',
    );
  });

  it('writes the header alone where there are no rows, and only once', async () => {
    expect((await writeTable(csvWriter, INDEX_AND_SCORE, [])).text()).toBe('index,score\n');
    expect((await writeTable(csvWriter, INDEX_AND_SCORE, [batchOf([], [])])).text()).toBe('index,score\n');
  });

  it('leaves list columns out wherever they stand', async () => {
    const schema = {
      columns: [{ name: 'key', type: 'list', of: 'float32', size: 2 }, ...INDEX_AND_SCORE.columns],
    } as const;
    const batch = { rows: 1, columns: [Float32Array.of(8, 9), Float64Array.of(3), Float64Array.of(0.5)] };
    expect((await writeTable(csvWriter, schema, [batch])).text()).toBe('index,score\n3,0.50000000000000000\n');
  });

  it('spells NaN and infinities as NumPy does', async () => {
    const sink = await writeTable(csvWriter, INDEX_AND_SCORE, [batchOf([0, 1, 2], [NaN, Infinity, -Infinity])]);
    expect(sink.text()).toBe('index,score\n0,nan\n1,inf\n2,-inf\n');
  });

  it('quotes names that need it', async () => {
    const schema = { columns: [{ name: 'a "b", c', type: 'uint64' }] } as const;
    expect((await writeTable(csvWriter, schema, [])).text()).toBe('"a ""b"", c"\n');
  });

  it('real numbers read back to the same bits', async () => {
    const doubles = fc.array(fc.double({ noDefaultInfinity: true, noNaN: true }), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(doubles, async (score) => {
        const sink = await writeTable(csvWriter, INDEX_AND_SCORE, [batchOf([...score.keys()], score)]);
        const read = fieldsOf(sink.text())
          .slice(1, -1)
          .map(([, text]) => Number(text));
        expect(read).toEqual(score);
      }),
    );
  });

  it('real numbers have 17 significant digits', async () => {
    const score = AWKWARD.filter((value) => value !== 0);
    const sink = await writeTable(csvWriter, INDEX_AND_SCORE, [batchOf([...score.keys()], score)]);
    for (const [, text] of fieldsOf(sink.text()).slice(1, -1)) {
      expect(
        text
          .replace(/e.*/, '')
          .replace(/^[-0.]+/, '')
          .replace('.', ''),
      ).toHaveLength(17);
    }
  });

  it('keeps every row of a batch larger than one write', async () => {
    const index = Array.from({ length: 10_000 }, (_, i) => 3 * i);
    const sink = await writeTable(csvWriter, INDEX_AND_SCORE, [
      batchOf(
        index,
        index.map((i) => 1 / (1 + i)),
      ),
    ]);
    expect(
      fieldsOf(sink.text())
        .slice(1, -1)
        .map(([text]) => Number(text)),
    ).toEqual(index);
    expect(sink.writes()).toBeGreaterThan(1);
  });

  it.skipIf(!python)('reads back to the same bits in Python (skipped without python3)', async () => {
    const sink = await writeTable(csvWriter, INDEX_AND_SCORE, [batchOf([...AWKWARD.keys()], AWKWARD)]);
    const script =
      'import sys\nfor line in sys.stdin.read().split("\\n")[1:-1]: print(float(line.split(",")[1]).hex())';
    const read = execFileSync('python3', ['-c', script], { input: sink.bytes(), encoding: 'utf8' });
    const written = execFileSync(
      'python3',
      ['-c', 'import json, sys\nfor v in json.load(sys.stdin): print(float.fromhex(v).hex())'],
      {
        input: JSON.stringify(AWKWARD.map(hexOf)),
        encoding: 'utf8',
      },
    );
    expect(read).toBe(written);
  });
});

/** The exact value as a hexadecimal integer times a power of two, which any language reads without rounding. */
function hexOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const integer = exponent === 0 ? fraction : fraction | (1n << 52n);
  return `${bits >> 63n ? '-' : ''}0x${integer.toString(16)}p${Math.max(exponent, 1) - 1075}`;
}
