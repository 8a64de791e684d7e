/** A coreset for softmax of more keys than memory holds: block by block, with what it is off by on some queries. */

import { StreamedAttention } from '../../../attention/streamed-attention.js';
import { dataError, usageError } from '../../../errors.js';
import type { Input } from '../../../input/input.js';
import { keyMask } from '../../../input/key-mask.js';
import { keysInput } from '../../../input/keys-input.js';
import { SILENT } from '../../../input/notices.js';
import { canReadAgain } from '../../../input/open.js';
import { createKernels } from '../../../kernels/backends.js';
import type { Kernels } from '../../../kernels/kernels.js';
import { countMasked } from '../../../rows/masked-rows.js';
import { scoresBy } from '../../../selectors/choose.js';
import { radiusOf } from '../../../selectors/coreset.js';
import { type BlockCoreset, BlockCoresets, mostKeysOfBlock } from '../../../selectors/coreset-blocks.js';
import { countKeys, type KeySource, streamedKeys } from '../../../selectors/key-source.js';
import { observed as observedAttention } from '../../../selectors/observed.js';
import { parseSelector } from '../../../selectors/registry.js';
import { topOf } from '../../../selectors/top.js';
import { count, things } from '../../../text.js';
import type { SoftmaxCoreset } from '../../../universal-set/softmax-coreset.js';
import type { Logger } from '../../terminal/log.js';
import { Progress, wantsProgress, wipeProgress } from '../../terminal/progress.js';
import { tell } from '../../terminal/tell.js';
import { type Observed, openObserved } from '../selection/observed.js';
import { ColumnRange } from './column-range.js';
import { blocksOfKeys, openValues } from './key-value-blocks.js';
import { FEW_PIVOTS, type SoftmaxCoresetOptions } from './options.js';
import { sampleOf, spellErrors } from './sample-queries.js';

/** How much there is to hold. */
interface Load {
  /** Rows of K, those that do not count included. */
  readonly rows: number;
  readonly d: number;
  /** Columns of V, 0 without. */
  readonly width: number;
}

/** Whether K and V can be read as often as blocks need, and with the factor of the pivots do not fit the memory. */
export async function needsBlocks(
  path: string,
  input: Input,
  size: number,
  options: SoftmaxCoresetOptions,
): Promise<boolean> {
  const { values, memory } = options;
  if (![path, ...(values === undefined ? [] : [values])].every(canReadAgain)) return false;
  const load = await loadOf(path, input, options);
  return load.rows > mostKeysOfBlock({ ...load, n: load.rows, size: Math.min(size, load.rows) }, memory);
}

async function loadOf(path: string, input: Input, options: SoftmaxCoresetOptions): Promise<Load> {
  const { d, rows = await countRows(path, options) } = await input.head();
  const values = await openValues(options, SILENT);
  await values?.input.close();
  return { rows, d, width: values?.width ?? 0 };
}

/** Notices are given when the rows are read for good. */
async function countRows(path: string, options: SoftmaxCoresetOptions): Promise<number> {
  let rows = 0;
  for await (const block of (await keysInput([path], options, SILENT)).rows()) rows += block.rows;
  return rows;
}

/**
 * Makes the coreset of one head.
 * @throws LevattnError where memory is too small for blocks with pivots of their own, or inputs do not go together
 */
