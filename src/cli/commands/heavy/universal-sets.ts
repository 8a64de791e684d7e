/** The universal sets that queries are streamed past. */

import type { ByteReader } from '../../../formats/bytes/reader.js';
import { type HeadJobs, jobsOf } from '../../../input/head-jobs.js';
import { refuseWithoutIds } from '../../../input/key-ids.js';
import { openKeysOfHeads } from '../../../input/keys.js';
import { reportMatrix, STDIN } from '../../../input/open.js';
import { asRole, readOptions } from '../../../input/options.js';
import { createKernels } from '../../../kernels/backends.js';
import type { QueryHead } from '../../../rows/heads/head-index.js';
import { type HeadShape, headShape } from '../../../rows/heads/layout.js';
import type { MatrixReader } from '../../../rows/row-block.js';
import { DEFAULT_EPS } from '../../../sketch/sketch-options.js';
import { universalSetFrom as setFromSketch } from '../../../sketch-file/set-from-sketch.js';
import type { Sketches } from '../../../sketch-file/several.js';
import type { HeadSet, HeadSets } from '../../../universal-set/head-sets.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import type { Logger } from '../../terminal/log.js';
import { selectHeads } from '../selection/select-heads.js';

/** How universal sets are read, or made. */
export interface UniversalSetOptions extends SelectionOptions {
  readonly keys?: string;
  readonly eps?: number;
  readonly allowPartial?: boolean;
}

/** U as it was written, or selected from K now. */
export async function universalSetsFrom(bytes: ByteReader, given: UniversalSetOptions, log: Logger): Promise<HeadSets> {
  const options = asRole(given, 'K');
  const keys = await openKeysOfHeads(bytes, readOptions(options, log), options.inputFormat);
  if (keys.kind === 'array') return selectFromArray(keys.reader, options, log);
  if (keys.kind === 'sketches') return setsOfSketches(keys.sketches, bytes.name, options, log);
  if (options.sample !== undefined || options.factor !== 'auto') {
    log.warn(`${bytes.name}: a universal set that was made already; --sample and --factor change nothing`);
  }
  for (const { set } of keys.sets.sets) {
    refuseWithoutIds(set, options, bytes.name);
    const { n, d, eps, route, index } = set;
    log.info({ n, d, eps, route, size: index.length }, `${bytes.name}: universal set`);
  }
  return keys.sets;
}

function setsOfSketches(
  { shape, sketches }: Sketches,
  name: string,
  options: UniversalSetOptions,
  log: Logger,
): HeadSets {
  const { f, allowPartial, backend } = options;
  const kernels = createKernels(backend);
  const sets = sketches.map(({ content, ...placed }): HeadSet => {
    // For another function U must be as large as it can be.
    const eps = f === undefined || f.name === content.header.f ? options.eps : undefined;
    const set = setFromSketch(content, name, { kernels }, { eps, allowPartial });
    refuseWithoutIds(set, options, name);
    log.info({ n: set.n, d: set.d, eps: set.eps, route: set.route, size: set.index.length }, `${name}: sketch`);
    return { ...placed, set };
  });
  return { shape, sets };
}

/** U of K, or of all its heads: which of them the queries need, these say later. */
async function selectFromArray(array: MatrixReader, options: UniversalSetOptions, log: Logger): Promise<HeadSets> {
  const { eps = DEFAULT_EPS, keys = STDIN } = options;
  const shape = headShape(array, options);
  reportMatrix(array, log);
  const all = { ...options, head: undefined, batch: undefined };
  const jobs = seenFrom(jobsOf(shape, all, array.name), shape, options.target);
  return selectHeads(array, shape, jobs, keys, eps, options, log);
}

/** Jobs of an array that is of the layer and the example of some queries, as its name says: masks are theirs. */
function seenFrom(heads: HeadJobs, { axes }: HeadShape, target: QueryHead | undefined): HeadJobs {
  if (!target) return heads;
  const jobs = heads.jobs.map((job) => {
    if (!job.target) return job;
    const { layer = target.layer, batch, head, of } = job.target;
    const own = axes.includes('batch') ? { batch, of } : { batch: target.batch, of: { ...of, batch: target.of.batch } };
    return { ...job, target: { layer, head, ...own } };
  });
  return { ...heads, jobs };
}
