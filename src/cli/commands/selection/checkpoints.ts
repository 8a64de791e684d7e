/** `--checkpoint`: a pass that leaves a trace, and goes on from it when it is run again. */

import { existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { dataError, LevattnError, usageError } from '../../../errors.js';
import type { ScoringFunction } from '../../../functions.js';
import type { Kernels } from '../../../kernels/kernels.js';
import type { LeverageSketch } from '../../../sketch/leverage-sketch.js';
import { planSketch, type SketchPlan } from '../../../sketch/plan.js';
import type { RunOptions } from '../../../sketch/run-sketch.js';
import type { SketchEvent } from '../../../sketch/sketch-options.js';
import { Checkpointer, type Every } from '../../../sketch-file/checkpoint.js';
import { differenceOf, type SketchSetup } from '../../../sketch-file/header.js';
import { type RowCoverage, spellCoverage } from '../../../sketch-file/row-coverage.js';
import { setupOf } from '../../../sketch-file/setup.js';
import { loadSketch, type StoredSketch } from '../../../sketch-file/stored-sketch.js';
import { count } from '../../../text.js';
import { parseBytes } from '../../options/parse.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import type { Logger } from '../../terminal/log.js';
import { beforeSignalsEnd } from '../../terminal/run.js';

/** How checkpoints are written. */
export interface CheckpointOptions {
  readonly checkpoint?: string;
  readonly every: Every;
  /** Where the result goes: elsewhere. */
  readonly output?: string;
}

const DEFAULT_EVERY = '60s';

/** Adds the options. */
export function addCheckpointOptions(command: Command): Command {
  command
    .optionsGroup('Going on after a break:')
    .option(
      '--checkpoint <file>',
      'write what is known so far to FILE, and go on from it when the same command is run again',
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
 * Goes on from the checkpoint that there is, and writes others, where the options say so.
 * @throws LevattnError where the checkpoint is of another command, or damaged
 */
export async function checkpointing(
  options: SelectionOptions & Partial<CheckpointOptions>,
  pass: PassToWatch,
  log: Logger,
): Promise<Checkpointing | undefined> {
  const { checkpoint: path, every = parseEvery(DEFAULT_EVERY) } = options;
  if (path === undefined) return undefined;
  const { eps, f, coverageOf = wholeOf, keepsEnd = false } = pass;
  const found = existsSync(path) ? await loadCheckpoint(path, pass) : undefined;
  if (found) {
    const { header, sketch } = found;
    if (header.kind !== 'checkpoint') {
      throw dataError(`${path}: is a finished sketch, not a checkpoint; give --checkpoint a file of its own`);
    }
    const setup = setupFor(options, eps, header);
    const difference =
      differenceOf(setup, header) ??
      (setup.eps === header.eps ? undefined : `eps ${setup.eps} and ${header.eps}`) ??
      differenceOfRows(coverageOf(sketch), header.coverage);
    if (difference) {
      throw dataError(`${path}: is the checkpoint of another command: ${difference}; remove it, or run that command`);
    }
    log.warn(`${path}: going on after ${count(sketch.inputRows)} rows`);
  }
  const checkpointer = new Checkpointer(path, every);
  beforeSignalsEnd(() => checkpointer.write());
  return {
    resume: found,
    onBegin: (sketch) =>
      checkpointer.begin(sketch, { setup: setupFor(options, eps, sketch), f, coverageOf }, found?.filters),
    afterBlock: (filters) => checkpointer.afterBlock(filters),
    afterPass: async () => {
      if (keepsEnd) await checkpointer.write();
      checkpointer.end();
      beforeSignalsEnd(undefined);
    },
  };
}

/** The rows that a command is about and those of a checkpoint, where they are not the same. */
function differenceOfRows(one: RowCoverage, two: RowCoverage): string | undefined {
  const [mine, theirs] = [spellCoverage(one), spellCoverage(two)];
  return mine === theirs ? undefined : `${mine} and ${theirs}`;
}

/** What a checkpoint holds; where it cannot be used, an error that says to remove it. */
async function loadCheckpoint(path: string, pass: PassToWatch): Promise<StoredSketch> {
  try {
    return await loadSketch(path, pass);
  } catch (error) {
    if (!(error instanceof LevattnError) || error.kind !== 'data') throw error;
    const [what] = error.message.split(/;(?=[^;]*$)/);
    throw dataError(`${what}; it is to be gone on from (--checkpoint): remove it to begin again`, error);
  }
}

const wholeOf = ({ rows }: LeverageSketch): RowCoverage => ({ kind: 'rows', ranges: [[0, rows]] });

/** Removes the checkpoint, once the result is where it belongs. */
export async function removeCheckpoint({ checkpoint }: Partial<CheckpointOptions>): Promise<void> {
  if (checkpoint !== undefined) await unlink(checkpoint).catch(() => {});
}
