/** The threads that work out attention, for all heads of a command. */

import { AttentionTeam } from '../../attention/team/team.js';
import { createKernels } from '../../kernels/backends.js';
import { type ComputeOptions, threadsFrom } from '../options/options.js';
import type { Logger } from './log.js';

/**
 * Does a command's work with a team, which it ends afterwards.
 * @param scores - how they are worked out, for --verbose
 */
export async function withTeam<T>(
  options: ComputeOptions,
  log: Logger,
  work: (team: AttentionTeam) => Promise<T>,
  scores: 'float64' | 'as said of each head' = 'float64',
): Promise<T> {
  const team = new AttentionTeam(createKernels(options.backend), threadsFrom(options));
  log.info({ backend: team.kernels.name, threads: threadsFrom(options), scores }, 'computing attention');
  try {
    return await work(team);
  } finally {
    await team.close();
  }
}
