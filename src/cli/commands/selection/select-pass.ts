/** The pass over K, for every command that makes one: progress, log and summary around `selectKeys`. */

import { SQUARE } from '../../../functions.js';
import type { Input } from '../../../input/input.js';
import { createKernels } from '../../../kernels/backends.js';
import type { Kernels } from '../../../kernels/kernels.js';
import { maskedIn } from '../../../rows/masked-rows.js';
import type { StackedRows } from '../../../rows/stacked-rows.js';
import type { Best } from '../../../sketch/candidates/retention.js';
import type { LeverageSketch } from '../../../sketch/leverage-sketch.js';
import type { PassTimes } from '../../../sketch/pass.js';
import type { RunOptions } from '../../../sketch/run-sketch.js';
import { isLarge, prepareScreening } from '../../../sketch/screen/screen-pool.js';
import { selectKeys } from '../../../sketch/select-keys.js';
import type { SketchEvent, StageCounts } from '../../../sketch/sketch-options.js';
import type { UniversalSet } from '../../../sketch/universal-set.js';
import { count } from '../../../text.js';
import { type MessageOptions, threadsFrom } from '../../options/options.js';
import { outsideSampleFrom } from '../../options/sample-options.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import type { Logger } from '../../terminal/log.js';
import { megabytes, Progress, wantsProgress, wipeProgress } from '../../terminal/progress.js';
import { tell } from '../../terminal/tell.js';
import { warnOfCondition, warnOfSkipped } from '../../terminal/warnings.js';
import { checkpointing, planOf, type WatchedOptions } from './checkpoints.js';

/** A pass over matrices that is about to begin. */
export interface PreparedPass {
  readonly rows: StackedRows;
  readonly options: RunOptions & { readonly kernels: Kernels };
  /** Seconds since it was prepared. */
  readonly seconds: () => number;
  /** To be called when the pass is over: wipes the progress line, and logs how many rows each stage let through. */
  readonly end: () => void;
}

/** Prepares a pass over K, with progress and log. */
export async function preparePass(
  keys: Input,
  eps: number,
  options: SelectionOptions,
  log: Logger,
): Promise<PreparedPass> {
  const progress = new Progress(`reading K${options.label ? `, ${options.label}` : ''}`, wantsProgress(options));
  const sample = planOf(options, eps).keepsSample ? await outsideSampleFrom(options, keys, log) : undefined;
  const threads = threadsFrom(options);
  const { rows: n, d, decodedAhead } = await keys.head();
  // They start while kernels are compiled here.
  if (isLarge(n, d, decodedAhead)) prepareScreening(threads - 1);
  const rows = keys.rows();
  let counts: StageCounts | undefined;
  const kernels = createKernels(options.backend);
  log.info({ backend: kernels.name, threads }, 'computing');
  return {
    rows,
    seconds: () => progress.seconds,
    end: () => {
      wipeProgress();
      // How many rows each stage let through: of all, those that took a quadratic form, those that became candidates.
      log.info({ ...counts }, 'rows');
    },
    options: {
      eps,
      kernels,
      threads,
      f: options.f,
      certificate: options.certificate,
      factor: options.factor,
      sampleRate: options.sample,
      sample,
      samplesOutside: options.samplesOutside,
      top: options.top,
      budget: options.budget,
      coresetSize: options.coresetSize,
      nonFinite: options.nan,
      idColumn: options.idColumn,
      describeRow: keys.describeRow,
      onEvent: (event) => logEvent(event, log),
      onTimes: (times) => log.info({ ...times, ...ratesOf(times, rows.progress().bytes) }, 'seconds by stage'),
      onProgress: (sketch: LeverageSketch) => {
        counts = sketch.counts;
        progress.update(sketch.rows, rows.progress());
      },
    },
  };
}

/** U of K, in one pass or two, with progress, log and summary. */
export async function selectFrom(
  keys: Input,
  eps: number,
  options: WatchedOptions,
  log: Logger,
): Promise<UniversalSet> {
  const { f = SQUARE, secondPass = false } = options;
  const pass = await preparePass(keys, eps, options, log);
  const checkpoints = await checkpointing(options, { ...pass.options, eps, f, keepsEnd: secondPass });
  const again = new Progress('reading K again', wantsProgress(options));
  const set = await selectKeys(pass.rows, {
    ...pass.options,
    ...checkpoints,
    readAgain: secondPass ? () => keys.rows() : undefined,
    onReadAgain: (done) => again.update(done, keys.progress()),
  });
  pass.end();
  reportSet(set, pass.rows.progress().bytes, pass.seconds(), options, log);
  return set;
}

