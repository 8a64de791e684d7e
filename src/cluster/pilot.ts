/** The pilot that a job makes itself: the first rows of K, by which every shard weighs its sample as one pass would. */

import { encodeNpyHeader } from '../formats/npy.js';
import { arrowFileWriter } from '../output/arrow.js';
import { openFileSink } from '../output/sink.js';
import { clearNonFinite, type NonFinitePolicy } from '../rows/non-finite.js';
import { allocate, type Values } from '../rows/row-block.js';
import type { StackedRows } from '../rows/stacked-rows.js';
import { PILOT_ROWS } from '../sketch/sample/priority-sampler.js';

/** What the name of a pilot ends in: Arrow has the names of columns, npy has none. */
export type PilotEnding = '.arrow' | '.npy';

/**
 * Writes K's first rows, as many as a pilot has or all there are, as float64.
 * @param path - ends in {@link PilotEnding}
 * @param names - of the columns in Arrow, so that shards that have them in another order find each; by default its position
 * @throws LevattnError where they cannot be read, or hold NaN or infinities that are not to be passed over
 */
export async function writePilot(
  path: string,
  keys: StackedRows,
  nonFinite: NonFinitePolicy,
  names?: readonly string[],
): Promise<void> {
  const d = (await keys.columns()) ?? 0;
  const pilot = new Float64Array(PILOT_ROWS * d);
  let n = 0;
  for (;;) {
    let values: Values = pilot;
    const rows = await keys.read((dtype) => {
      values = allocate(dtype, (PILOT_ROWS - n) * d);
      return values;
    }, PILOT_ROWS - n);
    clearNonFinite(values, rows, d, nonFinite, (i) => keys.describeRow(n + i));
    pilot.set(values.subarray(0, rows * d), n * d);
    n += rows;
    if (rows === 0 || n === PILOT_ROWS) break;
  }
  await keys.close();
  const sink = await openFileSink(path);
  if (path.endsWith('.arrow')) {
    const columns = Array.from({ length: d }, (_, j) => ({ name: names?.[j] ?? `${j}`, type: 'float64' }) as const);
    const writer = arrowFileWriter({ columns }, sink);
    const cells = columns.map((_, j) => Float64Array.from({ length: n }, (_, i) => pilot[i * d + j]!));
    await writer.write({ rows: n, columns: cells });
    await writer.end();
  } else {
    await sink.write(encodeNpyHeader('<f8', [n, d]));
    await sink.write(new Uint8Array(pilot.buffer, 0, n * d * pilot.BYTES_PER_ELEMENT));
  }
  await sink.commit();
}
