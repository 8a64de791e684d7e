/** What is wrong with a universal set that was written. */

import { dataError, type LevattnError } from '../errors.js';

/** The error for a universal set that contradicts itself. */
export const damagedSet = (name: string, reason: string, cause?: unknown): LevattnError =>
  dataError(`${name}: damaged universal set: ${reason}; make it again with levattn select-keys`, cause);
