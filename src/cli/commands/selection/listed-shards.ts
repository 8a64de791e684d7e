/** A part of K among files that are listed, with what all parts share: it comes from the first file, the same for every part. */

import { expandShards, groupFiles } from '../../../cluster/plan.js';
import { usageError } from '../../../errors.js';
import { isPattern } from '../../../input/named-inputs.js';
import type { InputOptions } from '../../../input/options.js';
import { PILOT_ROWS } from '../../../sketch/sample/priority-sampler.js';
import type { PartOptions } from '../../options/part-options.js';
import type { OutsideOptions } from '../../options/sample-options.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import type { Logger } from '../../terminal/log.js';
import { countRows } from '../slurm/count-rows.js';
import { planOf } from './checkpoints.js';

type ShardOptions = PartOptions & OutsideOptions & SelectionOptions & InputOptions;

/** Files of a part, and the options with what it was told by the others. */
interface ListedShard<T> {
  readonly paths: readonly string[];
  readonly options: T;
}

/**
 * The files of shard i of m, and its options: by the same list, every shard finds the same. Where rows are weighed or means stand for missing
 * values, the first rows of the first file are the pilot; its columns are those of every part; where a share of the rows is summed, the rows before the part are counted.
 * @param paths - that were named, which none must be
 * @throws LevattnError where the files are too few, or do not say which of them are meant
 */
export async function listedShard<T extends ShardOptions>(
  paths: readonly string[],
  options: T,
  eps: number,
  log: Logger,
): Promise<ListedShard<T>> {
  const { shards, shard, pilot, sample = 1 } = options;
  if (shards === undefined) return { paths, options };
  if (shard === undefined) throw usageError('--shards lists all files of K: say which are meant with --shard i/m');
  if (paths.length > 0) throw usageError(`--shards lists all files of K: leave ${paths[0]} out`);
  const files = await expandShards(shards, []);
  if (files.length < shard.of) {
    throw usageError(`--shards ${shards}: ${files.length} files are no ${shard.of} shards; at most one for each file`);
  }
  const groups = groupFiles(files, shard.of);
  const shared = planOf(options, eps).keepsSample || options.missing === 'mean';
  const own = {
    ...(shared && pilot === undefined && { pilot: files[0], pilotRows: PILOT_ROWS }),
    // Names with placeholders stand for a matrix a head, and have columns of their own.
    ...(!isPattern(files[0]!) && { columnsOf: options.columnsOf ?? files[0] }),
  };
  const named = groups[shard.i - 1]!;
  if (sample === 1) return { paths: named, options: { ...options, ...own } };
  let rowOffset = 0;
  for (const file of groups.slice(0, shard.i - 1).flat())
    rowOffset += await countRows(file, options, (message) => log.warn(message));
  return { paths: named, options: { ...options, ...own, shard: undefined, rowOffset } };
}
