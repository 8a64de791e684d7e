/** `levattn slurm`: K in shards on a cluster, as job scripts or submitted; what is missing of it, submitted again. */

import { realpathSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type Job, type WorkFolder, writeJob, writeText } from '../../cluster/job.js';
import { MOST_TASKS } from '../../cluster/plan.js';
import { jobScripts } from '../../cluster/scripts.js';
import { shellWord } from '../../cluster/shell.js';
import { inspectJob, inspectShard } from '../../cluster/sketches.js';
import { type Submitted, submit } from '../../cluster/submit.js';
import { retryError, usageError } from '../../errors.js';
import { stdoutSink } from '../../output/sink.js';
import { DEFAULT_EPS } from '../../sketch/sketch-options.js';
import { spellNumbers } from '../../sketch-file/row-coverage.js';
import { addExamples } from '../options/help.js';
import {
  addCertificateOptions,
  addComputeOptions,
  addFactorOption,
  addIdOption,
  addInputOptions,
  addMessageOptions,
  addSampleOption,
  type MessageOptions,
} from '../options/options.js';
import { parseCount, parseEps } from '../options/parse.js';
import { recordOptions } from '../options/recorded-options.js';
import { addOutsideOptions } from '../options/sample-options.js';
import type { Logger } from '../terminal/log.js';
import { runCommand } from '../terminal/run.js';
import { addEveryOption } from './selection/checkpoints.js';
import { existingJob, type HandedOn, type JobOptions, planJob, workFolderOf } from './slurm/job.js';

interface SlurmOptions extends JobOptions, MessageOptions {
  readonly submit?: boolean;
  readonly resubmit?: boolean;
  readonly check?: number | true;
  readonly json?: boolean;
}

/** What was done or found, as `--json` prints it. */
interface SlurmReport {
  readonly work: string;
  readonly shards: number;
  /** Indices of shards without a sketch that is right, in Slurm's notation; null where nobody looked. */
  readonly missing: string | null;
  /** Whether the result is there and up to date; null where nobody looked. */
  readonly done: boolean | null;
  /** Slurm's number of the array; null where none was submitted. */
  readonly array: string | null;
  /** Slurm's number of the merge. */
  readonly merge: string | null;
}

const EXAMPLES = `
Examples:
  levattn slurm --shards 'K-*.arrow' --eps 0.05 -o U.arrow      scripts in U.arrow.work, to inspect and submit
  levattn slurm --shards 'K-*.npy' -o U.arrow --submit --partition short --mem 2G --time 30
  levattn slurm --shards 'part-*/layer{layer}.npy' -o U.arrow   each folder a shard of all layers
  levattn slurm -o U.arrow --check                              which shards are missing: 2,7-9
  levattn slurm -o U.arrow --resubmit --mem 8G                  submits these again, and the merge after them
`;

/** Adds the command to the program. */
export function addSlurm(program: Command): void {
  const command = program
    .command('slurm')
    .summary('job scripts for a cluster: shards, sketches, merging')
    .description(
      'Writes scripts into a work folder, or submits them: an array of tasks, each of which sketches a shard of K, and after ' +
        'it a job that merges the sketches and writes U. Any task may run twice; progress is read from the files.',
    )
    .option('--shards <glob>', "files that together are K, in natural order; quoted: 'K-*.arrow'")
    .option('-o, --output <file>', 'where U goes, in the format of its ending')
    .option(
      '--work <folder>',
      'where scripts, sketches and logs go; every node must see it (default: the output and .work)',
    )
    .option(
      '--tasks <number>',
      `number of tasks, each for several consecutive files (default: one per file, at most ${MOST_TASKS})`,
      parseCount,
    )
    .addOption(new Option('--submit', 'submit all jobs').conflicts(['resubmit', 'check']))
    .addOption(new Option('--resubmit', 'submit the shards that are missing, and the merge').conflicts('check'))
    .option('--check [shard]', 'list the missing shards, or check one; exit code 75 if any is missing', parseCount)
    .option('--json', 'print JSON');
  const sbatch = recordOptions(command, () => {
    command
      .optionsGroup('For sbatch:')
      .option('--partition <names>', 'partitions for the tasks')
      .option('--time <limit>', 'of a task')
      .option('--mem <size>', 'of a task')
      .option('--account <name>', 'the account that tasks are charged to')
      .option('--cpus-per-task <number>', 'processors of a task, each with a thread')
      .option('--sbatch <argument>', 'any other argument, as one word; may be repeated');
  });
  const sketch = recordOptions(command, () => {
    command
      .optionsGroup('For levattn sketch:')
      .option('--eps <number>', 'the threshold, in (0, 1]', parseEps, DEFAULT_EPS);
    addEveryOption(command, 'how often a task writes a checkpoint');
    addCertificateOptions(command);
    addFactorOption(command);
    addSampleOption(command);
    addOutsideOptions(command);
    addComputeOptions(command);
    addInputOptions(command, { means: true });
    addIdOption(command);
  });
  addMessageOptions(command);
  addExamples(command, EXAMPLES);
  command.action((options: SlurmOptions) => {
    const words = { sketch, sbatch: sbatch.map((word) => word.replace(/^--sbatch=/, '')) };
    return runCommand(options, [], (log) => slurmCommand(options, words, log));
  });
}

