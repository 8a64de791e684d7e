/** What `levattn report` does: opens K and Q, has them measured, writes the page and the figures. */

import type { AttentionTeam } from '../../../attention/team/team.js';
import { shellWords } from '../../../cluster/shell.js';
import { dataError, usageError } from '../../../errors.js';
import { shortName } from '../../../formats/bytes/naming.js';
import { refuseOtherColumns } from '../../../input/agreement.js';
import { type HeadJob, type HeadJobs, headJobs } from '../../../input/head-jobs.js';
import { type Holding, Input, refuseForKeys } from '../../../input/input.js';
import { keyMask, rowsOfMask } from '../../../input/key-mask.js';
import { heldAtMost } from '../../../input/memory.js';
import { withNames } from '../../../input/named-inputs.js';
import { isStdin, refuseOnce, STDIN } from '../../../input/open.js';
import { withoutIds } from '../../../input/options.js';
import { queriesInput } from '../../../input/queries-input.js';
import { queryMaskFile } from '../../../input/query-mask.js';
import { refuseSameTensor } from '../../../input/same-tensor.js';
import { holdValues } from '../../../input/values-input.js';
import { createKernels } from '../../../kernels/backends.js';
import { openFileSink, stdoutSink } from '../../../output/sink.js';
import { measureHead } from '../../../report/measure-head.js';
import type { HeadInput, ReportStage } from '../../../report/measure-options.js';
import type { HeadReport, ReportPlace } from '../../../report/model.js';
import { whole } from '../../../report/numbers.js';
import { ReportPage } from '../../../report/report.js';
import { coordinates, namedCoordinates } from '../../../rows/heads/head-index.js';
import { countMasked } from '../../../rows/masked-rows.js';
import { rowsInPlace } from '../../../selectors/key-source.js';
import { VERSION } from '../../../version.js';
import { threadsFrom } from '../../options/options.js';
import type { ReportCommandOptions } from '../../options/report-options.js';
import { withTeam } from '../../terminal/attention-team.js';
import { forEachHead } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import { megabytes, ofHead, Progress, wantsProgress, wipeProgress } from '../../terminal/progress.js';
import { warnOfEnding } from '../../terminal/results.js';
import { tell } from '../../terminal/tell.js';
import { warnOfSkipped } from '../../terminal/warnings.js';
import { openObserved } from '../selection/observed.js';
import { FigureFolder } from './figure-folder.js';
import { samePlace, sharedKeys } from './shared-keys.js';

/** More heads than this make a page that no browser likes. */
const MOST_HEADS = 4096;

/** Measures and writes. */
export async function reportCommand(
  queriesPath: string | undefined,
  given: ReportCommandOptions,
  log: Logger,
): Promise<void> {
  checkOptions(queriesPath, given);
  const { keys, values, mask, output, svg } = given;
  const options = await withNames(given, [queriesPath, keys, values, mask, queryMaskFile(given), given.queries]);
  await refuseSameTensor(
    [
      ['K', keys],
      ['V', values],
      ['Q', queriesPath],
    ],
    options,
  );
  const file = output === undefined || output === STDIN ? undefined : await openFileSink(output);
  if (file) warnOfEnding(output!, 'a page', log);
  const all = await headJobs(
    queriesPath === undefined ? ['K', keys] : ['Q', queriesPath],
    {
      roles: [
        ['K', keys],
        ['V', values],
      ],
      others: [mask, queryMaskFile(options), options.queries],
    },
    options,
  );
  const count = all.jobs.length;
  if (count > MOST_HEADS) {
    throw usageError(
      `a report has room for ${MOST_HEADS} heads, and these are ${whole(count)}; choose some with --head and --batch`,
    );
  }
  const several = count > 1;
  const folder = svg === undefined ? undefined : await FigureFolder.open(svg, several);
  const page = new ReportPage();
  const keyPlaceOf = several && queriesPath !== undefined ? await sharedKeys(keys, options) : undefined;
  let before: HeadReport | undefined;
  await withTeam(options, log, (team) =>
    forEachHead(all, options, [], log, async (own, _, headLog, job) => {
      const place = placeIn(all, job);
      const keyPlace = keyPlaceOf?.({ place, target: job.target });
      const input = {
        label: coordinates(all.shape, job.place).join(','),
        place: all.shape.axes.length > 0 ? place : undefined,
        keyPlace,
        sameKeys: keyPlace && samePlace(keyPlace, before?.keyPlace) ? before : undefined,
      };
      const head = await measure(queriesPath, own, input, count, team, headLog);
      page.add(head);
      await folder?.write(head);
      before = head;
    }),
  );
  if (folder) tell(options, log, `${svg}: ${whole(await folder.finish(page.compared()))} figures`);
  const names = {
    keys: nameOf(keys),
    queries: queriesPath === undefined ? undefined : nameOf(queriesPath),
    command: shellWords(['levattn', ...process.argv.slice(2)]),
    version: VERSION,
  };
  if (file) {
    const html = Buffer.from(page.html(names));
    await file.write(html);
    await file.commit();
    tell(options, log, `${output}: ${megabytes(html.length)}, for any browser`);
  } else if (svg === undefined || output === STDIN) await stdoutSink().write(Buffer.from(page.html(names)));
}

