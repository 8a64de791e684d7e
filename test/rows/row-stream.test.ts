/** Rows off a stream: whatever blocks they come in, and however many are asked for, they are those of the matrix, in order. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowBlock } from '../../src/rows/row-block.js';
import { RowSlot } from '../../src/rows/row-slot.js';
import { fillWhole, RowStream } from '../../src/rows/row-stream.js';

const memory = { allocate: (_: 'float64', length: number): Float64Array => new Float64Array(length) };

/** Row i is (i, -i), in float32 in every other block; every fifth row is padding. */
function* blocksOf(sizes: readonly number[]): Generator<RowBlock, void, undefined> {
  let start = 0;
  for (const [b, rows] of sizes.entries()) {
    const numbers = Array.from({ length: 2 * rows }, (_, at) => (at % 2 === 0 ? 1 : -1) * (start + (at >> 1)));
    const mask = Uint8Array.from({ length: rows }, (_, i) => Number((start + i) % 5 !== 0));
    yield { start, rows, d: 2, values: b % 2 ? Float32Array.from(numbers) : Float64Array.from(numbers), mask };
    start += rows;
  }
}

const rowsOf = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i).flatMap((row) => (row % 5 === 0 ? [0, 0] : [row, -row]));

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8 });
const steps = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 });

const paddingIn = (from: number, count: number): number => Math.ceil((from + count) / 5) - Math.ceil(from / 5);

describe('a stream', () => {
  test('copied, passed over and put into slots', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, steps, async (blocks, wanted) => {
        const n = blocks.reduce((sum, rows) => sum + rows, 0);
        const stream = new RowStream(blocksOf(blocks), 0);
        let at = 0;
        for (const [i, most] of wanted.entries()) {
          const count = Math.min(most, n - at);
          if (i % 3 === 0) {
            const into = new Float64Array(2 * most);
            expect(await stream.copy(most, into)).toBe(count);
            expect([...into.subarray(0, 2 * count)].map((x) => x + 0)).toEqual(rowsOf(at, count));
          } else if (i % 3 === 1) expect(await stream.skip(most)).toBe(count);
          else {
            const slot = new RowSlot(memory, 2, most + 1);
            const whole = await fillWhole(stream, slot);
            expect(whole).toBe(n - at >= most + 1);
            expect(slot.rows).toBe(Math.min(most + 1, n - at));
            expect([...slot.values.subarray(0, 2 * slot.rows)].map((x) => x + 0)).toEqual(rowsOf(at, slot.rows));
            at += slot.rows - count;
          }
          at += count;
          expect([stream.taken, stream.padding]).toEqual([at, paddingIn(0, at)]);
        }
        expect(await stream.columns()).toBe(at < n ? 2 : undefined);
      }),
    );
  });

  test('in parts of a size at most', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 7 }), async (blocks, most) => {
        let at = 0;
        for await (const { start, rows, values } of new RowStream(blocksOf(blocks)).parts(most)) {
          expect(start).toBe(at);
          expect(rows).toBeLessThanOrEqual(most);
          for (let i = 0; i < rows; i++) expect(values[2 * i]).toBe(at + i);
          at += rows;
        }
        expect(at).toBe(blocks.reduce((sum, rows) => sum + rows, 0));
      }),
    );
  });

  test('refuses what does not follow', async () => {
    const block = (start: number, d: number): RowBlock => ({ start, rows: 2, d, values: new Float64Array(2 * d) });
    await expect(new RowStream([block(1, 2)], 0).columns()).rejects.toThrow('a block at row 1 where 0 is next');
    await expect(new RowStream([block(0, 2), block(2, 3)]).skip(4)).rejects.toThrow('3 columns after one of 2');
  });
});
