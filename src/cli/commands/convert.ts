/** `levattn convert IN`: a matrix from any format that is read to any that is written, row by row. */

import type { Command } from 'commander';
import { usageError } from '../../errors.js';
import { openMatrix } from '../../formats/open.js';
import { headJobs } from '../../input/head-jobs.js';
import { withMeans } from '../../input/means.js';
import { withNames } from '../../input/named-inputs.js';
import { canReadAgain, nameOfInput, openInput, openInputMatrix, reportTrailing, STDIN } from '../../input/open.js';
import { asRole, type InputOptions, readOptions } from '../../input/options.js';
import { optionsAt, sourceOf } from '../../input/sources.js';
import { formatNames, spellFormats } from '../../output/formats.js';
import { matrixWriter } from '../../output/matrix.js';
import { rowBlocks } from '../../rows/stacked-rows.js';
import { addExamples } from '../options/help.js';
import {
  addIdOption,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  type MessageOptions,
  type OutputOptions,
} from '../options/options.js';
import { forEachHead, NO_HEADS_IN_NDJSON } from '../terminal/each-head.js';
import type { Logger } from '../terminal/log.js';
import { Progress, wantsProgress, wipeProgress } from '../terminal/progress.js';
import { type Output, openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';

type ConvertOptions = InputOptions & OutputOptions & MessageOptions;

const EXAMPLES = `
Examples:
  levattn convert K.safetensors --tensor k_proj -o K.npy
  levattn convert K.parquet -o K.arrow
  levattn convert --id-column id K.csv -o K.arrow        the ids in a column of their own, id
  levattn convert --input-format raw:f16:128 K.bin -o K.npy
  zcat K.csv.gz | levattn convert > K.arrows
`;

/** Adds the command to the program. */
export function addConvert(program: Command): void {
  const command = program
    .command('convert')
    .summary('a matrix from one format to another')
    .description(
      `Writes the matrix of IN as ${spellFormats()}, row by row. float32 stays float32; float16, bfloat16 and small ` +
        'integers become float32, as everywhere.',
    )
    .argument('[IN]', 'a file in any format that is read; none or -: standard input');
  addInputOptions(command, { means: true });
  addIdOption(command);
  addOutputOptions(command, formatNames());
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((path = STDIN, options: ConvertOptions) =>
    runCommand(options, [path], (log) => convertCommand(path, { ...options, fromSets: true }, log)),
  );
}

async function convertCommand(path: string, given: ConvertOptions, log: Logger): Promise<void> {
  const options = await withMeans(await withNames(given, [path]), [path]);
  const output = await openOutput(options, log);
  const heads = await headJobs(['K', path], {}, options);
  if (heads.shape.axes.length > 0 && output.format.name === 'ndjson') throw usageError(NO_HEADS_IN_NDJSON);
  await forEachHead(heads, options, [output], log, (own, [to], headLog) => convertMatrix(path, to, own, headLog));
}

async function convertMatrix(path: string, output: Output, given: ConvertOptions, log: Logger): Promise<void> {
  const progress = new Progress('converting', wantsProgress(given));
  const { name, place } = await sourceOf(path, given);
  const options = asRole(optionsAt(given, place), 'K');
  const bytes = await openInput(name, 'matrix');
  const reader = await openInputMatrix(bytes, options, log);
  const n = reader.rows ?? (output.format.name === 'npy' ? await countRows(name, options) : undefined);
  const writer = matrixWriter(output, { n, d: reader.d, dtype: reader.dtype, ids: reader.idType });
  if (reader.idType && (output.format.name === 'npy' || output.format.name === 'ndjson')) {
    log.warn(`${reader.name}: ids are left out, as ${output.format.name} holds the matrix alone`);
  }
  for await (const { start, rows, values, ids } of rowBlocks(reader)) {
    await writer.write(values, rows, ids);
    progress.update(start + rows, reader.progress());
  }
  await writer.end();
  await output.commit();
  wipeProgress();
  reportTrailing(bytes, log);
  await reader.close();
}

/** npy begins with the number of rows: where the input does not say, a file is read twice. */
async function countRows(path: string, options: ConvertOptions): Promise<number> {
  if (!canReadAgain(path)) {
    throw usageError(
      `${nameOfInput(path)}: npy begins with the number of rows, which this input does not say; name a file, or write Arrow`,
    );
  }
  const reader = await openMatrix(await openInput(path, 'matrix'), readOptions(options), options.inputFormat);
  let n = 0;
  for await (const { rows } of rowBlocks(reader)) n += rows;
  await reader.close();
  return n;
}
