/** What `levattn report` does: opens K and Q, has them measured, writes the page and the figures. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWords } from '../../../cluster/shell.js';
import { dataError, usageError } from '../../../errors.js';
import { shortName } from '../../../formats/bytes/naming.js';
import { refuseOtherColumns } from '../../../input/agreement.js';
import { headJobs } from '../../../input/head-jobs.js';
import { type Holding, Input, refuseForKeys } from '../../../input/input.js';
import { keyMask, rowsOfMask } from '../../../input/key-mask.js';
import { heldAtMost } from '../../../input/memory.js';
import { withNames } from '../../../input/named-inputs.js';
import { isStdin, refuseOnce, STDIN } from '../../../input/open.js';
import { withoutIds } from '../../../input/options.js';
import { queriesInput } from '../../../input/queries-input.js';
import { queryMaskFile } from '../../../input/query-mask.js';
import { refuseSameTensor } from '../../../input/same-tensor.js';
import { createKernels } from '../../../kernels/backends.js';
import { outputError } from '../../../output/sink/errors.js';
import { openFileSink, stdoutSink } from '../../../output/sink.js';
import { measureHead } from '../../../report/measure-head.js';
import type { ReportStage } from '../../../report/measure-options.js';
import type { HeadReport, Report } from '../../../report/model.js';
import { whole } from '../../../report/numbers.js';
import { reportFigures, reportPage } from '../../../report/report.js';
import { coordinates } from '../../../rows/heads/head-index.js';
import { countMasked } from '../../../rows/masked-rows.js';
import { VERSION } from '../../../version.js';
import { threadsFrom } from '../../options/options.js';
import type { ReportCommandOptions } from '../../options/report-options.js';
import { forEachHead } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import { megabytes, Progress, wantsProgress, wipeProgress } from '../../terminal/progress.js';
import { warnOfEnding } from '../../terminal/results.js';
import { tell } from '../../terminal/tell.js';
import { warnOfSkipped } from '../../terminal/warnings.js';

/** More heads than this make a page that no browser likes. */
const MOST_HEADS = 256;

/** Measures and writes. */
export async function reportCommand(
  queriesPath: string | undefined,
  given: ReportCommandOptions,
  log: Logger,
): Promise<void> {
  checkOptions(queriesPath, given);
  const { keys, mask, output, svg } = given;
  const options = await withNames(given, [queriesPath, keys, mask, queryMaskFile(given)]);
  await refuseSameTensor(
    [
      ['K', keys],
      ['Q', queriesPath],
    ],
    options,
  );
  const file = output === undefined || output === STDIN ? undefined : await openFileSink(output);
  if (file) warnOfEnding(output!, 'a page', log);
  if (svg !== undefined) await makeFolder(svg);
  const all = await headJobs(
    queriesPath === undefined ? ['K', keys] : ['Q', queriesPath],
    { roles: [['K', keys]], others: [mask, queryMaskFile(options)] },
    options,
  );
  const count = all.jobs.length;
  if (count > MOST_HEADS) {
    throw usageError(
      `a report has room for ${MOST_HEADS} heads, and these are ${whole(count)}; choose some with --head and --batch`,
    );
  }
  const heads: HeadReport[] = [];
  await forEachHead(all, options, [], log, async (own, _, headLog, job) => {
    const inLayers = all.shape.axes.includes('layer');
    const label = inLayers ? job.label! : coordinates(all.shape, job.place).join(',');
    heads.push(await measure(queriesPath, own, { label, heads: count }, headLog));
  });
  const report: Report = {
    keys: nameOf(keys),
    queries: queriesPath === undefined ? undefined : nameOf(queriesPath),
    command: shellWords(['levattn', ...process.argv.slice(2)]),
    version: VERSION,
    heads,
  };
  if (svg !== undefined) tell(options, log, `${svg}: ${whole(await writeFigures(report, svg))} figures`);
  if (file) {
    const page = Buffer.from(reportPage(report));
    await file.write(page);
    await file.commit();
    tell(options, log, `${output}: ${megabytes(page.length)}, for any browser`);
  } else if (svg === undefined || output === STDIN) await stdoutSink().write(Buffer.from(reportPage(report)));
}

