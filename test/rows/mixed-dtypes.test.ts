/** Matrices below one another whose numbers are float32 or float64: a slot holds every row as it was, wherever types change. */

import { expect, test } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openMatrix } from '../../src/formats/open.js';
import { createPlainKernels } from '../../src/kernels/plain.js';
import { RowSlot } from '../../src/rows/row-slot.js';
import { StackedRows } from '../../src/rows/stacked-rows.js';
import { npyFrom, temporaryFolder } from '../support/files.js';

const D = 3;
const folder = temporaryFolder();

/** Every order of four types. */
const ORDERS = Array.from({ length: 16 }, (_, bits) =>
  Array.from({ length: 4 }, (_, i) => ((bits >> i) & 1 ? 'float64' : 'float32') as 'float32' | 'float64'),
);

/** Row i of all is (i, -i, i / 8), which both types hold. */
const rowsFrom = (start: number, rows: number): Float64Array =>
  Float64Array.from({ length: rows * D }, (_, at) => {
    const i = start + Math.floor(at / D);
    return [i, -i, i / 8][at % D]!;
  });

test.each(ORDERS)('%s, %s, %s, %s', async (...dtypes) => {
  // A matrix without rows changes nothing, whatever its type.
  const sizes = [4, dtypes[3] === 'float64' ? 0 : 3, 5, 2];
  let start = 0;
  const paths = dtypes.map((dtype, i) => {
    const rows = sizes[i]!;
    const path = folder.write(`${i}.npy`, npyFrom({ rows, d: D, values: rowsFrom(start, rows) }, dtype));
    start += rows;
    return path;
  });
  async function* opened() {
    for (const path of paths) yield await openMatrix(await openBytes(path));
  }
  for (const capacity of [1, 2, 3, 6, 100]) {
    for (const late of [false, true]) {
      const rows = new StackedRows(opened());
      const slot = new RowSlot(createPlainKernels(), D, capacity);
      const found: number[] = [];
      for (let more = true; more; slot.clear()) {
        while (more && slot.room > 0) more = await rows.fill(slot, late);
        found.push(...slot.values.subarray(0, slot.rows * D));
      }
      expect(found).toEqual([...rowsFrom(0, start)]);
    }
  }
});
