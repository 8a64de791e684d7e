/** What works on blocks for a setup. */

import type { ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { WorkSpace } from '../dense/work-space.js';
import { AttendBlocks } from './attend-blocks.js';
import { CoverageBlocks } from './coverage-blocks.js';
import type { BlockSetup, Blocks } from './protocol.js';

/** @param functions - those that the setup names */
export const createBlocks = (
  kernels: Kernels,
  places: WorkSpace,
  setup: BlockSetup,
  functions: readonly ScoringFunction[],
): Blocks =>
  setup.kind === 'coverage'
    ? new CoverageBlocks(kernels, places, setup, functions)
    : new AttendBlocks(kernels, places, setup, functions);