/** MB/s that each stage by itself would allow, of what it took of the main thread's time. */
const ratesOf = (times: PassTimes, bytes: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(times).map(([stage, seconds]) => [
      `${stage}Rate`,
      Math.round(bytes / 1e6 / Math.max(seconds, 1e-6)),
    ]),
  );

function logEvent(event: SketchEvent, log: Logger): void {
  if (event.kind === 'pruned') {
    log.debug({ rows: event.rows, before: event.before, after: event.after }, 'candidates pruned');
  } else {
    log.debug({ rows: event.rows }, `factor route ${event.route}: ${event.reason}`);
  }
}

/** No K has this many keys: a bound from here on says nothing. */
const MOST_KEYS = 1e12;

/** The summary, with figures on request; and what a user must know of the result. */
export function reportSet(
  set: UniversalSet,
  bytes: number,
  seconds: number,
  options: MessageOptions,
  log: Logger,
): void {
  const {
    n,
    d,
    rank,
    eps,
    f,
    growth,
    dropped,
    best,
    lewis,
    sample,
    route,
    delta,
    skipped,
    masks,
    unresolved,
    sampling,
  } = set;
  const size = set.index.length;
  const largest = set.score.reduce((most, score) => Math.max(most, score), 0);
  const sampled = sampling && { rate: sampling.rate, rows: sampling.rows };
  log.info(
    {
      n,
      d,
      rank,
      eps,
      f,
      route,
      delta,
      skipped,
      padding: masks && maskedIn(masks),
      unresolved,
      sampled,
      size,
      largest,
      dropped,
      best,
      weights: lewis?.sum,
      sampleSize: sample?.index.length,
      seconds,
      bytes,
    },
    'universal set',
  );
  const exact = growth.a === 2 && growth.b === 2;
  tell(
    options,
    log,
    `n ${count(n)}  d ${d}  rank ${rank}  ${exact ? '' : `f ${f}  `}|U| ${count(size)} ` +
      `${exact && d / eps < MOST_KEYS ? `(at most d/eps = ${count(Math.floor(d / eps))})  ` : ' '}` +
      `${largestOf(set, exact)}  ${seconds.toFixed(2)} s  ${megabytes(bytes / seconds)}/s`,
  );
  if (best) reportBest(set, best, log);
  warnOfMissing(set, log);
  warnOfSkipped(log, skipped, 'row');
  warnOfCondition(log, set, ADVISED_DELTA[route], 'of its keys are in U only because it cannot tell');
}

/** The largest score in U, or that there is none: the scores outside U are not kept. */
function largestOf({ score, eps, sampling }: UniversalSet, exact: boolean): string {
  if (score.length === 0) return `no score reaches ${Number(eps.toPrecision(4))}`;
  const largest = score.reduce((most, one) => Math.max(most, one), 0);
  return `largest ${sampling || !exact ? 'score bound' : 'score'} ${largest.toPrecision(4)}`;
}

/** U of some of the rows is not U of all. */
export function warnOfMissing({ missing }: UniversalSet, log: Logger): void {
  if (missing !== undefined) log.warn(`K lacks ${missing}; the result holds for its other rows alone`);
}

/** Whether U is what was asked for, and if not, what it is. */
function reportBest({ eps, f, index }: UniversalSet, { top, exact }: Best, log: Logger): void {
  const size = count(index.length);
  const complete =
    eps <= 1 ? `every key that reaches ${eps.toPrecision(4)} is in U` : 'even keys of score 1 were dropped';
  if (exact) {
    const best = f === SQUARE.name ? `the ${size} best keys are certain` : `these ${size} keys have the largest bounds`;
    log.info(top === undefined ? 'U is complete' : best);
  } else if (top === undefined) log.warn(`there was not room for all keys; ${complete}`);
  else
    log.warn(
      `the ${size} keys may not be the best ones, as others were dropped on the way; ${complete}${f === SQUARE.name ? '; --passes 2 makes them certain' : ''}`,
    );
}

/** Scores worse than this are worth a word: sooner where something can be done about it. */
const ADVISED_DELTA = { gram: 1e-6, stable: 1e-4 } as const;
