/** Hands a job to Slurm, by its own script. */

import { spawn } from 'node:child_process';
import { retryError, usageError } from '../errors.js';
import type { WorkFolder } from './job.js';

/** Slurm's numbers of what was submitted. */
export interface Submitted {
  /** Null where no shard was. */
  readonly array: string | null;
  readonly merge: string;
}

/**
 * Submits shards and, after them, the merge.
 * @param what - indices in Slurm's notation, or `merge` for it alone; default: all shards
 * @throws LevattnError where there is no sbatch, or it refuses
 */
export async function submit(work: WorkFolder, what?: string): Promise<Submitted> {
  const { code, stdout, stderr } = await runBash([work.submit, ...(what === undefined ? [] : [what])]);
  const [, array] = /^array (\S+)$/m.exec(stdout) ?? [];
  const [, merge] = /^merge (\S+)$/m.exec(stdout) ?? [];
  if (code === 0 && merge !== undefined) return { array: array ?? null, merge };
  const said = stderr.trim().split('\n').at(-1) ?? '';
  if (code === NOT_FOUND) {
    throw usageError(`no sbatch on the path; submit from a machine of the cluster: bash ${work.submit}`);
  }
  const begun = array === undefined ? '' : `; the shards are submitted as ${array}, without a merge after them`;
  const message = `${work.submit}: ${said}${begun}; see sbatch's message, then --resubmit`;
  throw OUT_OF_REACH.test(stderr) ? retryError(message) : usageError(message);
}

/** The exit code of a shell that has no such command. */
const NOT_FOUND = 127;

/** What sbatch says where it does not reach the controller. */
const OUT_OF_REACH = /unable to contact|timed out|connection (refused|reset)|temporarily/i;

function runBash(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}
