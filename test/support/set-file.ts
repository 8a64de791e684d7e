/** Universal sets as files, for tests that start the program. */

import { RESULT_FORMATS } from '../../src/output/formats.js';
import { openFileSink } from '../../src/output/sink.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { universalSetBatch, universalSetSchema } from '../../src/universal-set/table.js';

/** Writes a universal set as an Arrow file. */
export async function writeSet(set: UniversalSet, path: string): Promise<string> {
  const sink = await openFileSink(path);
  const writer = await RESULT_FORMATS.find(({ name }) => name === 'arrow')!.open(universalSetSchema(set), sink);
  await writer.write(universalSetBatch(set));
  await writer.end();
  await sink.commit();
  return path;
}