/** Where a head is; where there is one example only, which it is says nothing. */
function placeIn({ shape }: HeadJobs, { place, target }: HeadJob): ReportPlace {
  const { batch, ...others }: ReportPlace = namedCoordinates(shape, place);
  return target?.of.batch === 1 ? others : { batch, ...others };
}

const nameOf = (path: string): string => (isStdin(path) ? 'stdin' : shortName(path));

function checkOptions(queries: string | undefined, options: ReportCommandOptions): void {
  const { keys, values, f, scale, causal, queryOffset, queryMask, rows, observe, queries: file, output, svg } = options;
  refuseOnce([keys], 'a report takes more passes over K');
  refuseOnce(values === undefined ? [] : [values], 'a report reads V after K and Q');
  if (queryOffset !== undefined && !causal) throw usageError('--query-offset needs --causal');
  if (rows !== undefined && causal) {
    throw usageError('--rows draws queries at random, and --causal takes them all in their places; leave one out');
  }
  const needless = Object.entries({
    '--f': f,
    '--scale': scale,
    '--values': values,
    '--causal': causal,
    '--rows': rows,
    '--query-mask': queryMask,
    '--observe': observe,
    '--queries': file,
  });
  const [needs] = needless.find(([, value]) => value !== undefined) ?? [];
  if (queries === undefined && needs !== undefined) throw usageError(`${needs} needs queries: name Q`);
  if (output === undefined && svg === undefined && process.stdout.isTTY) {
    throw usageError('a page is nothing for a terminal: name a file with -o, such as -o report.html');
  }
}

/** What is held of Q. */
const holding = ({ memory }: ReportCommandOptions): Holding => ({
  most: heldAtMost(memory),
  advice: 'fix the data, or leave such queries out with --nan skip',
  refuseEmpty: (name) => dataError(`${name}: Q has no usable rows; leave it out to see K alone`),
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
  place: Pick<HeadInput, 'label' | 'place' | 'keyPlace' | 'sameKeys'>,
  heads: number,
  team: AttentionTeam,
  log: Logger,
): Promise<HeadReport> {
  const {
    keys: path,
    values: valuesPath,
    eps,
    f,
    scale,
    causal,
    queryOffset,
    rows,
    seed,
    factor,
    memory,
    backend,
    nan,
    lewis,
  } = options;
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
  const held = queries && { rereadable: true, describeRow: asked!.describeRow, rows: () => rowsInPlace(queries) };
  const observed = held && (await openObserved(held, { d: queries.d, like: asked!.beside, mask }, options, log));
  const kernels = createKernels(backend);
  const threads = threadsFrom(options);
  log.info({ backend: kernels.name, threads }, 'computing');
  let progress: Progress | undefined;
  const head = await measureHead(
    {
      ...place,
      keys: () => keys.rows(),
      mask,
      queries,
      observed: observed && { ...observed.queries, elsewhere: observed.elsewhere },
      values:
        valuesPath === undefined ? undefined : async (held) => (await holdValues(valuesPath, held, options, log)).held,
      describeKey: keys.describeRow,
    },
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
      team,
      heads,
      lewis,
      by: options.by,
      keep: options.keep,
      nonFinite: nan,
      onProgress: (stage, done, held) => {
        const what = ofHead(options, LABELS[stage]);
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
