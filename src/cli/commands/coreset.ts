/** `levattn coreset SKETCH`: few rows of K, weighted, that stand for all of it. */

import type { Command } from 'commander';
import { dataError, usageError } from '../../errors.js';
import type { ByteReader } from '../../formats/bytes/reader.js';
import { openKeysOfHeads } from '../../input/keys.js';
import { openInput, reportTrailing, STDIN } from '../../input/open.js';
import { createKernels } from '../../kernels/backends.js';
import { coresetBatch, coresetSchema } from '../../output/coreset.js';
import { formatNames } from '../../output/formats.js';
import type { HeadChoice } from '../../rows/heads/head-index.js';
import { placedChosen } from '../../rows/heads/placed.js';
import { coresetOf } from '../../sketch/sample/coreset.js';
import { universalSetFrom } from '../../sketch-file/set-from-sketch.js';
import type { HeadSets } from '../../universal-set/head-sets.js';
import { addObservationOptions } from '../options/choice-options.js';
import { addExamples } from '../options/help.js';
import { addMaskOption } from '../options/mask-options.js';
import {
  addBackendOption,
  addInputOptions,
  addMessageOptions,
  addOutputOptions,
  addPartialOption,
  type MessageOptions,
  type OutputOptions,
} from '../options/options.js';
import { HeadedOutput } from '../terminal/headed-output.js';
import type { Logger } from '../terminal/log.js';
import { openOutput } from '../terminal/results.js';
import { runCommand } from '../terminal/run.js';
import { addSoftmaxOptions, type SoftmaxCoresetOptions, softmaxCoreset } from './coreset/softmax.js';

interface CoresetOptions extends HeadChoice, OutputOptions, MessageOptions, SoftmaxCoresetOptions {
  readonly allowPartial?: boolean;
}

const EXAMPLES = `
Examples:
  levattn select-keys --f power:1 K.npy -o U.arrow && levattn coreset U.arrow -o rows.arrow
  levattn coreset all.lev -o rows.arrow                   of a sketch made with --sample-size, or for f other than x^2
  levattn coreset K.npy --values V.npy --for softmax --queries Q0.npy --size 512 -o C.arrow
  levattn coreset all.lev --format csv                    index,weight: the rows are K[index]
`;

/** Adds the command to the program. */
export function addCoreset(program: Command): void {
  const command = program
    .command('coreset')
    .summary('a few weighted rows that stand for all')
    .description(
      'Writes every key of U with weight 1, and the rows of the sample outside U, each with the number of rows it stands for. ' +
        'Sums of f over all rows are estimated without bias by weighted sums over these, and no row that could take a share of ' +
        'eps of one is missing: with rows [A | b] and f = power:P, regression on them is l_P regression on everything. With --for softmax ' +
        'it takes K itself, and writes weighted keys and values from which attention can be computed: levattn attend --keys C.arrow.',
    )
    .argument(
      '[SKETCH]',
      'a sketch, or a universal set as Arrow, with a sample; with --for softmax K; none or -: standard input',
    );
  addSoftmaxOptions(command);
  addObservationOptions(command);
  addPartialOption(command);
  addBackendOption(command);
  addInputOptions(command);
  addMaskOption(command);
  addOutputOptions(command, formatNames('npy'));
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((path = STDIN, options: CoresetOptions) =>
    runCommand(options, [path, options.values, options.mask, options.queries], (log) =>
      options.for === undefined ? coresetCommand(path, options, log) : softmaxCoreset(path, options, log),
    ),
  );
}

async function coresetCommand(path: string, options: CoresetOptions, log: Logger): Promise<void> {
  const { size, values, queries, observe, mask } = options;
  const needless = { '--size': size, '--values': values, '--queries': queries, '--observe': observe, '--mask': mask };
  const [option] = Object.entries(needless).find(([, value]) => value !== undefined) ?? [];
  if (option) throw usageError(`${option} is of coresets of K itself; say --for softmax, or leave it out`);
  const output = await openOutput(options, log, 'weights');
  const bytes = await openInput(path, 'sketch');
  const all = await setsFrom(bytes, options, log);
  const { axes } = all.shape;
  const sets = axes.length === 0 ? all.sets : placedChosen({ shape: all.shape, items: all.sets }, options, bytes.name);
  const places = sets.map(({ place }) => place);
  const shared = axes.length === 0 ? undefined : new HeadedOutput(output, { axes }, places);
  for (const { place, set } of sets) {
    const coreset = coresetOf(set, bytes.name);
    const { n, d, f, eps, certain, index } = coreset;
    log.info({ n, d, f, eps, certain, rows: index.length }, 'coreset');
    const own = shared?.at(place) ?? output;
    const writer = own.begin(coresetSchema(coreset));
    await writer.write(coresetBatch(coreset));
    await writer.end();
  }
  await (shared ? shared.finish() : output.commit());
}

/** The sets in a file, and those of the sketches in one. */
async function setsFrom(bytes: ByteReader, { allowPartial }: CoresetOptions, log: Logger): Promise<HeadSets> {
  const keys = await openKeysOfHeads(bytes);
  if (keys.kind === 'array') {
    throw dataError(`${bytes.name}: a matrix, not a sketch; make one of it with levattn select-keys --sample-size`);
  }
  if (keys.kind === 'sets') {
    reportTrailing(bytes, log);
    return keys.sets;
  }
  const { shape, sketches } = keys.sketches;
  const kernels = createKernels();
  return {
    shape,
    sets: sketches.map(({ content, ...placed }) => ({
      ...placed,
      set: universalSetFrom(content, bytes.name, { kernels }, { allowPartial }),
    })),
  };
}
