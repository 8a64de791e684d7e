/** What works on blocks for a setup. */

import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { WorkSpace } from '../dense/work-space.js';
import { AttendBlocks } from './attend-blocks.js';
import { CoverageBlocks } from './coverage-blocks.js';
import type { BlockSetup, Blocks } from './protocol.js';
import { SingleBlocks } from './single-blocks.js';

/** @param functions - those that the setup names */
export const createBlocks = (
  kernels: Kernels,
  places: WorkSpace,
  setup: BlockSetup,
  functions: readonly ScoringFunction[],
): Blocks => {
  if (setup.kind === 'coverage') return new CoverageBlocks(kernels, places, setup, functions);
  if (setup.kind === 'single') return new SingleBlocks(kernels, places, setup);
  return new AttendBlocks(kernels, places, setup, functions);
};
