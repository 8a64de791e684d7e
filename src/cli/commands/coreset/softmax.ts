/** `levattn coreset K --for softmax`: few weighted keys and values that stand for all of them in softmax attention. */

import { dataError, usageError } from '../../../errors.js';
import { headJobs } from '../../../input/head-jobs.js';
import { Input } from '../../../input/input.js';
import { keyMask } from '../../../input/key-mask.js';
import { heldAtMost } from '../../../input/memory.js';
import { withNames } from '../../../input/named-inputs.js';
import { refuseSameTensor } from '../../../input/same-tensor.js';
import { holdValues } from '../../../input/values-input.js';
import { createKernels } from '../../../kernels/backends.js';
import { formatOfEnding } from '../../../output/formats.js';
import { allScores } from '../../../selectors/choose.js';
import { makeCoreset, radiusOf } from '../../../selectors/coreset.js';
import { heldKeys } from '../../../selectors/key-source.js';
import { observed as observedAttention } from '../../../selectors/observed.js';
import { byScore } from '../../../selectors/order.js';
import { parseSelector } from '../../../selectors/registry.js';
import { count, things } from '../../../text.js';
import {
  type CoresetValues,
  coresetsBatches,
  coresetsSchema,
  type HeadCoreset,
  type SoftmaxCoreset,
} from '../../../universal-set/softmax-coreset.js';
import { logFor, optionsFor } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import { openOutput } from '../../terminal/results.js';
import { tell } from '../../terminal/tell.js';
import { openObserved } from '../selection/observed.js';
import { ColumnRange } from './column-range.js';
import { FEW_PIVOTS, type SoftmaxCoresetOptions } from './options.js';
import { coresetByBlocks, needsBlocks } from './softmax-blocks.js';

/**
 * Makes a coreset of every head, and writes them.
 * @throws LevattnError where K, V and queries do not go together, or there is no room
 */
export async function softmaxCoreset(
  paths: readonly string[],
  given: SoftmaxCoresetOptions,
  log: Logger,
): Promise<void> {
  const [path, second] = paths as readonly [string, ...string[]];
  if (second !== undefined)
    throw usageError(`${second}: --for softmax takes K in one input; leave it out, or join the files first`);
  const { size, values, queries } = given;
  if (size === undefined) throw usageError('--for softmax needs --size: how many keys stand for all');
  if (given.observe && queries === undefined) throw usageError('--observe says how many rows of --queries; name it');
  if (given.output === undefined || formatOfEnding(given.output)?.name !== 'arrow') {
    if (given.format !== 'arrow')
      throw usageError('--for softmax writes Arrow, which holds keys and values: name a file with -o C.arrow');
  }
  const options = await withNames(given, [path, values, given.mask, queries]);
  await refuseSameTensor(
    [
      ['K', path],
      ['V', values],
      ['Q', queries],
    ],
    options,
  );
  const output = await openOutput(options, log);
  const jobs = await headJobs(['K', path], { roles: [['V', values]], others: [given.mask, queries] }, options);
  const coresets: HeadCoreset[] = [];
  for (const job of jobs.jobs) {
    const coreset = await coresetOfHead(path, size, optionsFor(options, job), logFor(log, job));
    coresets.push({ place: job.place, of: job.target?.of, coreset });
  }
  const most = (of: 'batch' | 'heads'): number => Math.max(...coresets.map((one) => one.of?.[of] ?? 1));
  const all = { shape: { axes: jobs.shape.axes, batch: most('batch'), heads: most('heads') }, coresets };
  const writer = output.begin(coresetsSchema(all, path));
  for (const batch of coresetsBatches(all)) await writer.write(batch);
  await writer.end();
  await output.commit();
}

async function coresetOfHead(
  path: string,
  size: number,
  options: SoftmaxCoresetOptions,
  log: Logger,
): Promise<SoftmaxCoreset> {
  const mask = await keyMask(options);
  const input = new Input(path, { ...options, role: 'K' }, log);
  if (await needsBlocks(path, input, size, options)) {
    await input.close();
    return coresetByBlocks(path, size, options, log);
  }
  const { dtype, name } = await input.head();
  const keys = await input.hold({
    mask,
    most: heldAtMost(options.memory),
    advice: 'fix the data, or leave such keys out with --nan skip',
    refuseEmpty: () => dataError(`${name}: K has no usable rows; there is nothing to choose from`),
  });
  const { d, index } = keys;
  const values = options.values === undefined ? undefined : (await holdValues(options.values, keys, options, log)).held;
  const observed = await openObserved(undefined, { d, like: input.beside, mask: undefined }, options, log);
  const { seed = 0, scale = 1 / Math.sqrt(d) } = options;
  const kernels = createKernels(options.backend);
  const few = Math.min(size, index.length);
  const exact = observed
    ? byScore(
        await allScores(observedAttention, parseSelector('observed'), heldKeys(keys), {
          kernels,
          scale,
          seed,
          observed: observed.queries,
        }),
      ).subarray(0, Math.floor(few / 2))
    : [];
  const made = makeCoreset(keys, values, {
    kernels,
    scale,
    size: few,
    exact,
    seed: options.pivots === 'largest' ? undefined : seed,
    queryRadius: observed && radiusOf(observed.queries.values, d),
  });
  const pivots = made.place.length - made.exact;
  if (pivots < FEW_PIVOTS && made.place.length < index.length) {
    log.warn(
      `${things(pivots, 'pivot')} stand${pivots === 1 ? 's' : ''} for all other keys; with fewer than ${FEW_PIVOTS} weights vary strongly with --seed, so take a larger --size`,
    );
  }
  tell(
    options,
    log,
    `n ${count(index.length)}  d ${d}  ${count(made.place.length)} keys: ${count(made.exact)} as they are${observed ? ` by ${count(observed.queries.index.length)} queries` : ''}, ${things(pivots, 'pivot')}`,
  );
  return {
    n: keys.n,
    d,
    scale,
    exact: made.exact,
    observed: observed?.queries.index.length ?? 0,
    observedFrom: observed?.from ?? null,
    seed,
    index: Float64Array.from(made.place, (place) => index[place]),
    weight: made.weight,
    keys: Float64Array.from([...made.place].flatMap((place) => [...keys.values.subarray(place * d, (place + 1) * d)])),
    dtype,
    values: values && made.values && { width: values.width, rows: made.values, ...rangeOf(values) },
  };
}

/** The least and the largest of each column of V. */
function rangeOf({ width, rows }: Pick<CoresetValues, 'width' | 'rows'>): Pick<CoresetValues, 'low' | 'high'> {
  const { low, high } = new ColumnRange(width).add(rows);
  return { low, high };
}
