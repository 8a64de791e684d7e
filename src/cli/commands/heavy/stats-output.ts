/** What each key receives, as a table in the file that `--stats` names. */

import { KeyStats } from '../../../entries/key-stats.js';
import type { TableBatch } from '../../../output/table.js';
import type { Logger } from '../../terminal/log.js';
import { type Output, openOutput } from '../../terminal/results.js';

/** Opens the file, before the work begins; undefined where none is asked for. */
export const openStats = async (path: string | undefined, log: Logger): Promise<Output | undefined> =>
  path === undefined ? undefined : openOutput({ output: path }, log, 'sums by key');

/**
 * Writes the table.
 * @param total - whether it has the column of all scores
 */
export async function writeStats(output: Output, batches: Iterable<TableBatch>, total: boolean): Promise<void> {
  const writer = output.begin(KeyStats.schema(total));
  for (const batch of batches) await writer.write(batch);
  await writer.end();
  await output.commit();
}
