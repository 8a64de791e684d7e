/** `--checkpoint`: a pass that leaves a trace, and goes on from it when it is run again. */

import { unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { usageError } from '../../../errors.js';
import type { ScoringFunction } from '../../../functions.js';
import { placedAt } from '../../../input/head-jobs.js';
import type { Kernels } from '../../../kernels/kernels.js';
import { samePlace } from '../../../rows/heads/head-index.js';
import type { LeverageSketch } from '../../../sketch/leverage-sketch.js';
import { planSketch, type SketchPlan } from '../../../sketch/plan.js';
import type { RunOptions } from '../../../sketch/run-sketch.js';
import type { SketchEvent } from '../../../sketch/sketch-options.js';
import type { Every, PassWatch } from '../../../sketch-file/checkpoint.js';
import { differenceOf, type SketchSetup } from '../../../sketch-file/header.js';
import { type RowCoverage, spellCoverage } from '../../../sketch-file/row-coverage.js';
import { setupOf } from '../../../sketch-file/setup.js';
import { sketchFrom } from '../../../sketch-file/stored-sketch.js';
import { parseBytes } from '../../options/parse.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import { beforeSignalsEnd } from '../../terminal/run.js';
import { type Checkpoints, ofAnotherCommand, toGoOnFrom } from './checkpoint-file.js';

/** How checkpoints are written. */
export interface CheckpointOptions {
  readonly checkpoint?: string;
  readonly every: Every;
  /** Where the result goes: elsewhere. */
  readonly output?: string;
}

/** Options of a pass that checkpoints may be written of. */
export interface WatchedOptions extends SelectionOptions {
  /** Where one is asked for. */
  readonly checkpoints?: Checkpoints | undefined;
}

const DEFAULT_EVERY = '60s';

/** Adds the options. */
export function addCheckpointOptions(command: Command): Command {
  command
    .optionsGroup('Resuming an interrupted run:')
    .option(
      '--checkpoint <file>',
      'write the state of the pass to FILE, and resume from it when the same command is run again',
    );
  return addEveryOption(command, 'how often');
}

/** Adds the option that says how often checkpoints are written. */
export const addEveryOption = (command: Command, what: string): Command =>
  command.addOption(
    new Option('--every <interval>', `${what}: seconds (60s) or bytes of rows (64MiB)`)
      .argParser(parseEvery)
      .default(parseEvery(DEFAULT_EVERY), DEFAULT_EVERY),
  );

function parseEvery(text: string): Every {
  const [, number] = /^\s*(\d+(?:\.\d+)?)\s*s\s*$/.exec(text) ?? [];
  if (number !== undefined && Number(number) > 0) return { seconds: Number(number) };
  try {
    return { bytes: parseBytes(text) };
  } catch {
    throw new InvalidArgumentError('It must be seconds, such as 60s, or a size, such as 64MiB.');
  }
}

/** What a sketch will be made of, by the options. */
export const planOf = ({ sample: sampleRate, ...options }: SelectionOptions, eps: number): SketchPlan =>
  planSketch({ ...options, eps, sampleRate });

/** What a sketch of d columns is made for, by the options. */
export function setupFor(
  options: SelectionOptions,
  eps: number,
  { d, columns }: Pick<SketchSetup, 'd' | 'columns'>,
): SketchSetup {
  const { f, certificate, factor, sample: sampleRate, nan, top, budget, idColumn } = options;
  const { sampleSize: size, seed, ridge } = options;
  const sample = planOf(options, eps).keepsSample ? { size, seed, ridge } : undefined;
  const names = { columns, idColumn };
  return setupOf({ d, eps, f, certificate, factor, sampleRate, sample, nonFinite: nan, top, budget, ...names });
}

/** What {@link runSketch} is told for the sake of checkpoints. */
export type Checkpointing = Pick<RunOptions, 'resume' | 'onBegin' | 'afterBlock' | 'afterPass'>;

/** What a pass is, for whoever writes checkpoints of it. */
export interface PassToWatch {
  readonly eps: number;
  readonly f: ScoringFunction;
  readonly kernels: Kernels;
  readonly describeRow?: ((row: number) => string) | undefined;
  readonly onEvent?: ((event: SketchEvent) => void) | undefined;
  /** Default: rows from 0 on. */
  readonly coverageOf?: ((sketch: LeverageSketch) => RowCoverage) | undefined;
  /** Whether the end of the pass is to be remembered, too, as more work follows it. */
  readonly keepsEnd?: boolean;
}

/** @throws LevattnError where the checkpoint would be written over the result */
export function refuseOneFile({
  output,
  checkpoint,
}: {
  readonly output?: string | undefined;
  readonly checkpoint?: string | undefined;
}): void {
  if (output === undefined || checkpoint === undefined || resolve(output) !== resolve(checkpoint)) return;
  throw usageError(`${checkpoint}: cannot be both the result and its checkpoint; give --checkpoint a file of its own`);
}

/**
 * Goes on with the pass over a matrix from its checkpoint, and has others written, where the options say so.
 * @throws LevattnError where the checkpoint is of another command
 */
export async function checkpointing(options: WatchedOptions, pass: PassToWatch): Promise<Checkpointing | undefined> {
  const { checkpoints, target } = options;
  if (!checkpoints) return undefined;
  const { path, checkpointer } = checkpoints;
  const { eps, f, coverageOf = wholeOf, keepsEnd = false } = pass;
  const placed = placedAt(target);
  const content = checkpoints.found.find(({ place }) => samePlace(place, placed.place))?.content;
  const found = content && (await toGoOnFrom(() => sketchFrom(content, path, pass)));
  if (found) {
    const { header, sketch } = found;
    const setup = setupFor(options, eps, header);
    const difference =
      differenceOf(setup, header) ??
      (setup.eps === header.eps ? undefined : `eps ${setup.eps} and ${header.eps}`) ??
      differenceOfRows(coverageOf(sketch), header.coverage);
    if (difference) throw ofAnotherCommand(path, difference);
    checkpoints.announce();
  }
  let watch: PassWatch | undefined;
  return {
    resume: found,
    onBegin: (sketch) => {
      const facts = { setup: setupFor(options, eps, sketch), f, coverageOf };
      watch = checkpointer.begin(placed, sketch, facts, found?.filters);
    },
    afterBlock: (filters) => watch!.afterBlock(filters),
    afterPass: async () => {
      if (keepsEnd) await checkpointer.write();
      watch!.end();
    },
  };
}

/** The rows that a command is about and those of a checkpoint, where they are not the same. */
function differenceOfRows(one: RowCoverage, two: RowCoverage): string | undefined {
  const [mine, theirs] = [spellCoverage(one), spellCoverage(two)];
  return mine === theirs ? undefined : `${mine} and ${theirs}`;
}

const wholeOf = ({ rows }: LeverageSketch): RowCoverage => ({ kind: 'rows', ranges: [[0, rows]] });

/** Removes the checkpoint, once the result is where it belongs. */
export async function removeCheckpoint({ checkpoint }: Partial<CheckpointOptions>): Promise<void> {
  if (checkpoint === undefined) return;
  beforeSignalsEnd(undefined);
  await unlink(checkpoint).catch(() => {});
}
