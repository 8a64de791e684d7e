/** `levattn merge SKETCH…`: sketches of parts of K in, one sketch out. */

import type { Command } from 'commander';
import { usageError } from '../../errors.js';
import { matchingFiles } from '../../formats/naming/globs.js';
import { createKernels } from '../../kernels/backends.js';
import { mergeSketches } from '../../sketch-file/merge.js';
import { missingFrom } from '../../sketch-file/row-coverage.js';
import { storeSketches } from '../../sketch-file/store-several.js';
import { count } from '../../text.js';
import { addExamples } from '../options/help.js';
import { addBackendOption, addMessageOptions, type ComputeOptions, type MessageOptions } from '../options/options.js';
import type { Logger } from '../terminal/log.js';
import { warnOfEnding } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { suggest } from '../terminal/tell.js';

interface MergeOptions extends MessageOptions, Pick<ComputeOptions, 'backend'> {
  readonly output: string;
  readonly allowPartial?: boolean;
}

const EXAMPLES = `
Examples:
  levattn merge -o all.lev s*.lev                        then levattn select-keys all.lev -o U.arrow
  levattn merge -o half.lev s1.lev s2.lev                parts of parts: in any order and grouping
`;

/** Adds the command to the program. */
export function addMerge(program: Command): void {
  const command = program
    .command('merge')
    .summary('sketches of parts become one')
    .description(
      'Makes one sketch of sketches of different rows that have the same settings: in any number, order and grouping. For f(x) = x^2 the ' +
        'result gives the U of one pass over all rows. Two sketches are in memory at a time.',
    )
    .argument('<SKETCH...>', 'sketch files; a quoted glob means its files in natural order')
    .requiredOption('-o, --output <file>', 'the merged sketch; it appears whole or not at all');
  addBackendOption(command);
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((paths: string[], options: MergeOptions) =>
    runCommand(options, paths, async (log) => mergeCommand(await matchingFiles(paths), options, log)),
  );
}

async function mergeCommand(paths: readonly string[], options: MergeOptions, log: Logger): Promise<void> {
  if (paths.includes('-')) throw usageError('sketches are merged by name, not from standard input; name their files');
  warnOfEnding(options.output, 'a sketch', log);
  const started = performance.now();
  const all = await mergeSketches(
    paths,
    { kernels: createKernels(options.backend) },
    {
      onCoarser: (message) => log.warn(message),
      onReordered: (message) => log.warn(message),
      onMixedMasks: (message) => log.warn(message),
      onFewerSampled: (message) => log.warn(message),
      onMerged: (done) => log.debug({ done, of: paths.length }, 'merged'),
    },
  );
  await storeSketches(options.output, all);
  const { sketch: merged } = all.sketches[0]!;
  const { rows: n, d, candidates } = merged.sketch;
  const missing = missingFrom(merged.coverage);
  const seconds = (performance.now() - started) / 1000;
  log.info({ sketches: paths.length, n, d, candidates, missing, seconds }, 'merged');
  if (missing === undefined) suggest(options, 'select-keys', options.output, '-o', 'U.arrow');
  else {
    log.warn(`${options.output}: ${count(n)} rows; it lacks ${missing}, which select-keys and heavy will ask for`);
  }
}
