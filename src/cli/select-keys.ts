/** `levattn select-keys [K…]`: K in, the universal set out. */

import type { Command } from 'commander';
import type { MatrixReader } from '../matrix/row-block.js';
import { refuseTooWide } from '../output/universal-set/document.js';
import { universalSetBatch, universalSetSchema } from '../output/universal-set.js';
import type { FactorChoice } from '../sketch/routed.js';
import { DEFAULT_EPS } from '../sketch/select-keys.js';
import { openEach, STDIN } from './inputs.js';
import type { Logger } from './log.js';
import type { ComputeOptions, InputOptions, MessageOptions, OutputOptions } from './options.js';
import {
  addComputeOptions,
  addFactorOption,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  addSampleOption,
  parseEps,
} from './options.js';
import { openOutput } from './results.js';
import { runCommand } from './run.js';
import { selectFrom } from './selection.js';

interface SelectKeysOptions extends InputOptions, OutputOptions, ComputeOptions, MessageOptions {
  readonly eps: number;
  readonly factor: FactorChoice;
  readonly sample?: number;
}

const EXAMPLES = `
Examples:
  levattn select-keys K.npy                              a short table of U on the terminal
  levattn select-keys --eps 0.01 K.npy -o U.arrow        U with its keys, for levattn heavy
  levattn select-keys part-*.npy -o U.npy                several files, one matrix: K[np.load("U.npy")]
  zcat K.csv.gz | levattn select-keys --format csv       from a pipe to a table
`;

/** Adds the command to the program. */
export function addSelectKeys(program: Command): void {
  const command = program
    .command('select-keys')
    .summary('K -> U, every key that could ever be heavy')
    .description(
      'Reads K once and writes its universal set U: every row whose leverage score is at least eps, that is every key ' +
        'that could receive an attention score >= eps from any query, for f(x) = x^2. Exact; memory does not grow with n.',
    )
    .argument('[K...]', 'npy, Arrow or CSV files that together are one matrix; none or -: standard input')
    .option('--eps <number>', 'the threshold, in (0, 1]', parseEps, DEFAULT_EPS);
  addFactorOption(command);
  addSampleOption(command);
  addComputeOptions(command);
  addInputOptions(command);
  addOutputOptions(command, ['arrow', 'csv', 'ndjson', 'npy']);
  addMessageOptions(command);
  command.addHelpText('after', EXAMPLES);
  command.action((paths: string[], options: SelectKeysOptions) =>
    runCommand(options, (log) => selectKeysCommand(paths.length > 0 ? paths : [STDIN], options, log)),
  );
}

async function selectKeysCommand(paths: readonly string[], options: SelectKeysOptions, log: Logger): Promise<void> {
  const output = await openOutput(options);
  const readers = openEach(paths, options, log);
  const fitting = output.format.name === 'arrow' ? refuseWide(readers, options.sample !== undefined) : readers;
  const set = await selectFrom(fitting, options.eps, options, log);
  const writer = output.begin(universalSetSchema(set));
  await writer.write(universalSetBatch(set));
  await writer.end();
  await output.commit();
}

/** Stops before K is read if its universal set could not be written. */
async function* refuseWide(readers: AsyncIterable<MatrixReader>, sampled: boolean): AsyncGenerator<MatrixReader> {
  for await (const reader of readers) {
    refuseTooWide(reader.d, reader.d ** 2 * (sampled ? 2 : 1));
    yield reader;
  }
}
