/** `levattn report [Q] --keys K`: a page to look at. What makes it is loaded only where it is asked for. */

import { type Command, Option } from 'commander';
import { queryMaskFile } from '../../input/query-mask.js';
import { DEFAULT_MEMORY } from '../../rows/limits.js';
import { USUAL_SELECTORS } from '../../selectors/registry.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import { addChoiceOptions, addKeepOption } from '../options/choice-options.js';
import { addExamples } from '../options/help.js';
import { addMaskOption, addQueryMaskOption } from '../options/mask-options.js';
import {
  addComputeOptions,
  addFactorOption,
  addInputOptions,
  addMessageOptions,
  addSeveralFunctionsOptions,
} from '../options/options.js';
import { parseBytes, parseCount, parseEps, parseWhole } from '../options/parse.js';
import type { ReportCommandOptions } from '../options/report-options.js';
import { runCommand } from '../terminal/run.js';

const EXAMPLES = `
Examples:
  levattn report Q.npy --keys K.npy -o report.html             open it in a browser; it loads nothing else
  levattn report --keys K.npy --eps 0.01 -o keys.html          no queries: figures of the keys alone
  levattn report Q.npy --keys K.npy --causal --f softmax -o report.html
  levattn report --keys heads.npy --head 0:2 -o report.html    of (heads, n, d): some of them
  levattn report Q.npy --keys K.npy --svg figures              the figures as SVG files, for a paper
`;

/** Adds the command to the program. */
export function addReport(program: Command): void {
  const command = program
    .command('report')
    .summary('the same and more, as an HTML page with figures')
    .description(
      'Writes one HTML file that needs no network: leverage scores by position and sorted, |U| against eps with the bound of the theorem, singular ' +
        'values, a map of heavy entries that zooms, and the attention that k keys capture, each with its numbers as a table. ' +
        'Reads K several times, so it must be a file. Long inputs are binned and many queries sampled; the page gives the numbers. Without Q: figures ' +
        'of the keys alone. A page of several heads begins with a map and a table of them; every head is behind these.',
    )
    .argument('[Q]', 'the queries; -: standard input; none: keys alone')
    .requiredOption('--keys <file>', 'K, all of it')
    .option('--values <file>', 'V: shows the error of the output of attention over k keys')
    .option('--eps <number>', 'the threshold of U and of heavy entries, in (0, 1]', parseEps, DEFAULT_EPS)
    .option(
      '--rows <number>',
      'use this many queries, chosen at random (default: all, or as many as make 5e8 products)',
      parseCount,
    )
    .option('--seed <number>', 'seed of the random sample', parseWhole, 0)
    .option('--causal', 'query i sees the keys 0 … i only')
    .option('--query-offset <number>', 'causal: query i sees the keys 0 … i + offset (default: 0)', parseWhole)
    .option('--lewis', 'show what keys chosen by Lewis weights capture, too')
    .addOption(
      new Option('--memory <size>', 'memory limit for Q, and for K in coverage, which is left out if K needs more')
        .argParser(parseBytes)
        .default(DEFAULT_MEMORY, '1GiB'),
    );
  addChoiceOptions(command, USUAL_SELECTORS.join(','));
  addKeepOption(command);
  addSeveralFunctionsOptions(command, 'softmax and power:2');
  addFactorOption(command);
  addComputeOptions(command);
  addInputOptions(command);
  addMaskOption(command);
  addQueryMaskOption(command);
  command
    .optionsGroup('Output:')
    .option('-o, --output <file>', 'write the page to FILE, which appears whole or not at all (default: stdout)')
    .option('--svg <folder>', 'write the figures there as SVG files; without -o no page is written');
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((queries: string | undefined, options: ReportCommandOptions) =>
    runCommand(
      options,
      [queries, options.keys, options.values, options.mask, queryMaskFile(options), options.queries],
      async (log) => {
        const { reportCommand } = await import('./report/command.js');
        await reportCommand(queries, options, log);
      },
    ),
  );
}
