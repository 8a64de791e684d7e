/** The threads that work out attention, for all heads of a command. */

import { AttentionTeam } from '../../attention/team/team.js';
import { createKernels } from '../../kernels/backends.js';
import { type ComputeOptions, threadsFrom } from '../options/options.js';
import type { Logger } from './log.js';

/** Does a command's work with a team, which it ends afterwards. */
export async function withTeam<T>(
  options: ComputeOptions,
  log: Logger,
  work: (team: AttentionTeam) => Promise<T>,
): Promise<T> {
  const team = new AttentionTeam(createKernels(options.backend), threadsFrom(options));
  log.info({ backend: team.kernels.name, threads: threadsFrom(options), scores: 'float64' }, 'computing attention');
  try {
    return await work(team);
  } finally {
    await team.close();
  }
}