const nameOf = (path: string): string => (isStdin(path) ? 'stdin' : shortName(path));

function checkOptions(queries: string | undefined, options: ReportCommandOptions): void {
  const { keys, f, scale, causal, queryOffset, queryMask, rows, output, svg } = options;
  refuseOnce([keys], 'a report takes more passes over K');
  if (queryOffset !== undefined && !causal) throw usageError('--query-offset needs --causal');
  if (rows !== undefined && causal) {
    throw usageError('--rows draws queries at random, and --causal takes them all in their places; leave one out');
  }
  const needless = Object.entries({
    '--f': f,
    '--scale': scale,
    '--causal': causal,
    '--rows': rows,
    '--query-mask': queryMask,
  });
  const [needs] = needless.find(([, value]) => value !== undefined) ?? [];
  if (queries === undefined && needs !== undefined) throw usageError(`${needs} needs queries: name Q`);
  if (output === undefined && svg === undefined && process.stdout.isTTY) {
    throw usageError('a page is nothing for a terminal: name a file with -o, such as -o report.html');
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw outputError(path, error);
  }
}

/** What is held of Q. */
const holding = ({ memory }: ReportCommandOptions): Holding => ({
  most: heldAtMost(memory),
  advice: 'mend the data, or leave such queries out with --nan skip',
  refuseEmpty: (name) => dataError(`${name}: Q has no rows that count; leave it out to see K alone`),
});

const LABELS: Readonly<Record<ReportStage, string>> = {
  factor: 'reading K',
  scores: 'scoring K',
  entries: 'finding heavy entries',
  coverage: 'measuring coverage',
};

/** The report of one head. */
async function measure(
  queriesPath: string | undefined,
  options: ReportCommandOptions,
  { label, heads }: { readonly label: string; readonly heads: number },
  log: Logger,
): Promise<HeadReport> {
  const { keys: path, eps, f, scale, causal, queryOffset, rows, seed, factor, memory, backend, nan } = options;
  const mask = await keyMask(options);
  const asked = queriesPath === undefined ? undefined : queriesInput(queriesPath, { mask }, options, log);
  const queries = await asked?.hold(holding(options));
  const shape = queries && { name: nameOf(queriesPath!), d: queries.d, rows: queries.n };
  const keys = new Input(
    path,
    {
      ...withoutIds(options),
      role: 'K',
      like: asked?.beside,
      rowMask: rowsOfMask(mask, options),
      refuseMade: refuseForKeys,
      check: (reader) => shape && refuseOtherColumns(shape, reader),
    },
    log,
  );
  const kernels = createKernels(backend);
  const threads = threadsFrom(options);
  log.info({ backend: kernels.name, threads }, 'computing');
  let progress: Progress | undefined;
  const head = await measureHead(
    { label, keys: () => keys.rows(), mask, queries, describeKey: keys.describeRow },
    {
      eps,
      functions: f,
      scale,
      causal,
      queryOffset,
      rows,
      seed,
      factor,
      memory,
      kernels,
      threads,
      heads,
      nonFinite: nan,
      onProgress: (stage, done, held) => {
        const where = /^\d/.test(label) ? `head ${label}` : label;
        const what = label === '' ? LABELS[stage] : `${where}: ${LABELS[stage]}`;
        if (progress?.label !== what) progress = new Progress(what, wantsProgress(options));
        progress.update(done, held ?? keys.progress());
      },
    },
  );
  wipeProgress();
  const { n, d, rank, universal, counted } = head;
  log.info({ n, d, rank, universal, queries: head.queries?.used, padding: head.queries?.padding }, 'measured');
  warnOfSkipped(log, n - counted - countMasked(mask), 'key');
  return head;
}

/** Writes every figure; returns how many there are. */
async function writeFigures(report: Report, folder: string): Promise<number> {
  let count = 0;
  for (const { name, text } of reportFigures(report)) {
    const sink = await openFileSink(join(folder, name));
    await sink.write(Buffer.from(text));
    await sink.commit();
    count++;
  }
  return count;
}