export async function coresetByBlocks(
  path: string,
  asked: number,
  options: SoftmaxCoresetOptions,
  log: Logger,
): Promise<SoftmaxCoreset> {
  const input = await keysInput([path], options, log);
  const { d, dtype, name } = await input.head();
  const progress = new Progress(
    options.label === undefined ? 'reading K' : `reading K, ${options.label}`,
    wantsProgress(options),
  );
  let rows = 0;
  const keys = streamedKeys(d, () => input.rows(), {
    nonFinite: options.nan,
    describeRow: (row) => input.describeRow(row),
    onProgress: (read) => {
      rows = read;
      progress.update(read, input.progress());
    },
  });
  const n = await countKeys(keys);
  if (n === 0) throw dataError(`${name}: K has no usable rows; there is nothing to choose from`);
  const mask = await keyMask(options);
  const skipped = rows - n - (mask ? countMasked(mask) : 0);
  if (skipped > 0) log.warn(`${count(skipped)} rows of K with NaN, infinities or missing values left out`);
  const size = Math.min(asked, n);
  const beside = { d, like: input.beside, mask: undefined };
  const observed = await openObserved(undefined, beside, options, log);
  const { seed = 0, scale = 1 / Math.sqrt(d) } = options;
  const kernels = createKernels(options.backend);
  const values = await openValues(options, log);
  const most = mostKeysOfBlock({ n, d, width: values?.width ?? 0, size }, options.memory);
  const own = observed ? Math.floor(size / 2) : 0;
  const blocks = Math.ceil(n / Math.max(1, most));
  if (blocks > size - own) {
    throw usageError(
      `${name}: for want of memory there would be ${count(blocks)} blocks, and ${count(size - own)} pivots for them; give more --memory, or a larger --size`,
    );
  }
  const made = new BlockCoresets({
    ...{ kernels, d, width: values?.width, scale, n, size },
    exact: observed ? await mostAttended(keys, observed, own, { kernels, scale, seed }) : [],
    seed: options.pivots === 'largest' ? undefined : seed,
    queryRadius: observed && radiusOf(observed.queries.values, d),
  });
  const sample = observed && (await sampleOf(observed, beside, options, log));
  const attention =
    sample && new StreamedAttention({ queries: sample.values, d, scale, width: values?.width ?? 0, kernels });
  const range = new ColumnRange(values?.width ?? 0);
  for await (const block of blocksOfKeys(keys, values, Math.ceil(n / blocks), () => rows)) {
    made.add(block);
    attention?.add(block.keys, block.values);
    if (block.values) range.add(block.values);
    log.info({ keys: block.index.length, of: n }, 'block');
  }
  wipeProgress();
  const result = made.result();
  warnOfFew(result, log);
  const errors = attention?.errorsOf({ ...result, ...range });
  const off = errors
    ? spellErrors(errors, sample!)
    : 'how far that is from attention over all keys takes queries to measure: name some with --queries';
  log.warn(`K goes beyond --memory, so pivots were chosen in ${count(result.blocks)} blocks of keys; ${off}`);
  tell(options, log, `n ${count(n)}  d ${d}  ${spellKeys(result, observed)} of ${count(result.blocks)} blocks`);
  const { index, weight, exact } = result;
  return {
    ...{ n: rows, d, scale, exact, seed, dtype, index, weight, blocks: result.blocks },
    observed: observed?.queries.index.length ?? 0,
    observedFrom: observed?.from ?? null,
    keys: result.keys,
    values: result.values && { width: values!.width, rows: result.values, low: range.low, high: range.high },
  };
}

/** Places of the keys that observed queries give most attention. */
async function mostAttended(
  keys: KeySource,
  { queries }: Observed,
  many: number,
  context: { readonly kernels: Kernels; readonly scale: number; readonly seed: number },
): Promise<Float64Array> {
  if (many === 0) return new Float64Array(0);
  const scores = await scoresBy(observedAttention, parseSelector('observed'), keys, { ...context, observed: queries });
  return (await topOf(scores, many)).place;
}

function warnOfFew({ fewest }: BlockCoreset, log: Logger): void {
  if (fewest >= FEW_PIVOTS) return;
  log.warn(
    `${things(fewest, 'pivot')} stand${fewest === 1 ? 's' : ''} for all other keys of a block; with fewer than ${FEW_PIVOTS} weights vary strongly with --seed, so take a larger --size, or more --memory`,
  );
}

const spellKeys = ({ index, exact }: BlockCoreset, observed: Observed | undefined): string =>
  `${count(index.length)} keys: ${count(exact)} as they are${observed ? ` by ${count(observed.queries.index.length)} queries` : ''}, ${count(index.length - exact)} pivots`;