async function slurmCommand(options: SlurmOptions, words: HandedOn, log: Logger): Promise<void> {
  const work = workFolderOf(options);
  if (options.check === undefined && !options.resubmit) return beginJob(work, options, words, log);
  const job = await existingJob(work, options, words);
  if (typeof options.check === 'number') return checkShard(work, job, options.check);
  return goOn(work, job, options, words, log);
}

/** Writes a job's scripts, and submits all of it where that is asked for. */
async function beginJob(work: WorkFolder, options: SlurmOptions, words: HandedOn, log: Logger): Promise<void> {
  const job = await planJob(work, options, words, log);
  await writeScripts(work, job);
  const submitted = options.submit ? await submit(work) : undefined;
  await report(options, { work: work.path, shards: job.shards.length, missing: null, done: null }, submitted, [
    `${work.path}: ${job.shards.length} ${job.shards.length === 1 ? 'shard' : 'shards'}`,
    ...(submitted ? [] : [`to submit it: bash ${shellWord(work.submit)}`]),
  ]);
}

/** Ends well where a shard's sketch is there and right. */
async function checkShard(work: WorkFolder, job: Job, shard: number): Promise<void> {
  if (shard > job.shards.length) throw usageError(`--check ${shard}: the job has ${job.shards.length} shards`);
  const missing = await inspectShard(work, job, shard);
  if (missing)
    throw retryError(`${missing.problem ?? `${work.sketch(shard)}: not there`}; ${work.script(shard)} makes it`);
}

/** Says what of a job is missing, and submits it where that is asked for. */
async function goOn(work: WorkFolder, job: Job, options: SlurmOptions, words: HandedOn, log: Logger): Promise<void> {
  const { missing, done } = await inspectJob(work, job);
  for (const { problem } of missing) if (problem !== null) log.warn(`${problem}; it counts as missing`);
  const indices = spellNumbers(missing.map(({ shard }) => shard));
  if (options.resubmit && words.sbatch.length > 0) await writeAgain(work, { ...job, sbatch: words.sbatch });
  const submitted = options.resubmit && !done ? await submit(work, indices || 'merge') : undefined;
  const { output } = job.definition;
  await report(options, { work: work.path, shards: job.shards.length, missing: indices, done }, submitted, [
    missing.length > 0
      ? `missing ${indices}`
      : `no shard is missing; ${output} is ${done ? 'there' : 'still to be made'}`,
  ]);
  if (options.check && !done) throw retryError(`${output}: not up to date; --resubmit submits what is missing`);
}

async function writeAgain(work: WorkFolder, job: Job): Promise<void> {
  await writeJob(work, job);
  await writeScripts(work, job);
}

/** The scripts start this very program: the same file under the same Node. */
async function writeScripts(work: WorkFolder, job: Job): Promise<void> {
  const levattn = [process.execPath, realpathSync(process.argv[1]!)];
  for (const { path, text } of jobScripts(work, job, levattn)) await writeText(path, text);
}

async function report(
  { json }: SlurmOptions,
  found: Omit<SlurmReport, keyof Submitted>,
  submitted: Submitted | undefined,
  lines: readonly string[],
): Promise<void> {
  const { array = null, merge = null } = submitted ?? {};
  const whole: SlurmReport = { ...found, array, merge };
  const numbers = Object.entries({ array, merge }).flatMap(([name, id]) => (id === null ? [] : [`${name} ${id}`]));
  const text = json ? JSON.stringify(whole, null, 2) : [...lines, ...numbers].join('\n');
  await stdoutSink().write(Buffer.from(`${text}\n`));
}
