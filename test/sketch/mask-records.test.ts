/** A pass that is broken off goes on with the mask it began with, and with no other. */

import { describe, expect, test } from 'vitest';
import { maskedRows } from '../../src/rows/masked-rows.js';
import type { MatrixReader } from '../../src/rows/row-block.js';
import { StackedRows } from '../../src/rows/stacked-rows.js';
import { LeverageSketch } from '../../src/sketch/leverage-sketch.js';
import { runSketch } from '../../src/sketch/run-sketch.js';
import type { State } from '../../src/sketch/state.js';
import { StateReader } from '../../src/sketch/state-reader.js';
import { backendNames, makeKernels } from '../support/kernels.js';
import { KEYS, MASK, open } from '../support/masked.js';

const options = { eps: 0.05, blockRows: 64, kernels: makeKernels(backendNames.at(-1)!) };

async function* one(reader: Promise<MatrixReader>): AsyncGenerator<MatrixReader> {
  yield await reader;
}

const FINITE = { ...KEYS, values: KEYS.values.map((value) => value || 0) };
const rows = (mask?: Uint8Array): StackedRows => new StackedRows(one(open(FINITE, mask)));

/** What a pass has saved after so many blocks. */
async function broken(mask: Uint8Array | undefined, blocks: number): Promise<State> {
  let state: State | undefined;
  let sketch: LeverageSketch;
  let done = 0;
  await runSketch(rows(mask), {
    ...options,
    onBegin: (begun) => {
      sketch = begun;
    },
    afterBlock: async () => {
      if (++done === blocks) state = sketch.save();
    },
  });
  return state!;
}

const goOn = (state: State, mask: Uint8Array | undefined): Promise<LeverageSketch> => {
  const sketch = LeverageSketch.restore({ ...options, d: KEYS.d }, new StateReader(state, 'K.ck'));
  return runSketch(rows(mask), { ...options, resume: { sketch, filters: [] } });
};

describe('a checkpoint', () => {
  test('holds the mask of its rows', async () => {
    expect((await broken(MASK, 2)).masks).toEqual([{ ...maskedRows(MASK.slice(0, 128)) }]);
    expect((await broken(undefined, 2)).masks).toBeUndefined();
  });

  test('with the same mask: as if it had not been broken off', async () => {
    const set = (await goOn(await broken(MASK, 2), MASK)).finish();
    const expected = (await runSketch(rows(MASK), options)).finish();
    expect(set.masks).toEqual([maskedRows(MASK)]);
    expect([...set.index]).toEqual([...expected.index]);
    expect([...set.root]).toEqual([...expected.root]);
  });

  test.each([
    ['another mask', MASK, MASK.with(100, 0)],
    ['another mask with as much padding', MASK, MASK.with(100, 0).with(90, 1)],
    ['none', MASK, undefined],
    ['one, where it had none', undefined, MASK],
    ['another, of its first rows', MASK, MASK.with(3, 0)],
  ])('with %s: refused', async (_, before, after) => {
    const state = await broken(before, 2);
    await expect(goOn(state, after)).rejects.toThrow(
      /the mask is not the one that the checkpoint is of|K with its mask is not the one that the checkpoint is of/,
    );
  });
});

test('blocks that are added bring their masks', () => {
  const sketch = new LeverageSketch({ ...options, d: KEYS.d });
  sketch.add({ start: 0, rows: 100, d: KEYS.d, values: KEYS.values, mask: MASK });
  sketch.add({ start: 100, rows: 140, d: KEYS.d, values: KEYS.values.subarray(400), mask: MASK.subarray(100) });
  sketch.endInput();
  expect(sketch.masks).toEqual([maskedRows(MASK)]);
  sketch.beginInput();
  sketch.add({
    start: 240,
    rows: 2,
    d: KEYS.d,
    values: Float64Array.of(1, 1, 1, 1, 2, 2, 2, 2),
    mask: Uint8Array.of(0, 1),
  });
  sketch.endInput();
  expect(sketch.finish().masks).toEqual([maskedRows(MASK), maskedRows(Uint8Array.of(0, 1), 240)]);
});

test('what is damaged is refused', () => {
  const sketch = new LeverageSketch({ ...options, d: 1 });
  sketch.add({ start: 0, rows: 2, d: 1, values: Float64Array.of(1, 2), mask: Uint8Array.of(0, 1) });
  sketch.endInput();
  const state = sketch.save();
  const [record] = state.masks as [State];
  for (const bad of [{ masked: 3 }, { sha256: 'abc' }, { start: -1 }, { rows: 1.5 }]) {
    const wrong = { ...state, masks: [{ ...record, ...bad }] };
    expect(() => LeverageSketch.restore({ ...options, d: 1 }, new StateReader(wrong, 's.lev'))).toThrow(
      /s\.lev: masks\.0\./,
    );
  }
  const twice = { ...state, masks: [record, record] };
  expect(() => LeverageSketch.restore({ ...options, d: 1 }, new StateReader(twice, 's.lev'))).toThrow(
    /masks\.1\.start/,
  );
});
