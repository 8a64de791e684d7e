/** The same work for every matrix of an input, one after another. */

import type { HeadJob, HeadJobs } from '../../input/head-jobs.js';
import { KeptSets } from '../../input/kept-sets.js';
import type { InputOptions } from '../../input/options.js';
import { spellFormats } from '../../output/formats.js';
import type { MessageOptions } from '../options/options.js';
import { HeadedOutput } from './headed-output.js';
import { type Logger, labelled } from './log.js';
import type { Output } from './results.js';

/** Why matrices of heads are not written as an array a line. */
export const NO_HEADS_IN_NDJSON = `NDJSON holds rows alone and not the head they are of; write ${spellFormats('ndjson')}`;

/**
 * Does a command's work for every head, with outputs that heads share; for a single matrix once, with the outputs as they are.
 *
 * @param outputs - opened; undefined where none is asked for
 * @param work - what is done for one matrix, with options that read it
 */
export async function forEachHead<T extends InputOptions & MessageOptions, O extends readonly (Output | undefined)[]>(
  { shape, jobs }: HeadJobs,
  options: T,
  outputs: readonly [...O],
  log: Logger,
  work: (options: T, outputs: readonly [...O], log: Logger, job: HeadJob) => Promise<void>,
): Promise<void> {
  if (shape.axes.length === 0) return work(options, outputs, log, jobs[0]!);
  const places = jobs.map(({ place }) => place);
  const shared = outputs.map((output) => output && new HeadedOutput(output, shape, places));
  const ofAll = { ...options, keptSets: new KeptSets() };
  for (const job of jobs) {
    const own = shared.map((output) => output?.at(job.place)) as unknown as readonly [...O];
    await work(optionsFor(ofAll, job), own, logFor(log, job), job);
  }
  for (const output of shared) await output?.finish();
}

/** The options that read one of the matrices. */
export const optionsFor = <T extends InputOptions & MessageOptions>(options: T, { target, label }: HeadJob): T =>
  label === undefined ? options : { ...options, target, label };

/** The log, whose messages name the matrix where there are several. */
export const logFor = (log: Logger, { label }: HeadJob): Logger => (label === undefined ? log : labelled(log, label));
