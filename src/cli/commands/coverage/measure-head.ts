/** The coverage of one head: its keys are read into memory, and what is asked for is measured. */

import { measureCoverage, usualSelectors } from '../../../attention/coverage/measure-coverage.js';
import { HINDSIGHT } from '../../../attention/coverage/names.js';
import type { AttentionTeam } from '../../../attention/team/team.js';
import { dataError } from '../../../errors.js';
import { Input, refuseForKeys } from '../../../input/input.js';
import { keyMask } from '../../../input/key-mask.js';
import { heldAtMost } from '../../../input/memory.js';
import { isStdin, STDIN } from '../../../input/open.js';
import { queriesInput } from '../../../input/queries-input.js';
import { holdValues } from '../../../input/values-input.js';
import { createKernels } from '../../../kernels/backends.js';
import type { HeldRows } from '../../../rows/held-rows.js';
import type { MatrixReader, Values } from '../../../rows/row-block.js';
import { parseSelectors } from '../../../selectors/registry.js';
import type { Logger } from '../../terminal/log.js';
import { ofHead, Progress, wantsProgress, wipeProgress } from '../../terminal/progress.js';
import { openObserved } from '../selection/observed.js';
import { readLists } from './lists.js';
import type { CoverageCommandOptions } from './options.js';
import type { CoverageOfHead } from './output.js';

/** The keys of a head, in memory, and what they were read from. */
export interface KeysOfHead {
  readonly mask: Uint8Array | undefined;
  readonly input: Input;
  readonly reader: MatrixReader;
  readonly held: HeldRows<Values>;
}

/** Reads the keys of a head. */
export async function holdKeys(
  queriesPath: string | undefined,
  options: CoverageCommandOptions,
  { firstAlone, room }: { readonly firstAlone: boolean; readonly room: (length: number) => Float64Array },
  log: Logger,
): Promise<KeysOfHead> {
  const mask = await keyMask(options);
  const input = new Input(
    options.keys ?? STDIN,
    {
      ...options,
      role: 'K',
      followed: [queriesPath, options.values].some((path) => path !== undefined && isStdin(path)),
      refuseMade: refuseForKeys,
    },
    log,
  );
  const reader = await input.head();
  const holding = {
    mask,
    most: heldAtMost(options.memory),
    advice: 'fix the data, or leave such keys out with --nan skip',
    // The same for one head after another.
    room,
    refuseEmpty: (name: string) => dataError(`${name}: K has no usable rows; there is nothing to choose from`),
  };
  // Float64 is what everything but a table of several heads is worked out in.
  const held: HeldRows<Values> = firstAlone ? await input.holdAsStored(holding) : await input.hold(holding);
  return { mask, input, reader, held };
}

/**
 * The coverage of one head.
 * @param firstAlone - whether the first selection is all that is looked at, besides the best afterwards
 */
export async function coverHead(
  queriesPath: string | undefined,
  { mask, input: keysInput, reader, held: keys }: KeysOfHead,
  options: CoverageCommandOptions,
  firstAlone: boolean,
  team: AttentionTeam,
  log: Logger,
): Promise<CoverageOfHead> {
  const values =
    options.values === undefined
      ? undefined
      : await holdValues(options.values, keys, { ...options, followed: isStdin(queriesPath ?? '') }, log);
  const beside = { d: keys.d, rows: keys.n, like: keysInput.beside, mask };
  const queries = queriesPath === undefined ? undefined : queriesInput(queriesPath, beside, options, log);
  await queries?.headAfter(keysInput, ...(values ? [values.input] : []));
  if (values && queries && !queries.rereadable) {
    log.warn(`the output error of the ${HINDSIGHT} needs Q twice, and is not measured; give Q as a file by its name`);
  }
  const progress = new Progress(ofHead(options, 'reading Q'), wantsProgress(options));
  const kernels = createKernels(options.backend);
  log.info({ backend: kernels.name, n: keys.n, d: keys.d }, 'measuring coverage');
  const chosen = await readLists(options.rows, options.keys ?? STDIN, reader, keys, options, log);
  const observed = await openObserved(queries, beside, options, log);
  const by = options.by ?? parseSelectors(usualSelectors(observed !== undefined).join(','));
  const rows = queries && (queries.rereadable ? () => queries.rows() : queries.rows());
  const report = await measureCoverage(keys, rows, {
    eps: options.eps,
    sizes: options.k,
    functions: options.f,
    scale: options.scale,
    draws: options.draws,
    seed: options.seed,
    by: firstAlone ? by.slice(0, 1) : by,
    // A table of heads has counts and shares of few digits; everything else is told in float64.
    precision: firstAlone ? 'float32' : 'float64',
    leverage: !firstAlone,
    heavy: !firstAlone,
    onScores: (how) => log.info(how, 'attention scores'),
    ...chosen,
    keep: options.keep,
    observed: observed?.queries,
    observedElsewhere: observed?.elsewhere,
    causal: options.causal,
    queryOffset: options.queryOffset,
    values: values?.held,
    kernels,
    team,
    nonFinite: options.nan,
    describeRow: queries?.describeRow,
    onProgress: (rows) => progress.update(rows, queries!.progress()),
  });
  wipeProgress();
  if (queries && report.queries === 0) log.warn('Q has no usable rows, so there is no attention to capture');
  log.info(
    {
      queries: report.queries,
      padding: report.padding,
      ...(firstAlone ? {} : { universal: report.universal }),
      seconds: progress.seconds,
    },
    'coverage',
  );
  return { ...report, observedFrom: observed?.from ?? null, keep: options.keep ?? null };
}
