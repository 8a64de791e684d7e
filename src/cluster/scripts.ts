/**
 * The scripts of a job, in bash. Each ends in `exec levattn …`, so that signals reach levattn and the exit code is its own, and
 * each may be run any number of times, also at once: files appear whole or not at all, and are the same whoever writes them.
 */

import { spellNumbers } from '../sketch-file/row-coverage.js';
import type { Job, WorkFolder } from './job.js';
import { shellWord, shellWords } from './shell.js';

/** A script and where it goes. */
export interface Script {
  readonly path: string;
  readonly text: string;
}

/** What every script is made from. */
interface Setting {
  readonly work: WorkFolder;
  readonly job: Job;
  /** The words that start levattn, quoted. */
  readonly levattn: string;
}

/**
 * Every script of a job.
 * @param levattn - the words that start this program on every node
 */
export function jobScripts(work: WorkFolder, job: Job, levattn: readonly string[]): Script[] {
  const setting: Setting = { work, job, levattn: shellWords(levattn) };
  return [
    ...job.shards.map((_, i) => shardScript(setting, i + 1)),
    arrayScript(setting),
    mergeScript(setting),
    submitScript(setting),
  ];
}

/** A path in the work folder, as a word of a script that has set `work`. */
const placed = ({ work }: Setting, path: string): string => `"$work"${shellWord(path.slice(work.path.length))}`;

const beginning = ({ work }: Setting, what: string): string => `#!/bin/bash
# ${what}
work=${shellWord(work.path)}`;

/** Under Slurm a task has as many threads as processors. */
const THREADS = ` \${SLURM_CPUS_ON_NODE:+--threads "$SLURM_CPUS_ON_NODE"}`;

function shardScript(setting: Setting, i: number): Script {
  const { work, job, levattn } = setting;
  const { eps, sketch } = job.definition;
  const { files, rows } = job.shards[i - 1]!;
  const shard = rows ? ['--row-offset', String(rows[0])] : ['--shard', `${i}/${job.shards.length}`];
  const columns = job.columnsOf === undefined ? [] : [`--columns-of=${job.columnsOf}`];
  const threads = sketch.some((word) => word.startsWith('--threads=')) ? '' : THREADS;
  const result = placed(setting, work.sketch(i));
  const text = `${beginning(setting, `Shard ${i} of ${job.shards.length}. A sketch that is there and right is left as it is.`)}
if [ -e ${result} ] && ${levattn} slurm --work "$work" --check ${i}; then exit 0; fi
exec ${levattn} sketch ${shellWords([...shard, '--eps', String(eps), ...sketch, ...columns])}${threads} \\
  --checkpoint ${placed(setting, work.checkpoint(i))} -o ${result} \\
  -- ${shellWords(files)}
`;
  return { path: work.script(i), text };
}

/** Slurm copies the script of an array for every job; the shards' own scripts stay where they are. */
function arrayScript(setting: Setting): Script {
  const { work } = setting;
  const text = `${beginning(setting, 'One task of the array: the shard of its index.')}
exec bash ${placed(setting, work.scripts)}/"$SLURM_ARRAY_TASK_ID".sh
`;
  return { path: work.array, text };
}

function mergeScript(setting: Setting): Script {
  const { work, job, levattn } = setting;
  const merged = placed(setting, work.merged);
  const { length } = job.shards;
  const sketches = `${placed(setting, work.sketches)}/${length === 1 ? 1 : `{1..${length}}`}.lev`;
  const text = `${beginning(setting, 'All sketches into one, and U from that. Each is named, so that none is missing unseen.')}
set -e
${levattn} merge -o ${merged} -- ${sketches}
exec ${levattn} select-keys -o ${shellWord(job.definition.output)} -- ${merged}
`;
  return { path: work.merge, text };
}

/** Names of logs are relative to the work folder, as Slurm reads `%` in them. */
function submitScript(setting: Setting): Script {
  const { work, job } = setting;
  const all = spellNumbers(job.shards.map((_, i) => i + 1));
  const text = `${beginning(setting, 'Submits shards, all or those named (2,7-9), and the merge after them; "merge": it alone.')}
set -e
options=(--parsable --requeue --open-mode=append --chdir="$work")
more=(${shellWords(job.sbatch)})
if [ "$1" != merge ]; then
  array=$(sbatch "\${options[@]}" --job-name=levattn-shards --output=log/shard-%a.log --array="\${1:-${all}}" \\
    "\${more[@]}" ${placed(setting, work.array)})
  echo "array \${array%%;*}"
  options+=(--dependency=afterok:"\${array%%;*}" --kill-on-invalid-dep=yes)
fi
merge=$(sbatch "\${options[@]}" --job-name=levattn-merge --output=log/merge.log \\
  "\${more[@]}" ${placed(setting, work.merge)})
echo "merge \${merge%%;*}"
`;
  return { path: work.submit, text };
}
